"""A configuration as one value: the sites and the rules, with a digest that names exactly this content.

It enters the engine as a record (`ConfigurationChanged`), so a replay meets the same configuration at the same seq.
"""

import hashlib
from enum import StrEnum

import msgspec
from msgspec import Struct

from domain.alarm_policy import AlarmPolicy
from domain.notification import NotificationPlan
from domain.priority import ActWithin, Consequence, Priority
from domain.site import Site
from domain.text import Text

Parameter = float | int | str | bool


class RuleCategory(StrEnum):
    """What is at stake beyond the priority: life safety and duress are never suppressed, only grouped."""

    ORDINARY = "ordinary"
    LIFE_SAFETY = "life_safety"
    DURESS = "duress"


class RuleSpec(Struct, frozen=True, kw_only=True):
    """One configured rule.

    `kind` selects the rule kind in `rules.catalog`; `subjects` are the ids it watches (points, doors or tours, as
    the kind says; empty means every one of the site). `inputs` names further points that rules over readings look at,
    by the words their expressions use for them. `parameters` are checked by the kind's own settings type, with units in
    their names. `fault` is the code that rules share when one repair serves them all: it keys the order.

    `message` is what its alarms are called, with `{value}` and further names in braces; where it is empty they are
    called by machine, rule, point and value.

    `priority` may be given as `consequence` and `act_within` instead; reading the configuration then fills it in.
    `latch`: the alarm stays after its condition is over, until somebody resets it. `inhibits`: while it is active its
    asset supplies nothing, so alarms of what that feeds or carries stand under this one. `suppressed_while` names rules
    of the site while one of whose alarms is active this rule's are suppressed by design. Rules of one `confirms` word
    confirm each other within a zone when different detectors raise them. `needs_clear`: its alarms can be acknowledged
    only when the condition is over ("close the door first"), unless a supervisor forces it.
    """

    id: str
    kind: str
    site: str
    name: Text
    priority: Priority
    subjects: tuple[str, ...] = ()
    inputs: dict[str, str] = {}
    parameters: dict[str, Parameter] = {}
    fault: str | None = None
    makes_order: bool = True
    procedure: Text = Text("", "")
    message: Text = Text("", "")
    enabled: bool = True
    category: RuleCategory = RuleCategory.ORDINARY
    consequence: Consequence | None = None
    act_within: ActWithin | None = None
    latch: bool = False
    inhibits: bool = False
    suppressed_while: tuple[str, ...] = ()
    confirms: str | None = None
    needs_clear: bool = False

    @property
    def is_safety(self) -> bool:
        """Whether its alarms must never be suppressed."""
        return self.category is not RuleCategory.ORDINARY


class Configuration(Struct, frozen=True, kw_only=True):
    """All that is configured for one portfolio (partition)."""

    sites: tuple[Site, ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    alarms: AlarmPolicy = AlarmPolicy()
    notification: NotificationPlan = NotificationPlan()

    def digest(self) -> str:
        """Name this content: 16 hexadecimal digits of BLAKE2b over its canonical encoding."""
        canonical = msgspec.json.encode(self, order="deterministic")
        return hashlib.blake2b(canonical, digest_size=8).hexdigest()

    def site(self, site_id: str) -> Site | None:
        """Find a site by id."""
        return next((site for site in self.sites if site.id == site_id), None)
