"""From a delivery to its acknowledgement: decode, journal, and PUBACK only when every record is committed.

Where the journal cannot take a record now, the connection is dropped, because brokers deliver again only on a new
one. Where it never can, the message is quarantined instead: else it would come again for ever.
"""

from collections.abc import Callable, Sequence

import structlog

from collector.fault import described, log_fields
from collector.foreign.decoder import ForeignMessage
from collector.link import Link
from collector.message import MessageDecoder
from collector.raw_copies import RawCopies, RawCopy
from collector.receipts import receipt_topic
from collector.refusal import Reason
from collector.settings import SessionSettings
from collector.stream_client import Publication
from collector.tally import Tally
from domain.directory import Directory
from domain.identity import MessageIdentity
from domain.instant import Instant
from domain.observations import Quarantined
from domain.readings import Readings
from domain.record import Believed, Record, Urgency
from journal.ports import JournalUnavailable, JournalWriter

_UNREADABLE_TOPIC = "(the topic is not UTF-8)"
_LOG = structlog.get_logger(__name__)


class Intake:
    """The way in for the messages of one session. `take` belongs to the session's thread."""

    def __init__(
        self,
        urgency: Urgency,
        decoder: MessageDecoder,
        journal: JournalWriter,
        directory_source: Callable[[], Directory],
        clock: Callable[[], Instant],
        settings: SessionSettings,
        tally: Tally,
        raw: RawCopies | None = None,
    ) -> None:
        """`directory_source` is asked on every message, so that a new configuration holds at once.

        `raw` gets a copy of every foreign message.
        """
        self.urgency = urgency
        self.decoder = decoder
        self.journal = journal
        self.tally = tally
        self._directory_source = directory_source
        self._clock = clock
        self._shed_above = settings.shed_above
        self._raw = raw

    def take(self, link: Link, message: Publication) -> None:
        """Bring one delivery on its way. Never raises: that would end the network thread."""
        received_at = self._clock()
        self.tally.count("received")
        if message.dup:
            self.tally.count("redelivered")
        if message.qos > 0 and not link.take(message.mid, repeated=message.dup):
            self.tally.count("still_waiting")
            return
        delivery = Delivery(self, link, message, received_at)
        if delivery.mid is None and self._must_shed():
            self.tally.count("shed")
            return
        try:
            records = self.decoder.decode_message(
                delivery.topic,
                delivery.payload,
                retain=message.retain,
                received_at=received_at,
                directory=self._directory_source(),
            )
            delivery.wants_receipt = self.decoder.wants_receipt
            if self.decoder.foreign is not None:
                self._note_foreign(self.decoder.foreign, link)
                self._copy(delivery, message, records)
            delivery.submit(records)
        # supervision: the log and the session's listener are told; unacknowledged, the message comes again.
        except Exception as error:
            _LOG.error("delivery_failed", topic=delivery.topic, **log_fields(error))
            delivery.give_up(error)

    def _note_foreign(self, foreign: ForeignMessage, link: Link) -> None:
        for why in foreign.passed_over:
            self.tally.count_passed_over(f"{foreign.format}.{why}")
        for topic, payload in foreign.replies:
            link.say(topic, payload)

    def _copy(self, delivery: "Delivery", message: Publication, records: Sequence[Record]) -> None:
        if self._raw is None:
            return
        made = sum(not isinstance(record.body, Quarantined) for record in records)
        copy = RawCopy(
            at=delivery.received_at, topic=delivery.topic, payload=delivery.payload, retain=message.retain, made=made
        )
        try:
            self._raw.keep(copy)
        except OSError:
            # A copy is a convenience: the message itself goes on into the journal, which tells of a full disk.
            self.tally.count("raw_not_kept")

    def _must_shed(self) -> bool:
        self.tally.count("unacknowledged_qos")
        return self.urgency is Urgency.READING and self.journal.waiting()[Urgency.READING] > self._shed_above


class Delivery:
    """One message between its arrival and its acknowledgement; `mid` is None at QoS 0, which has none."""

    __slots__ = (
        "_identity",
        "_intake",
        "_is_last_try",
        "_left",
        "_link",
        "mid",
        "payload",
        "received_at",
        "topic",
        "wants_receipt",
    )

    def __init__(self, intake: Intake, link: Link, message: Publication, received_at: Instant) -> None:
        """Keep what is needed to quarantine the message should the journal refuse its record for good."""
        self._intake = intake
        self._link = link
        self.received_at = received_at
        self._left = 0
        self._is_last_try = False
        self._identity: MessageIdentity | None = None
        self.wants_receipt = False
        self.mid = message.mid if message.qos > 0 else None
        self.payload = message.payload
        self.topic = _topic_of(message)

    def submit(self, records: Sequence[Record]) -> None:
        """Hand the records to the journal, in order."""
        self._left = len(records)
        if not records:
            self._acknowledge()
            return
        self._identity = records[0].identity
        for record in records:
            if isinstance(record.body, Quarantined):
                self._intake.tally.count_quarantined(record.body.reason)
            elif record.believed is Believed.RECEIVED and record.device_time is not None:
                self._intake.tally.count("clock_not_believed")
            # A foreign topic may bring readings into the session of the events.
            urgency = Urgency.READING if isinstance(record.body, Readings) else self._intake.urgency
            self._intake.journal.submit(record, urgency, self.stored)

    def stored(self, seq: int | None, error: Exception | None) -> None:
        """Take the journal's answer for one record, from its thread."""
        if error is None and seq is not None:
            self._intake.tally.count("stored")
            self._left -= 1
            if self._left == 0:
                self._acknowledge()
                if self.wants_receipt and not self._is_last_try:
                    self._give_receipt()
        elif error is None or isinstance(error, JournalUnavailable) or self._is_last_try:
            self._intake.tally.count("not_stored")
            self.give_up(error or JournalUnavailable("the journal gave neither a seq nor an error"))
        else:
            self._quarantine(error)

    def give_up(self, error: Exception) -> None:
        """Leave the message unacknowledged and have it delivered again."""
        if self._link.drop(f"a message could not be stored ({described(error)})"):
            self._intake.tally.count("dropped_links")

    def _acknowledge(self) -> None:
        if self.mid is not None:
            self._intake.tally.count("acknowledged" if self._link.acknowledge(self.mid) else "stale")

    def _give_receipt(self) -> None:
        """Tell the device too; one that gets none sends again, and gets it then."""
        if self._identity is not None:
            is_given = self._link.give_receipt(receipt_topic(self.topic), self._identity)
            self._intake.tally.count("receipts" if is_given else "receipts_dropped")

    def _quarantine(self, error: Exception) -> None:
        # The message's other record, if any, still gives its own answer; this one takes the place of the refused.
        self._is_last_try = True
        intake = self._intake
        detail = f"the journal cannot hold it: {described(error)}"
        aside = intake.decoder.refuse(self.topic, self.payload, Reason.UNSTORABLE, detail, received_at=self.received_at)
        intake.tally.count_quarantined(Reason.UNSTORABLE)
        intake.journal.submit(aside, intake.urgency, self.stored)


def _topic_of(message: Publication) -> str:
    try:
        return message.topic.decode()
    except UnicodeDecodeError:
        return _UNREADABLE_TOPIC
