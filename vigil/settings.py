"""Settings: command line over environment (`VIGIL_...`) over file over default, and where each value came from."""

import math
import os
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from domain.broker_address import BrokerAddress, InvalidBrokerAddress
from domain.errors import InvalidTime, VigilError
from domain.instant import from_iso
from runtime.announce import CONSOLE, MQTT_STATUS
from vigil.secret_strength import is_well_known

ENVIRONMENT_PREFIX: Final = "VIGIL_"
FILE_NAME: Final = "vigil.toml"
SECRET: Final = frozenset({"broker", "mqtt_password", "heartbeat_url"})
"""Settings that may hold a password: never shown as they are."""

BUNDLED: Final = "bundled"
CHANNELS: Final = (CONSOLE, MQTT_STATUS)
LANGUAGES: Final = ("en", "zh")
HIGHEST_PORT: Final = 65535


class SettingsInvalid(VigilError):
    """A setting that cannot be used; the message names it, where it came from, and what would do."""


class Source(StrEnum):
    """Where a setting's value came from."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


class Settings(Struct, frozen=True, kw_only=True):
    """Everything `vigil serve` can be told. Paths are relative to where it is started."""

    data: str = "vigil-data"
    """Folder for journal, state, telemetry, broker and keys."""
    config: str = "config"
    """Folder of the site's YAML."""
    broker: str = BUNDLED
    """`bundled`, or the URL of a broker: mqtt://user:password@host:1883, mqtts://..."""
    mqtt_username: str | None = None
    """User name at the broker, where its URL has none."""
    mqtt_password: str | None = None
    """Password at the broker, where its URL has none; better from the environment than on a command line."""
    mqtt_host: str = "127.0.0.1"
    """Where the bundled broker listens."""
    mqtt_port: int = 1883
    """Port of the bundled broker; 0 takes a free one."""
    mqtt_tls_cert: str | None = None
    """Certificate chain (PEM) of the bundled broker: it then speaks TLS only."""
    mqtt_tls_key: str | None = None
    """Key (PEM) of that certificate."""
    mqtt_tls_ca: str | None = None
    """Authorities (PEM) whose certificate everyone who connects to the bundled broker must show."""
    mqtt_ca: str | None = None
    """Authorities (PEM) to believe at a broker by mqtts:// URL; none believes the system's."""
    mqtt_client_cert: str | None = None
    """Certificate (PEM) that Vigil shows to a broker that asks for one."""
    mqtt_client_key: str | None = None
    """Key (PEM) of that certificate."""
    allow_plain_mqtt: bool = False
    """Let the bundled broker listen beyond loopback without TLS: passwords and events can then be read on the way."""
    shared_device_login: bool | None = None
    """Whether devices without a credential of their own may share one; none says yes on loopback only."""
    host: str = "127.0.0.1"
    """Where the API and the page listen."""
    port: int = 8080
    """Port of the API; 0 takes a free one."""
    tls_cert: str | None = None
    """Certificate chain (PEM) for HTTPS."""
    tls_key: str | None = None
    """Key (PEM) of the certificate."""
    allow_plain_http: bool = False
    """Let the API listen beyond loopback without TLS (behind a proxy that adds it)."""
    instance: str = "vigil"
    """Name of this installation; it prefixes the MQTT client ids, so two may share a broker."""
    channels: tuple[str, ...] = CHANNELS
    """Notification channels that are on."""
    home_assistant: bool = False
    """Whether Home Assistant is told, over MQTT, which alarms, doors and devices there are, and how they stand."""
    backup_days: float = 7.0
    """Days after which the newest backup is too old; 0 never says so."""
    heartbeat_url: str | None = None
    """URL of a watcher outside that is told every minute that all is well; none tells nobody."""
    language: str = "en"
    """Language of the console, and of what commands print that speak both: en or zh."""
    clock_speed: float = 1.0
    """How many seconds of Vigil's clock pass in one real second."""
    clock_origin: str | None = None
    """Where Vigil's clock starts (RFC 3339); none starts it now."""

    def __repr__(self) -> str:
        """Leave passwords out, so that a log or a traceback may carry the settings."""
        shown = (f"{name}={_shown(name, value)}" for name, value in msgspec.structs.asdict(self).items())
        return f"Settings({', '.join(shown)})"

    def check(self) -> None:
        """Refuse values that would not work or not be safe.

        Raises:
            SettingsInvalid: naming each such setting, its value and the remedy.
        """
        complaints = [*self._unsafe(), *self._useless(), *self._unreadable()]
        if complaints:
            raise SettingsInvalid("; ".join(complaints))

    def _unsafe(self) -> Iterator[str]:
        if not _is_loopback(self.host) and not self.tls_cert and not self.allow_plain_http:
            yield (
                f"host {self.host!r} is not loopback and there is no TLS: give --tls-cert and --tls-key, "
                "or --allow-plain-http where a proxy adds it"
            )
        if bool(self.tls_cert) != bool(self.tls_key):
            yield "tls-cert and tls-key go together: give both or neither"
        yield from (self._unsafe_bundled() if self.broker == BUNDLED else self._unsafe_named())

    def _unsafe_bundled(self) -> Iterator[str]:
        if self.plain_mqtt_beyond_loopback and not self.allow_plain_mqtt:
            yield (
                f"mqtt-host {self.mqtt_host!r} is not loopback and there is no TLS: give --mqtt-tls-cert and "
                "--mqtt-tls-key, or --allow-plain-mqtt where the network itself is closed to others"
            )
        if bool(self.mqtt_tls_cert) != bool(self.mqtt_tls_key):
            yield "mqtt-tls-cert and mqtt-tls-key go together: give both or neither"
        if self.mqtt_tls_ca and not (self.mqtt_tls_cert and self.mqtt_client_cert and self.mqtt_client_key):
            yield (
                "with mqtt-tls-ca everyone must show a certificate, Vigil too: give --mqtt-tls-cert, --mqtt-tls-key, "
                "and Vigil's own with --mqtt-client-cert and --mqtt-client-key"
            )
        if self.mqtt_ca:
            yield "mqtt-ca is for a broker by URL; the bundled one's own certificate is believed without it"

    def _unsafe_named(self) -> Iterator[str]:
        if self.mqtt_tls_cert or self.mqtt_tls_key or self.mqtt_tls_ca:
            yield "mqtt-tls-cert, mqtt-tls-key and mqtt-tls-ca are for the bundled broker: set up TLS at your own"
        if bool(self.mqtt_client_cert) != bool(self.mqtt_client_key):
            yield "mqtt-client-cert and mqtt-client-key go together: give both or neither"
        if self.mqtt_password is not None and is_well_known(self.mqtt_password):
            yield "mqtt-password is empty or a word that anybody would try first: change it at the broker"
        if (self.mqtt_ca or self.mqtt_client_cert) and not self.broker.strip().lower().startswith("mqtts://"):
            yield "mqtt-ca and mqtt-client-cert need a broker that speaks TLS: give its URL as mqtts://"

    @property
    def plain_mqtt_beyond_loopback(self) -> bool:
        """Whether the bundled broker would be reached over a network by whoever can listen there."""
        return self.broker == BUNDLED and not self.mqtt_tls_cert and not _is_loopback(self.mqtt_host)

    @property
    def shares_device_login(self) -> bool:
        """Whether the bundled broker has the shared login of devices.

        On loopback whoever can use it is on this machine, and first steps need no more. Beyond it one password would
        speak for every device, and could be taken from none.
        """
        return _is_loopback(self.mqtt_host) if self.shared_device_login is None else self.shared_device_login

    def _useless(self) -> Iterator[str]:
        for name, port in (("port", self.port), ("mqtt-port", self.mqtt_port)):
            if not 0 <= port <= HIGHEST_PORT:
                yield f"{name} {port} is no port: give 1 to {HIGHEST_PORT}, or 0 for a free one"
        if not 0 < self.clock_speed < math.inf:
            yield f"clock-speed {self.clock_speed} is no positive number: give 1 for real time"
        if not 0 <= self.backup_days < math.inf:
            yield f"backup-days {self.backup_days} is no number of days: give 7, or 0 to hear nothing of old backups"
        if self.heartbeat_url is not None and not _is_web(self.heartbeat_url):
            yield "heartbeat-url cannot be used: give the https:// URL that the outside watcher shows"
        if self.language not in LANGUAGES:
            yield f"language '{self.language}' is not spoken: give {' or '.join(LANGUAGES)}"
        if self.home_assistant and MQTT_STATUS not in self.channels:
            yield f"home-assistant needs the state of alarms: add {MQTT_STATUS} to channels"
        for channel in self.channels:
            if channel not in CHANNELS:
                yield f"channel '{channel}' in channels is not known: give {', '.join(CHANNELS)}"

    def _unreadable(self) -> Iterator[str]:
        try:
            if self.clock_origin is not None:
                from_iso(self.clock_origin)
        except InvalidTime as error:
            yield f"clock-origin cannot be used: {error}"
        try:
            if self.broker != BUNDLED and is_well_known(BrokerAddress.parse(self.broker).password or "-"):
                yield "the password in broker's URL is a word that anybody would try first: change it at the broker"
        except InvalidBrokerAddress as error:
            yield f"broker cannot be used: {error}"


