import msgspec

from domain.alarm_policy import AlarmPolicy
from domain.instant import HOUR, MINUTE
from domain.priority import Priority
from rules.alarm_expiry import AlarmExpiry
from tests.rules.estate import SITE
from tests.rules.playbook import instant
from tests.samples import an_alarm

SHIFTS = msgspec.structs.replace(SITE, shift_ends=("08:00", "20:00"))


def expiry() -> AlarmExpiry:
    made = AlarmExpiry()
    made.configure([SHIFTS], AlarmPolicy())
    return made


def test_the_end_of_the_shift_ends_what_was_acknowledged_in_it() -> None:
    alarm = an_alarm(site="tower")
    assert expiry().until(alarm, instant("09:00")) == instant("20:00")
    assert expiry().until(alarm, instant("19:59:59")) == instant("20:00")
    assert expiry().until(alarm, instant("20:00")) == instant("2026-11-24 08:00")


def test_critical_alarms_do_not_wait_for_it() -> None:
    alarm = msgspec.structs.replace(an_alarm(), priority=Priority.CRITICAL)
    assert expiry().until(alarm, instant("09:00")) == instant("09:00") + 15 * MINUTE


def test_without_shifts_it_is_eight_hours() -> None:
    assert AlarmExpiry().until(an_alarm(), 0) == 8 * HOUR
    assert expiry().until(an_alarm(site="elsewhere"), 0) == 8 * HOUR
