"""Messages of other makers' devices in, their records out: the counterpart of the native decoder.

A message of a device that nobody has mapped is no fault: it is noted among the unmapped, counted, and acknowledged.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct, field

from collector.credentials import CredentialKey
from collector.fault import described
from collector.foreign.mapping import ForeignFormat
from collector.foreign.sources import Source, Sources, sources_of, tag_number
from collector.foreign.translation import NOTHING_SAID, Arrived, Translation
from collector.foreign.unmapped import UnmappedDevices
from collector.formats.report import Arrival, Decode, DoorEvent, Report, Tag
from collector.refusal import Reason, Refused
from domain.instant import Duration, Instant
from domain.record import Record

UNMAPPED: Final = "unmapped"
MISSING: Final = "missing_before"

_REMEMBERED_TOPICS: Final = 10_000


class ForeignMessage(Struct, kw_only=True):
    """What became of one message. `asides` are parts that are not believed, by reason, and perhaps whose they are.

    `passed_over` says why something in it made no record, `replies` are topics and payloads to publish.
    """

    format: str = ""
    decoded_by: str = ""
    records: list[Record] = field(default_factory=list)
    asides: list[tuple[Reason, str, str | None, str | None]] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    replies: list[tuple[str, bytes]] = field(default_factory=list)


class ForeignDecoder:
    """Decodes and translates. Formats may have a memory, so each thread has its own decoder."""

    def __init__(
        self,
        mapping: Iterable[ForeignFormat],
        key: CredentialKey,
        tolerance: Duration,
        unmapped: UnmappedDevices | None = None,
    ) -> None:
        """`tolerance` is how far ahead of ours a device's clock may be; `unmapped` is told of unmapped devices."""
        self._sources = Sources(sources_of(mapping, key))
        self._decoders: dict[int, Decode] = {id(source): source.format.decoder() for source in self._sources}
        self._key = key
        self._tolerance = tolerance
        self._unmapped = unmapped or UnmappedDevices()
        self._topics: dict[str, Source | None] = {}

    def decode(self, topic: str, payload: bytes, *, retain: bool, received_at: Instant) -> ForeignMessage | None:
        """Give what a message means; None where nothing is mapped that its topic belongs to. Never raises."""
        source = self._source(topic)
        if source is None:
            return None
        message = ForeignMessage(format=source.format.name, decoded_by=source.format.decoded_by)
        try:
            _require_size(payload, source)
            arrival = Arrival(topic, source.base, payload, received_at, source.timezone)
            for report in self._decoders[id(source)](arrival):
                self._take(report, source, arrival, message, retain=retain)
        except Refused as refusal:
            message.asides.append((refusal.reason, refusal.detail, None, None))
        # supervision: a fault of a decoder is told as a quarantined message, which operators see.
        except Exception as error:
            message.asides.append((Reason.DECODER_FAULT, described(error), None, None))
        if not (message.records or message.asides or message.passed_over):
            message.passed_over.append(NOTHING_SAID)
        return message

    def _source(self, topic: str) -> Source | None:
        try:
            return self._topics[topic]
        except KeyError:
            if len(self._topics) >= _REMEMBERED_TOPICS:
                self._topics.clear()
            return self._topics.setdefault(topic, self._sources.find(topic))

    def _take(self, report: Report, source: Source, arrival: Arrival, message: ForeignMessage, *, retain: bool) -> None:
        name, mapped = source.format.name, source.devices.get(report.device)
        if report.reply is not None:
            message.replies.append(report.reply)
        message.passed_over += [MISSING] * report.lost
        if mapped is None:
            tokens = self._tokens(report)
            self._unmapped.note(name, source.base, arrival.topic, report, arrival.received_at, tokens)
            message.passed_over.append(UNMAPPED)
            return
        arrived = Arrived(arrival.received_at, retain, source.format.decoded_by, self._tolerance)
        made = Translation(report, mapped, arrived, self._key).translate()
        message.records += made.records
        message.passed_over += made.passed_over
        message.asides += [(reason, detail, mapped.site, mapped.device) for reason, detail in made.asides]
        if made.strange_tags:
            self._unmapped.note_tags(name, source.base, arrival.topic, report, made.strange_tags, arrival.received_at)

    def _tokens(self, report: Report) -> list[str]:
        numbers = [said.number for said in report.said if isinstance(said, Tag | DoorEvent) and said.number]
        return [self._key.token("card", tag_number(number)) for number in numbers]


def _require_size(payload: bytes, source: Source) -> None:
    if len(payload) > source.format.most_bytes:
        raise Refused(Reason.OVERSIZE, f"{len(payload)} bytes, at most {source.format.most_bytes} are taken")