class Sourced(Struct, frozen=True):
    """Settings with the source of each."""

    settings: Settings
    sources: Mapping[str, Source]


def read_settings(
    command_line: Mapping[str, Any], environment: Mapping[str, str] | None = None, file: Path | None = None
) -> Sourced:
    """Merge the four sources; `command_line` values of None were not given.

    Raises:
        SettingsInvalid: a value of the wrong type, an unknown name in the file, or an unsafe combination.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    layers: list[tuple[Source, Mapping[str, Any]]] = [
        (Source.FILE, _from_file(file, frozenset(fields))),
        (Source.ENVIRONMENT, _from_environment(environment, frozenset(fields))),
        (Source.COMMAND_LINE, {name: value for name, value in command_line.items() if value is not None}),
    ]
    for source, layer in layers:
        for name, value in layer.items():
            values[name] = _typed(name, value, fields[name].type, source)
            sources[name] = source
    settings = Settings(**values)
    settings.check()
    return Sourced(settings, {name: sources.get(name, Source.DEFAULT) for name in fields})


def _from_file(file: Path | None, known: frozenset[str]) -> Mapping[str, Any]:
    path = file if file is not None else Path(FILE_NAME)
    if file is None and not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        msg = f"settings file {path} cannot be read: line {line} is not UTF-8: save the file as UTF-8"
        raise SettingsInvalid(msg) from error
    except OSError as error:
        msg = f"settings file {path} cannot be read: {error.strerror}: make it a file that this user may read"
        raise SettingsInvalid(msg) from error
    except (RecursionError, tomllib.TOMLDecodeError) as error:
        msg = f"settings file {path} cannot be read: {error}: write it as TOML, one `name = value` a line"
        raise SettingsInvalid(msg) from error
    unknown = sorted(set(found) - known)
    if unknown:
        msg = f"settings file {path} has unknown names: {', '.join(unknown)}. Known are: {', '.join(sorted(known))}"
        raise SettingsInvalid(msg)
    return found


def _from_environment(environment: Mapping[str, str], known: frozenset[str]) -> Mapping[str, str]:
    return {
        name: environment[ENVIRONMENT_PREFIX + name.upper()]
        for name in sorted(known)
        if ENVIRONMENT_PREFIX + name.upper() in environment
    }


def _typed(name: str, value: Any, annotation: Any, source: Source) -> Any:  # noqa: ANN401 - any source, any type
    if typing.get_origin(annotation) is tuple and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    wanted = annotation.__args__[0] if isinstance(annotation, types.UnionType) else annotation
    try:
        return msgspec.convert(value, wanted, strict=not isinstance(value, str))
    except msgspec.ValidationError as error:
        msg = f"setting {name.replace('_', '-')} = {_shown(name, value)} from the {source} is wrong: {error}"
        raise SettingsInvalid(msg) from error


def _shown(name: str, value: Any) -> str:  # noqa: ANN401 - any setting
    return "(hidden)" if name in SECRET and value not in (None, BUNDLED) else repr(value)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach the address; a name other than localhost may be anything."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
