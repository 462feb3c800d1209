"""A rule that is parked has one alarm of Vigil's own, until the rule is changed or gone."""

import pytest
from msgspec.structs import replace

from domain.alarm import OWN_SITE
from domain.configuration import Configuration, RuleSpec
from domain.effects import AlarmChanged, IncidentChanged
from domain.record import ConfigurationChanged
from domain.site import Site
from domain.text import same
from rules.own_alarms import PARKED_RULE
from rules.parked_rules import SPEC
from tests.rules.estate import FORCED, HELD, SITE, configured
from tests.rules.playbook import Playbook

ALARM = "alarm {} vigil-parked-rule rule:{} #1 (A rule is parked) {}"


def own(book: Playbook) -> list[str]:
    """What was told of parked rules."""
    bodies = [effect.body for effect in book.effects if isinstance(effect.body, AlarmChanged)]
    return [f"{body.change} {body.alarm.subject.id}" for body in bodies if body.alarm.rule == PARKED_RULE]


def put_into_force(book: Playbook, at: str, *rules: RuleSpec) -> None:
    configuration: Configuration = configured(*rules)
    book.at(at).happens(ConfigurationChanged(configuration=configuration, digest=configuration.digest()))


def test_a_rule_that_fails_is_an_alarm_until_it_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Playbook(configured(HELD, FORCED), "09:00")
    watch = type(book.engine._judgement._door_rules._posts["held", "front"].watch)

    def burst(self: object, state: object, fact: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(watch, "observe", burst)
        book.at("10:00").door("front", "opened")
    alarm = book.latest(AlarmChanged).alarm
    assert own(book) == ["raised held"]
    assert alarm.latest.why.seen.en == "rule held failed on front: ZeroDivisionError: "
    assert alarm.latest.why.evidence == (book.records[-1].seq,)
    assert (alarm.site, alarm.concerns) == (OWN_SITE, "tower")
    put_into_force(book, "10:10", HELD)
    assert own(book) == ["raised held"], "it is as it was, and still parked"
    put_into_force(book, "10:20", replace(HELD, name=FORCED.name))
    assert own(book) == ["raised held", "cleared held"]


def test_a_rule_that_cannot_be_used_is_an_alarm_until_it_is_gone() -> None:
    book = Playbook(configured(FORCED), "09:00")
    put_into_force(book, "10:00", FORCED, replace(HELD, kind="unheard_of"))
    put_into_force(book, "10:10", FORCED, replace(HELD, kind="unheard_of", name=FORCED.name))
    assert own(book) == ["raised held"]
    put_into_force(book, "10:20", FORCED)
    assert own(book) == ["raised held", "cleared held"]


def test_it_concerns_the_site_of_the_rule_and_is_gathered_with_no_other() -> None:
    book = Playbook(configured(FORCED), "09:00")
    annex = Site(id="annex", name=same("Annex"), timezone="UTC")
    broken = replace(HELD, kind="unheard_of")
    rules = [broken, *(replace(broken, id=name, site=name) for name in ("annex", "nowhere"))]
    both = replace(configured(FORCED, *rules), sites=(SITE, annex))
    book.at("10:00").happens(ConfigurationChanged(configuration=both, digest=both.digest()))
    told = {
        effect.body.alarm.subject.id: effect.body.alarm
        for effect in book.effects
        if isinstance(effect.body, AlarmChanged) and effect.body.alarm.rule == PARKED_RULE
    }
    assert {name: alarm.concerns for name, alarm in told.items()} == {
        "held": "tower",
        "annex": "annex",
        "nowhere": None,
    }
    incidents = {
        effect.body.incident.id: effect.body.incident.concerns
        for effect in book.effects
        if isinstance(effect.body, IncidentChanged)
    }
    assert {name: incidents[str(alarm.latest.incident)] for name, alarm in told.items()} == {
        name: alarm.concerns for name, alarm in told.items()
    }


def test_it_says_what_to_do_in_both_languages() -> None:
    assert SPEC.procedure.en
    assert SPEC.procedure.zh
