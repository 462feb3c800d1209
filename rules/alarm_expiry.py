"""When acknowledgements end: after a quarter of an hour for critical alarms, at the end of the shift for others."""

from collections.abc import Iterable, Mapping

from domain.alarm import Alarm
from domain.alarm_policy import AlarmPolicy
from domain.instant import Instant
from domain.priority import Priority
from domain.schedule import next_clock
from domain.site import Site


class AlarmExpiry:
    """Knows the sites' shift ends and the policy's spans."""

    def __init__(self) -> None:
        """No site is configured."""
        self._policy = AlarmPolicy()
        self._sites: Mapping[str, Site] = {}

    def configure(self, sites: Iterable[Site], policy: AlarmPolicy) -> None:
        """Take what now holds; acknowledgements that were given keep their end."""
        self._policy = policy
        self._sites = {site.id: site for site in sites}

    def until(self, alarm: Alarm, at: Instant) -> Instant:
        """When an acknowledgement given at `at` ends."""
        if alarm.priority is Priority.CRITICAL:
            return at + self._policy.span("critical_acknowledged")
        site = self._sites.get(alarm.site)
        shift_end = None if site is None else next_clock(site.timezone, site.shift_ends, at)
        return at + self._policy.span("acknowledged") if shift_end is None else shift_end
