"""What alarms are called where their rule says so itself."""

import pytest
from msgspec.structs import replace

from domain.configuration import Parameter, RuleSpec
from domain.errors import ConfigurationError
from domain.problem import Problem
from domain.text import Text, same
from rules.conditions.message import check_message, filled, has_message
from rules.settings import check_rule
from tests.reference.limit_world import Reading, a_batch, a_kind, a_rule, a_site
from tests.rules.kinds.ten_cases import a_plant, findings

SITE = a_plant({"co2": "ppm", "people": "1", "level": "m"})


def a_message(kind: str, words: str, about: str = "co2", **parameters: Parameter) -> RuleSpec:
    return replace(
        a_rule(),
        id="r",
        kind=kind,
        site="tower",
        name=Text("Stale air", "空气污浊"),
        subjects=(about,),
        inputs={"people": "people"} if kind == "expression" else {},
        parameters=parameters,
        message=Text(words, f"注意：{words}"),
    )


def problems(rule: RuleSpec) -> list[Problem]:
    return check_rule(rule, SITE)


def test_a_message_is_the_headline_with_the_numbers_of_the_event_in_both_languages() -> None:
    words = "{machine}: {point} is {value} with {people} people ({rule}), {{sic}}"
    rule = a_message("expression", words, when="value > 1000 and people > 10")
    said = findings(SITE, rule, "0 people=12, 0 co2=1100")[0].name
    assert said == Text(
        "Machine: co2 is 1100 ppm with 12 people (Stale air), {sic}",
        "注意：Machine: co2 is 1100 ppm with 12 people (空气污浊), {sic}",
    )


def test_a_kind_s_own_numbers_can_be_told_and_a_forecast_in_minutes() -> None:
    steps = ", ".join(f"{minute} level={10 - minute / 4:g}" for minute in range(21))
    rule = a_message(
        "time_to_limit", "empty in {likely}", "level", limit=0.0, within_seconds=3600.0, window_seconds=600.0
    )
    assert findings(SITE, rule, steps)[0].name.en == "empty in 31 min"
    cycling = a_message("rate", "jumped by {change}", rise=100.0)
    assert findings(SITE, cycling, "0 co2=500, 1 co2=700")[0].name.en == "jumped by 200 ppm"


def test_what_every_message_may_name_is_that_whatever_inputs_are_called() -> None:
    rule = a_message("expression", "{machine}: {point}", when="value > 1000 and point > 10")
    rule = replace(rule, inputs={"point": "people"})
    assert findings(SITE, rule, "0 people=12, 0 co2=1100")[0].name.en == "Machine: co2"


def test_a_message_in_one_language_only_is_refused() -> None:
    for message, language in ((Text("hot", ""), "'zh'"), (Text("", "热"), "'en'")):
        (problem,) = problems(replace(a_message("limit", "x", high=3.0), message=message))
        assert (problem.path, language in problem.message) == (("message",), True)


def test_a_limit_has_its_message_too() -> None:
    site, rule = a_site(), replace(a_rule(high=10.0), message=same("{machine}: only {value} of {point}"))
    kind = a_kind(site, [rule])
    readings = [Reading("flow", 0, 12.0)]
    assert [each.name.en for each in kind.judge(a_batch(site, readings))] == ["Pump 1: only 12 l/min of Flow"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("{pressure}", "use {machine}, {point}, {value}, {rule}, {people}"),
        ("{value:.2f}", "names '{value:.2f}'"),
        ("{value!r}", "names '{value!r}'"),
        ("{value.en}", "names '{value.en}'"),
        ("{}", "names '{}'"),
        ("50 % {", "a brace is open"),
        ("} {value}", "a brace is open"),
    ],
)
def test_what_a_message_cannot_tell_is_refused_with_what_it_can(words: str, complaint: str) -> None:
    (problem,) = problems(a_message("expression", words, when="value > 1000 and people > 10"))
    assert problem.path == ("message",)
    assert complaint.lower() in f"{problem.message}: {problem.remedy}".lower()
    (problem,) = problems(a_message("limit", words, high=3.0))
    assert problem.path == ("message",)


def test_rules_about_doors_and_people_write_their_own_headlines() -> None:
    rule = replace(a_message("door_forced", "oh"), subjects=())
    (problem,) = problems(rule)
    assert (problem.path, "door_forced" in problem.message) == (("message",), True)


def test_no_message_is_no_complaint() -> None:
    rule = a_message("limit", "", high=3.0)
    assert not has_message(replace(rule, message=Text("", "")))
    check_message(replace(rule, message=Text("", "")))
    with pytest.raises(ConfigurationError, match="open"):
        check_message(replace(rule, message=same("{")))
    assert filled(replace(rule, message=same("{value}")), {"value": same("3")}) == same("3")
