"""One message in, its records out: no network, no journal, no clock. MQTT uses it, and so may any other way in."""

from collections.abc import Sequence
from typing import Final

from collector.authority import require_carried, require_same_identity, require_sender
from collector.credentials import CredentialKey
from collector.decode.columns import (
    PointLists,
    colons_of,
    conflict_detail,
    readings_of,
    require_equal_lengths,
    unlisted_detail,
)
from collector.decode.json_strict import refuse_duplicate_keys
from collector.decode.native import NAME, decode_event, decode_readings, identity_of, observe
from collector.fault import described
from collector.foreign.decoder import ForeignDecoder, ForeignMessage
from collector.foreign.mapping import ForeignFormat
from collector.foreign.unmapped import UnmappedDevices
from collector.quarantine import Sender, quarantined, sender_of
from collector.refusal import Reason, Refused
from collector.settings import DecoderLimits
from collector.timing import Timing, believe, claimed_instant
from collector.topics import Topic, parse_topic
from domain.directory import Directory, MessageKind
from domain.identity import MessageIdentity
from domain.instant import Instant
from domain.record import Observation, Record

_REMEMBERED_TOPICS: Final = 10_000
_NATIVE: Final = "vigil"


class MessageDecoder:
    """Decodes and judges messages. Keeps caches, so each thread has its own; what it gives never depends on them.

    `wants_receipt` tells of the message decoded last whether its device asks for a receipt, and whether there is
    something to put into one: the message was believed, and has an identity. `foreign` tells of it what became of it
    where it is in another maker's format, None where it is native.
    """

    def __init__(
        self,
        key: CredentialKey,
        limits: DecoderLimits | None = None,
        *,
        mapping: Sequence[ForeignFormat] = (),
        unmapped: UnmappedDevices | None = None,
    ) -> None:
        """`key` seals the credential numbers of access events; `mapping` says what foreign devices mean."""
        self._key = key
        self._limits = limits or DecoderLimits()
        self._foreign = ForeignDecoder(mapping, key, self._limits.future_tolerance, unmapped) if mapping else None
        self.foreign: ForeignMessage | None = None
        self._topics: dict[str, Topic] = {}
        self._points = PointLists()
        self.wants_receipt = False

    def decode_message(
        self, topic: str, payload: bytes, *, retain: bool, received_at: Instant, directory: Directory
    ) -> Sequence[Record]:
        """Give the records of one message, in the order they belong into the journal; there is at least one.

        A message that is not believed gives a `Quarantined` record. Readings of which the device carries only some
        give both. Foreign messages may give none; then `foreign` says why. Never raises: `retain` is the flag of the
        delivery.
        """
        known: Topic | None = None
        self.wants_receipt = False
        if self._foreign is not None:
            self.foreign = None
            if not topic.startswith(_NATIVE):
                found = self._foreign.decode(topic, payload, retain=retain, received_at=received_at)
                if found is not None:
                    self.foreign = found
                    return self._foreign_records(found, topic, payload, received_at)
        try:
            known = self._topic(topic)
            _refuse_retained(retain=retain)
            if known.kind is MessageKind.READINGS:
                return self._readings(known, topic, payload, received_at, directory)
            return (self._event(known, payload, received_at, directory),)
        except Refused as refusal:
            reason, detail = refusal.reason, refusal.detail
        # supervision: a fault of the decoder is told as a quarantined message, which operators see.
        except Exception as error:
            reason, detail = Reason.DECODER_FAULT, described(error)
        return (self.refuse(topic, payload, reason, detail, received_at=received_at, known=known),)

    def refuse(
        self,
        topic: str,
        payload: bytes,
        reason: Reason,
        detail: str,
        *,
        received_at: Instant,
        known: Topic | None = None,
    ) -> Record:
        """Make the quarantine record of a message; also for those who find the reason later than the decoder."""
        return quarantined(
            topic_text=topic,
            sender=sender_of(known or self._topics.get(topic)),
            payload=payload,
            reason=reason,
            detail=detail,
            received_at=received_at,
            decoder=NAME,
            keep_bytes=self._limits.quarantine_bytes,
        )

    def _foreign_records(
        self, found: ForeignMessage, topic: str, payload: bytes, received_at: Instant
    ) -> Sequence[Record]:
        if not found.asides:
            return found.records
        asides = [
            quarantined(
                topic_text=topic,
                sender=Sender(site, device, may_show_credentials=False),
                payload=payload,
                reason=reason,
                detail=detail,
                received_at=received_at,
                decoder=found.decoded_by,
                keep_bytes=self._limits.quarantine_bytes,
            )
            for reason, detail, site, device in found.asides
        ]
        return [*found.records, *asides]

    def _topic(self, text: str) -> Topic:
        found = self._topics.get(text)
        if found is None:
            found = parse_topic(text)
            if len(self._topics) >= _REMEMBERED_TOPICS:
                self._topics.clear()
            self._topics[text] = found
        return found

    def _event(self, topic: Topic, payload: bytes, received_at: Instant, directory: Directory) -> Record:
        device = require_sender(topic, directory)
        body = decode_event(topic.kind, payload, self._limits.event_bytes)
        require_same_identity(topic, body)
        require_carried(body, device, directory)
        timing = believe(claimed_instant(body.at), received_at, self._limits.future_tolerance)
        record = _record(topic, observe(body, topic.site, self._key), identity_of(body), timing, received_at)
        self.wants_receipt = body.receipt is True and record.identity is not None
        return record

    def _readings(
        self, topic: Topic, topic_text: str, payload: bytes, received_at: Instant, directory: Directory
    ) -> Sequence[Record]:
        require_sender(topic, directory)
        body = decode_readings(payload, self._limits.readings_bytes)
        require_same_identity(topic, body)
        points = self._points.find(directory, topic.site, topic.device, bytes(body.points))
        refuse_duplicate_keys(payload, colons_of(body))
        require_equal_lengths(body, points)
        if points.carried is not None and not points.text:
            raise Refused(Reason.UNLISTED_POINTS, unlisted_detail(points))
        readings, timing = readings_of(body, points, received_at, self._limits.future_tolerance)
        record = _record(topic, readings, identity_of(body), timing, received_at)
        self.wants_receipt = body.receipt is True
        asides = [] if points.carried is None else [(Reason.UNLISTED_POINTS, unlisted_detail(points))]
        conflict = conflict_detail(body, points)
        asides += [] if conflict is None else [(Reason.CONFLICTING_VALUES, conflict)]
        told = [
            self.refuse(topic_text, payload, reason, detail, received_at=received_at, known=topic)
            for reason, detail in asides
        ]
        return (record, *told)


def _refuse_retained(*, retain: bool) -> None:
    if retain:
        raise Refused(Reason.RETAINED, "a retained message is old news; publish without the retain flag")


def _record(
    topic: Topic, body: Observation, identity: MessageIdentity | None, timing: Timing, received_at: Instant
) -> Record:
    return Record(
        seq=0,
        body=body,
        event_time=timing.event_time,
        received_at=received_at,
        source=topic.device,
        site=topic.site,
        lane=topic.lane,
        believed=timing.believed,
        device_time=timing.device_time,
        identity=identity,
        decoder=NAME,
    )
