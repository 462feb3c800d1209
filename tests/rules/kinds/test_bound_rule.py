from msgspec import Struct

from domain.alarm import Subject, SubjectKind
from rules.kinds.bound_rule import BoundRule
from tests.rules.estate import FORCED


class Seen(Struct, frozen=True):
    count: int = 0


def test_it_names_its_rule_and_site_and_waits_for_no_clock() -> None:
    subject = Subject(SubjectKind.DOOR, "front")
    bound = BoundRule[Seen](spec=FORCED, subject=subject, timezone="Asia/Shanghai", state_type=Seen)
    assert (bound.rule, bound.site, bound.subject) == ("forced", "tower", subject)
    assert bound.begin() == Seen()
    assert bound.deadline(Seen(3)) is None
    assert bound.fire(Seen(3), 1) == (Seen(3), ())
