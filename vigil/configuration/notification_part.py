"""Reads `channels:` and `notification:` of a configuration file: how people are told, and who is told of what.

Channels stay out of `domain.configuration.Configuration`, and so out of the journal: they hold addresses of people and
say where secrets lie.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from domain.errors import ConfigurationError
from domain.identity import is_id
from domain.notification import NotificationPlan, QuietHours, Route, channel_of, name_of
from domain.priority import Priority
from domain.schedule import parse_clock
from notify.settings import ChannelSettings, ChatChannel, EmailChannel, SecretPlace, Security, WebhookChannel
from runtime.announce import CONSOLE, MQTT_STATUS
from vigil.configuration.reading import Reader, suggestion
from vigil.configuration.yaml_tree import Path_, Value

KINDS: Final[Mapping[str, type[EmailChannel] | type[WebhookChannel] | type[ChatChannel]]] = {
    "email": EmailChannel,
    "webhook": WebhookChannel,
    "chat": ChatChannel,
}
_SPANS: Final = ("wait_seconds", "interval_seconds", "repeat_seconds")
_OWN_SITE: Final = "vigil"
"""What alarms of Vigil's own that belong to no site name as theirs (`domain.alarm.OWN_SITE`)."""


class NotificationPart(Struct):
    """What one file says; `spans` are the waiting times that it sets, by name.

    `names` are the channels that it writes, those with problems too.
    """

    reader: Reader
    names: Collection[str]
    channels: Mapping[str, ChannelSettings]
    plan: NotificationPlan
    spans: Collection[str]


def read_notification_part(reader: Reader, top: Mapping[str, Value]) -> NotificationPart:
    """Read what a file says about notifying; problems gather in the reader."""
    written = top.get("notification", {})
    plan = reader.struct(NotificationPlan, written, ("notification",))
    channels = top.get("channels", {})
    return NotificationPart(
        reader=reader,
        names=tuple(channels) if isinstance(channels, Mapping) else (),
        channels=_channels(reader, channels),
        plan=plan or NotificationPlan(),
        spans=tuple(name for name in _SPANS if isinstance(written, Mapping) and name in written),
    )


def assemble_notification(
    parts: Sequence[NotificationPart], sites: Collection[str], rules: Collection[str], *, all_read: bool
) -> tuple[NotificationPlan, dict[str, ChannelSettings]]:
    """Put the parts together and check them; what may stand in a file that could not be read is not called missing."""
    channels = {name: channel for part in parts for name, channel in part.channels.items()}
    times = Counter(name for part in parts for name in part.channels)
    routes = Counter(route.id for part in parts for route in part.plan.routes)
    spans: dict[str, float] = {}
    for part in parts:
        for name in part.channels:
            if times[name] > 1:
                part.reader.say(("channels", name), f"channel '{name}' stands in two files", "Keep one of them.")
        for name in part.spans:
            if name in spans:
                part.reader.say(("notification", name), f"{name} is set in two files", "Keep one of them.")
            spans[name] = getattr(part.plan, name)
            _check_span(part.reader, name, spans[name])
        for index, route in enumerate(part.plan.routes):
            where: Path_ = ("notification", "routes", index)
            if routes[route.id] > 1:
                part.reader.say((*where, "id"), f"route id '{route.id}' stands more than once", "Give each its own id.")
            _check_route(part.reader, where, route)
            unread = {name for part in parts for name in part.names} - channels.keys()
            if all_read and not unread:
                _check_references(part.reader, where, route, channels, sites, rules)
    plan = NotificationPlan(routes=tuple(route for part in parts for route in part.plan.routes), **spans)
    return plan, channels


def _channels(reader: Reader, value: Value) -> dict[str, ChannelSettings]:
    if not isinstance(value, Mapping):
        reader.say(("channels",), "channels are a mapping of id to channel", "Write `duty-mail: {kind: email, ...}`.")
        return {}
    found: dict[str, ChannelSettings] = {}
    for name, written in value.items():
        where: Path_ = ("channels", name)
        if not is_id(name) or name in {CONSOLE, MQTT_STATUS}:
            remedy = f"Use letters, digits, - and _; {CONSOLE} and {MQTT_STATUS} are taken."
            reader.say(where, f"'{name[:80]}' is no id for a channel", remedy)
        kind = written.get("kind") if isinstance(written, Mapping) else None
        if not isinstance(written, Mapping) or not isinstance(kind, str) or kind not in KINDS:
            remedy = suggestion(str(kind), list(KINDS)) if kind else f"Add `kind:` with one of {', '.join(KINDS)}."
            reader.say(where, f"channel '{name[:80]}' is of no known kind", remedy)
            continue
        fields = {key: each for key, each in written.items() if key != "kind"}
        channel = reader.struct(KINDS[kind], fields, where)
        if channel is not None:
            _check_channel(reader, where, channel)
            found[name] = channel
    return found


def _check_channel(reader: Reader, where: Path_, channel: ChannelSettings) -> None:
    match channel:
        case EmailChannel():
            _check_email(reader, where, channel)
        case WebhookChannel():
            _check_webhook(reader, where, channel)
        case ChatChannel():
            _check_names(reader, where, channel.recipients)
            for name, place in channel.recipients.items():
                _check_secret(reader, (*where, "recipients", name), place)


