import msgspec

from domain.alarm import Alarm, Subject, SubjectKind
from domain.configuration import RuleCategory
from domain.instant import MINUTE
from rules.confirming import Confirming, word_of
from tests.rules.powered import FLOW, SMOKE
from tests.samples import an_alarm

HALF_AN_HOUR = 30 * MINUTE


def alarm(detector: str, zone: str = "plant") -> Alarm:
    subject = Subject(SubjectKind.POINT, detector)
    return msgspec.structs.replace(an_alarm(f"alarm-{detector}"), subject=subject, zone=zone)


def test_another_detector_in_time_confirms() -> None:
    confirming = Confirming()
    assert confirming.hear(SMOKE, alarm("a"), 0, HALF_AN_HOUR) is None
    witness = confirming.hear(SMOKE, alarm("b"), HALF_AN_HOUR, HALF_AN_HOUR)
    assert witness is not None
    assert (witness.alarm, witness.at) == ("alarm-a", 0)


def test_the_same_detector_another_zone_or_a_later_one_does_not() -> None:
    confirming = Confirming()
    confirming.hear(SMOKE, alarm("a"), 0, HALF_AN_HOUR)
    assert confirming.hear(SMOKE, alarm("a"), 1, HALF_AN_HOUR) is None
    assert confirming.hear(SMOKE, alarm("b", "ground"), 1, HALF_AN_HOUR) is None
    assert confirming.hear(SMOKE, alarm("b"), HALF_AN_HOUR + 2, HALF_AN_HOUR) is None


def test_rules_need_a_word_and_life_safety_has_one() -> None:
    assert (word_of(FLOW), word_of(SMOKE)) == (None, "life_safety")
    assert word_of(msgspec.structs.replace(FLOW, confirms="leak")) == "leak"
    assert word_of(msgspec.structs.replace(FLOW, category=RuleCategory.DURESS)) is None
    assert Confirming().hear(FLOW, alarm("a"), 0, HALF_AN_HOUR) is None


def test_what_was_said_is_stored() -> None:
    confirming, again = Confirming(), Confirming()
    confirming.hear(SMOKE, alarm("a"), 0, HALF_AN_HOUR)
    again.restore(confirming.state())
    assert again.state() == confirming.state()
    assert again.hear(SMOKE, alarm("b"), 1, HALF_AN_HOUR) is not None
