from msgspec.structs import replace

from domain.effects import ConflictKind
from domain.identity import MessageIdentity
from domain.instant import HOUR, MINUTE, SECOND
from domain.record import Record
from rules.duplicates import FINGERPRINTS_KEPT, SeenMessages, Sighting
from rules.identity_conflicts import CROSSINGS, UPLOADS_FOR, conflict_of_boots, conflict_of_repetition
from tests.rules.test_duplicates import message


class Ear:
    """Hears messages of one device, and says what each gives away."""

    def __init__(self) -> None:
        self.seen = SeenMessages()

    def hears(self, record: Record) -> ConflictKind | None:
        assert record.identity is not None
        sighting = self.seen.take(record.identity, record)
        device = self.seen.device("s", "d")
        if sighting is Sighting.AGAIN:
            return conflict_of_repetition(device.boots[record.identity.boot], record)
        return conflict_of_boots(device, record) if device.latest != record.identity.boot else None


def test_a_message_that_is_sent_again_is_no_conflict() -> None:
    ear = Ear()
    for seq in range(1, 3 * FINGERPRINTS_KEPT):
        ear.hears(message(seq, made=seq * SECOND))
    assert [ear.hears(message(seq, made=seq * SECOND)) for seq in range(1, 3 * FINGERPRINTS_KEPT)] == [None] * (
        3 * FINGERPRINTS_KEPT - 1
    )


def test_one_number_with_two_contents_is() -> None:
    ear = Ear()
    ear.hears(message(1, battery=5.0))
    assert ear.hears(message(1, battery=6.0)) is ConflictKind.CONTENT_DIFFERS
    assert ear.hears(message(1, battery=5.0)) is None


def test_an_old_number_used_for_something_later_is() -> None:
    ear = Ear()
    for seq in range(1, 2 * FINGERPRINTS_KEPT):
        ear.hears(message(seq, made=seq * SECOND))
    assert ear.hears(message(1, made=HOUR)) is ConflictKind.COUNTED_BACK
    assert ear.hears(message(2, made=2 * SECOND)) is None


def test_without_a_clock_old_numbers_say_nothing() -> None:
    ear = Ear()
    for seq in range(1, 2 * FINGERPRINTS_KEPT):
        ear.hears(message(seq))
    assert ear.hears(message(1, battery=7.0)) is None
    assert ear.hears(message(1, made=HOUR)) is None


def test_a_clock_that_was_set_right_is_no_conflict() -> None:
    ear = Ear()
    ear.hears(message(1, made=HOUR))
    for seq in range(2, 2 * FINGERPRINTS_KEPT):
        ear.hears(message(seq, made=seq * SECOND))
    assert ear.hears(message(1, made=HOUR)) is None


def test_a_reboot_with_an_upload_of_what_was_buffered_is_no_conflict() -> None:
    ear = Ear()
    ear.hears(message(1, "a", made=SECOND))
    said = []
    for seq in range(1, 20):
        said.append(ear.hears(message(seq, "b", made=HOUR + seq, received=HOUR)))
        said.append(ear.hears(message(1 + seq, "a", made=MINUTE + seq, received=HOUR)))
    assert said == [None] * 38


def test_two_boots_that_live_at_once_are_two_devices() -> None:
    ear = Ear()
    ear.hears(message(1, "a", made=SECOND))
    said = []
    for seq in range(1, 6):
        ear.hears(message(seq, "b", made=2 * HOUR + seq * MINUTE, received=seq))
        said.append(ear.hears(message(1 + seq, "a", made=2 * HOUR + (seq + 3) * MINUTE, received=seq)))
    assert said == [None] * (CROSSINGS - 1) + [ConflictKind.BOOTS_ALTERNATE] * (6 - CROSSINGS)


def test_without_clocks_a_device_has_some_minutes_to_upload() -> None:
    def crossings(after: int) -> list[ConflictKind | None]:
        ear = Ear()
        ear.hears(message(1, "a"))
        said = []
        for seq in range(1, 6):
            ear.hears(message(seq, "b", received=SECOND * (seq > 1) * after))
            said.append(ear.hears(message(1 + seq, "a", received=after + seq)))
        return said

    assert crossings(UPLOADS_FOR - MINUTE) == [None] * 5
    assert crossings(UPLOADS_FOR + MINUTE)[-1] is ConflictKind.BOOTS_ALTERNATE


def test_crossings_far_apart_do_not_add_up() -> None:
    ear = Ear()
    ear.hears(message(1, "a", made=SECOND))
    said = []
    for seq in range(1, 10):
        at = seq * 2 * HOUR
        ear.hears(message(seq, "b", made=at, received=at))
        said.append(ear.hears(message(1 + seq, "a", made=at + 2 * MINUTE, received=at)))
    assert said == [None] * 9


def test_what_has_no_identity_gives_nothing_away() -> None:
    ear = Ear()
    ear.hears(message(1))
    device = ear.seen.device("s", "d")
    bare = replace(message(1), identity=None)
    assert conflict_of_repetition(device.boots["b"], bare) is conflict_of_boots(device, bare) is None
    assert MessageIdentity("d", "b", 1) == message(1).identity
