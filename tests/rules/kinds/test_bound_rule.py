from msgspec import Struct, structs

from domain.alarm import Subject, SubjectKind
from rules.kinds.bound_rule import BoundRule, doors_of
from tests.rules.estate import FORCED, SITE


class Seen(Struct, frozen=True):
    count: int = 0


def test_it_names_its_rule_and_site_and_waits_for_no_clock() -> None:
    subject = Subject(SubjectKind.DOOR, "front")
    bound = BoundRule[Seen](spec=FORCED, subject=subject, timezone="Asia/Shanghai", state_type=Seen)
    assert (bound.rule, bound.site, bound.subject) == ("forced", "tower", subject)
    assert bound.begin() == Seen()
    assert bound.deadline(Seen(3)) is None
    assert bound.fire(Seen(3), 1) == (Seen(3), ())


def test_a_rule_about_doors_is_about_those_it_names_or_all() -> None:
    every = [door.id for door in SITE.doors]
    assert len(every) > 1
    assert [door.id for door in doors_of(structs.replace(FORCED, subjects=()), SITE)] == every
    assert [door.id for door in doors_of(structs.replace(FORCED, subjects=(every[1],)), SITE)] == [every[1]]
