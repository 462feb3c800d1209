import msgspec
import numpy as np

from domain.effects import LateObservation
from domain.readings import Readings, readings_from
from domain.record import Record
from rules.point_table import PointTable
from rules.reading_intake import AcceptedReadings, Intake, ReadingIntake, is_well_formed

Row = tuple[str, int, float]


def a_record(seq: int, *rows: Row) -> Record:
    points, at, values = ([row[column] for row in rows] for column in range(3))
    body = readings_from(points, at, values, [0] * len(rows))  # type: ignore[arg-type]
    return Record(seq=seq, body=body, event_time=0, received_at=0, source="gw", site="tower")


def table(*ids: str) -> PointTable:
    made = PointTable()
    made.configure(ids)
    return made


def taken(intake: ReadingIntake, *records: Record) -> Intake:
    found = intake.take(records)
    assert found is not None
    return found


def batch_rows(found: Intake) -> list[tuple[int, int, int, int, float]]:
    batch = found.batch
    columns = (batch.seq, batch.index, batch.point, batch.at, batch.values)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def stored(accepted: AcceptedReadings | None) -> list[tuple[int, str, int, float]]:
    assert accepted is not None
    names = [accepted.points[place] for place in accepted.index.tolist()]
    return list(zip(accepted.seq.tolist(), names, accepted.at.tolist(), accepted.values.tolist(), strict=True))


def test_records_become_one_batch_in_judging_order() -> None:
    intake = ReadingIntake(table("a", "b"))
    found = taken(intake, a_record(7, ("b", 1, 1.5), ("a", 1, 2.5)), a_record(9, ("a", 2, 3.5)))
    assert batch_rows(found) == [(7, 0, 1, 1, 1.5), (7, 1, 0, 1, 2.5), (9, 0, 0, 2, 3.5)]
    assert stored(intake.accepted()) == [(7, "b", 1, 1.5), (7, "a", 1, 2.5), (9, "a", 2, 3.5)]


def test_what_is_late_is_told_and_stored_but_not_judged() -> None:
    intake = ReadingIntake(table("a", "b"))
    taken(intake, a_record(1, ("a", 10, 0.0)))
    found = taken(
        intake, a_record(2, ("a", 9, 1.0), ("b", 3, 2.0), ("a", 10, 3.0), ("a", 8, 4.0)), a_record(3, ("b", 2, 5.0))
    )
    assert [(row[0], row[4]) for row in batch_rows(found)] == [(2, 2.0), (2, 3.0)]
    assert found.late == {
        2: LateObservation(site="tower", points=("a",), count=2),
        3: LateObservation(site="tower", points=("b",), count=1),
    }
    assert len(stored(intake.accepted())) == 6


def test_another_value_for_the_same_time_in_another_message_is_told_and_judged() -> None:
    intake = ReadingIntake(table("a", "b"))
    taken(intake, a_record(1, ("a", 10, 1.0), ("b", 10, 1.0)))
    found = taken(intake, a_record(2, ("a", 10, 1.0), ("b", 10, 2.0)), a_record(3, ("a", 10, 5.0), ("z", 10, 5.0)))
    assert {seq: (told.reason, told.site, told.device) for seq, told in found.conflicts.items()} == {
        2: ("conflicting_values", "tower", "gw"),
        3: ("conflicting_values", "tower", "gw"),
    }
    assert [told.detail for told in found.conflicts.values()] == [
        f"1 points have another value than an earlier message gave them for the same time: {point}; each was judged, "
        "in the order of arrival"
        for point in ("b", "a")
    ]
    assert len(batch_rows(found)) == 4 - 1
    assert not taken(intake, a_record(4, ("a", 11, 6.0), ("b", 9, 7.0))).conflicts


def test_points_that_are_not_configured_are_stored_and_nothing_else() -> None:
    intake = ReadingIntake(table("a"))
    assert intake.take([a_record(1, ("z", 5, 1.0))]) is None
    found = taken(intake, a_record(2, ("z", 1, 2.0), ("a", 1, 3.0), ("y", 1, 4.0)))
    assert [row[4] for row in batch_rows(found)] == [3.0]
    assert found.late == {}
    assert [name for _, name, _, _ in stored(intake.accepted())] == ["z", "z", "a", "y"]


def test_nothing_taken_is_nothing_accepted() -> None:
    intake = ReadingIntake(table("a"))
    assert intake.take([a_record(1)]) is None
    assert intake.accepted() is None


def test_the_envelopes_of_what_is_stored_are_kept() -> None:
    intake = ReadingIntake(table("a"))
    records = [a_record(1, ("a", 1, 1.0)), a_record(2, ("z", 1, 2.0)), a_record(4)]
    taken(intake, *records)
    taken(intake, a_record(9, ("a", 2, 3.0)))
    accepted = intake.accepted()
    assert accepted is not None
    assert accepted.envelopes.seq.tolist() == [1, 2, 9]
    body = records[0].body
    assert isinstance(body, Readings)
    assert accepted.envelopes.record(0, body) == records[0]


def test_only_points_that_occur_are_named() -> None:
    intake = ReadingIntake(table("a", "b", "c"))
    taken(intake, a_record(1, ("c", 1, 1.0), ("a", 1, 2.0)))
    accepted = intake.accepted()
    assert accepted is not None
    assert (accepted.points, accepted.index.tolist()) == (("a", "c"), [1, 0])
    assert accepted.index.dtype == np.int32


def test_a_configuration_in_between_does_not_mix_up_names() -> None:
    points = table("a", "b")
    intake = ReadingIntake(points)
    taken(intake, a_record(1, ("b", 1, 1.0)))
    points.configure(["b", "c"])
    taken(intake, a_record(3, ("c", 1, 2.0), ("b", 1, 3.0)))
    assert [name for _, name, _, _ in stored(intake.accepted())] == ["b", "c", "b"]


def test_columns_of_one_length_are_well_formed() -> None:
    body = readings_from(["a", "b"], [1, 2], [1.0, 2.0], [0, 0])
    assert is_well_formed(body)
    assert is_well_formed(readings_from([], [], [], []))
    for field, value in (("at", b"x"), ("values", b""), ("quality", b"\0"), ("points", "a"), ("points", "")):
        assert not is_well_formed(msgspec.structs.replace(body, **{field: value}))
    assert not is_well_formed(Readings(points="a", at=b"", values=b"", quality=b""))
