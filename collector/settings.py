"""What can be set on the collector, with the defaults and where they come from."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from collector.foreign.mapping import ForeignFormat
from domain.instant import MINUTE, Duration

KIBIBYTE: Final = 1024
MEBIBYTE: Final = 1024 * KIBIBYTE


class DecoderLimits(Struct, frozen=True, kw_only=True):
    """Bounds of one message. Sizes in bytes; reliability.md B1 and B2 are where they come from.

    `future_tolerance` is how far ahead of our clock a device's may be before ours is believed. Of a quarantined
    payload the first `quarantine_bytes` are kept.
    """

    event_bytes: int = 64 * KIBIBYTE
    readings_bytes: int = MEBIBYTE
    future_tolerance: Duration = 5 * MINUTE
    quarantine_bytes: int = 8 * KIBIBYTE


class Protocol(StrEnum):
    """Which MQTT is spoken; `auto` tries 5 and falls back where the broker refuses it."""

    AUTO = "auto"
    V5 = "5"
    V311 = "3.1.1"


class SessionSettings(Struct, frozen=True, kw_only=True):
    """How the MQTT sessions behave. Times in seconds.

    The client ids are `<instance>-events` and `<instance>-readings`, followed by `-<secret>` where there is one: then
    nobody who may log in can guess them and take the sessions over. The windows say how many messages may wait for
    our acknowledgement: MQTT 5 tells the broker, on 3.1.1 the broker's own limit counts. A broker that speaks
    MQTT 5 keeps a session `expiry` after we left. A silent link is noticed within twice `keepalive`. After a link
    ended, the next attempt waits a random part of a pause that doubles from `first_pause` to `longest_pause`; it
    begins anew once messages were stored. QoS 0 readings are shed while more than `shed_above` readings wait for
    the journal: nothing else bounds them, because the broker does not wait for their acknowledgement.
    `expect_sessions` says that both sessions were made before (`prepare_sessions`), so that a missing one is a loss.
    `foreign_events` and `foreign_readings` are the filters that bring other makers' messages; the sessions may still
    have those of an earlier mapping (`forgotten`), which are given back.
    """

    instance: str = "vigil"
    secret: str = ""
    protocol: Protocol = Protocol.AUTO
    events_window: int = 512
    readings_window: int = 256
    max_packet_bytes: int = 2 * MEBIBYTE
    expiry: int = 30 * 86_400
    keepalive: int = 10
    connect_timeout: float = 5.0
    first_pause: float = 0.1
    longest_pause: float = 8.0
    shed_above: int = 20_000
    expect_sessions: bool = False
    foreign_events: tuple[str, ...] = ()
    foreign_readings: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Leave the secret out, so that a log or a traceback may carry the settings."""
        return f"SessionSettings({self.instance!r}, {self.protocol.value!r})"


class CollectorSettings(Struct, frozen=True, kw_only=True):
    """Everything together; `mapping` says what devices of other makers mean."""

    limits: DecoderLimits = DecoderLimits()
    session: SessionSettings = SessionSettings()
    mapping: tuple[ForeignFormat, ...] = ()
