"""How patient alarms are: the numbers of domain.md section 6, part of the configuration so that a replay meets them."""

from collections.abc import Iterator

from msgspec import Struct

from domain.instant import Duration, from_seconds


class AlarmPolicy(Struct, frozen=True, kw_only=True):
    """Starting values from reference/features.md section 9; times in seconds.

    An acknowledgement ends after `critical_acknowledged_seconds` for critical alarms, at the site's next shift end for
    others (`acknowledged_seconds` where it has none). `longest_shelf_seconds` bounds shelving of either kind,
    `longest_mode_seconds` how long a mode may last.

    `chatter_count` activations in `chatter_seconds` make one standing alarm, until `chatter_quiet_seconds` pass without
    any. One source may raise `source_burst` alarms at once, and regains one every `source_refill_seconds`. More than
    `flood_begins` alarms for each of the `operators` on duty in `flood_seconds` are a flood, which ends below
    `flood_ends`. Occurrences of one zone and kind are one incident while the next comes within `gather_seconds`;
    detectors confirm each other within `confirm_seconds`; what stood under a parent is released `release_seconds` after
    the parent is over. A rule that cannot be decided on a subject for `undecided_seconds` is told.
    """

    critical_acknowledged_seconds: float = 900.0
    acknowledged_seconds: float = 28_800.0
    longest_shelf_seconds: float = 28_800.0
    longest_mode_seconds: float = 604_800.0
    chatter_count: int = 3
    chatter_seconds: float = 60.0
    chatter_quiet_seconds: float = 600.0
    source_burst: int = 30
    source_refill_seconds: float = 20.0
    operators: int = 1
    flood_begins: int = 10
    flood_ends: int = 5
    flood_seconds: float = 600.0
    gather_seconds: float = 600.0
    confirm_seconds: float = 1_800.0
    release_seconds: float = 300.0
    undecided_seconds: float = 600.0

    def span(self, name: str) -> Duration:
        """One of the times, in microseconds."""
        return from_seconds(getattr(self, f"{name}_seconds"))


_LONGEST_SECONDS = 31 * 86_400.0
_LARGEST_COUNT = 10_000


def check_policy(policy: AlarmPolicy) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a policy: the field, the complaint and the remedy."""
    for name in policy.__struct_fields__:
        value = getattr(policy, name)
        if name.endswith("_seconds"):
            if not 0 < value <= _LONGEST_SECONDS:
                yield name, f"'{name}' is {value:g}", "Give seconds, more than 0 and at most 31 days."
        elif not 1 <= value <= _LARGEST_COUNT:
            yield name, f"'{name}' is {value}", f"Give a count from 1 to {_LARGEST_COUNT}."
    if policy.chatter_count < 2:  # noqa: PLR2004 - one activation repeats nothing
        yield "chatter_count", "'chatter_count' is below 2", "One activation is no chatter: give 2 or more."
    if policy.flood_ends > policy.flood_begins:
        message = f"'flood_ends' is {policy.flood_ends}, above 'flood_begins' ({policy.flood_begins})"
        yield "flood_ends", message, "A flood must end below where it begins."