def _check_email(reader: Reader, where: Path_, channel: EmailChannel) -> None:
    _check_names(reader, where, channel.recipients)
    mailboxes: dict[Path_, str] = {("sender",): channel.sender}
    for name, boxes in channel.recipients.items():
        mailboxes |= {("recipients", name, index): box for index, box in enumerate(boxes)}
        if not boxes:
            reader.say(
                (*where, "recipients", name), f"recipient '{name}' has no mailbox", "Write `[name@example.com]`."
            )
    for place, mailbox in mailboxes.items():
        if not _is_mailbox(mailbox):
            reader.say(
                (*where, *place), f"'{mailbox[:80]}' is no mailbox", "Write name@example.com, without a display name."
            )
    if not 0 < channel.port < 65536:  # noqa: PLR2004 - what a port can be
        reader.say((*where, "port"), f"port {channel.port} is no port", "Write 587, or 465 for security: tls.")
    if (channel.username is None) != (channel.password is None):
        reader.say(where, "username and password go together", "Give both or neither.")
    if channel.password is not None:
        _check_secret(reader, (*where, "password"), channel.password)
    if channel.security is Security.NONE and channel.username is not None:
        remedy = "Use starttls or tls, or a server that takes mail without a login."
        reader.say((*where, "security"), "a password would cross the network in the clear", remedy)


def _check_webhook(reader: Reader, where: Path_, channel: WebhookChannel) -> None:
    parts = urlsplit(channel.url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or not channel.url.isascii() or not channel.url.isprintable():
        reader.say((*where, "url"), "the URL cannot be posted to", "Write https://host/path.")
    elif parts.username is not None:
        reader.say((*where, "url"), "the URL holds a login", "Leave it out: the signature proves who posts.")
    elif parts.scheme == "http" and host.lower() not in {allowed.lower() for allowed in channel.allow_hosts}:
        remedy = f"Use https, or name {host} in allow_hosts where the network itself is closed to others."
        reader.say((*where, "url"), "alarms would cross the network in the clear", remedy)
    if not channel.secrets:
        reader.say((*where, "secrets"), "a webhook without a secret proves nothing", "Write `[{env: NAME}]`.")
    for index, place in enumerate(channel.secrets):
        _check_secret(reader, (*where, "secrets", index), place)


def _check_names(reader: Reader, where: Path_, recipients: Collection[str]) -> None:
    if not recipients:
        reader.say((*where, "recipients"), "nobody can be told by this channel", "Name at least one recipient.")
    for name in recipients:
        if not is_id(name):
            remedy = "Use letters, digits, - and _, and no person's name: it is kept with what was sent."
            reader.say((*where, "recipients", name), f"'{name[:80]}' is no id for a recipient", remedy)


def _check_secret(reader: Reader, where: Path_, place: SecretPlace) -> None:
    if (place.env is None) == (place.file is None):
        reader.say(where, "a secret lies in one place", "Write {env: NAME} or {file: keys/name}.")


def _is_mailbox(mailbox: str) -> bool:
    local, _, domain = mailbox.rpartition("@")
    return bool(local and domain) and mailbox.isprintable() and not set(mailbox) & set(' ,;<>"()')


def _check_span(reader: Reader, name: str, seconds: float) -> None:
    least = 60.0 if name == "repeat_seconds" else 0.0
    if not least <= seconds <= 7 * 86_400:
        reader.say(("notification", name), f"{name} of {seconds} is of no use", f"Write {least:g} to 604800 seconds.")


def _check_route(reader: Reader, where: Path_, route: Route) -> None:
    if not is_id(route.id):
        reader.say((*where, "id"), f"'{route.id[:80]}' is no id", "Use letters, digits, - and _.")
    if not route.to:
        reader.say((*where, "to"), f"route '{route.id}' leads to nobody", "Write `to: [channel/name]`.")
    for index, hours in enumerate(route.quiet):
        _check_quiet(reader, (*where, "quiet", index), hours)


def _check_quiet(reader: Reader, where: Path_, hours: QuietHours) -> None:
    for name in ("start", "end"):
        try:
            parse_clock(getattr(hours, name))
        except ConfigurationError as error:
            reader.say((*where, name), str(error), "Put it in quotes: '22:00'.")
    if hours.start == hours.end:
        reader.say(where, "quiet hours that end when they start never end", "Leave the route out instead.")
    if Priority.CRITICAL in hours.priorities:
        reader.say((*where, "priorities"), "critical alarms know no quiet hours", "Leave critical out.")


def _check_references(
    reader: Reader,
    where: Path_,
    route: Route,
    channels: Mapping[str, ChannelSettings],
    sites: Collection[str],
    rules: Collection[str],
) -> None:
    for index, recipient in enumerate(route.to):
        channel = channels.get(channel_of(recipient))
        names = () if channel is None or isinstance(channel, WebhookChannel) else tuple(channel.recipients)
        if channel is None:
            reader.say(
                (*where, "to", index),
                f"channel '{channel_of(recipient)}' is not configured",
                suggestion(channel_of(recipient), list(channels)) if channels else "Add it under `channels:`.",
            )
        elif names and name_of(recipient) not in names:
            known = [f"{channel_of(recipient)}/{name}" for name in names]
            reader.say(
                (*where, "to", index), f"recipient '{recipient}' is not configured", suggestion(recipient, known)
            )
        elif not names and name_of(recipient):
            reader.say(
                (*where, "to", index), f"'{recipient}': a webhook has no names", f"Write {channel_of(recipient)}."
            )
    for index, site in enumerate(route.sites):
        if site not in {*sites, _OWN_SITE}:
            reader.say((*where, "sites", index), f"site '{site}' is not configured", suggestion(site, sorted(sites)))
    for index, rule in enumerate(route.rules):
        if rule not in rules and not rule.startswith("vigil-"):
            reader.say((*where, "rules", index), f"rule '{rule}' is not configured", suggestion(rule, sorted(rules)))
