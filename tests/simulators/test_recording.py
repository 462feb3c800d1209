"""Recorded CSVs become the messages their devices would have sent; what cannot be read is told with file and line."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidTime
from domain.instant import HOUR, MINUTE, SECOND, from_iso
from simulators.recorded_text import sniff_delimiter
from simulators.recording import Problem, Recording, parse_time, read_recording
from simulators.recording_map import (
    ReadingsMap,
    RecordingMap,
    RecordingRefused,
    ScansMap,
    TimeColumn,
)
from vigil.recorded_map import load_map

MAPS = Path(__file__).parents[2] / "simulators" / "maps"
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas" / "native"
DATA = Path(__file__).parents[3] / "shared" / "data"
SHANGHAI = "Asia/Shanghai"


def readings_map(**changes: Any) -> RecordingMap:  # noqa: ANN401
    given_map: dict[str, Any] = {
        "site": "hq",
        "zone": SHANGHAI,
        "time": TimeColumn(column="when"),
        "readings": ReadingsMap(device="gw-1", points={"flow": "Flow", "temp": "Temp"}),
    }
    return RecordingMap(**given_map | changes)


def scans_map(**changes: Any) -> RecordingMap:  # noqa: ANN401
    scans: dict[str, Any] = {"checkpoint": "gate", "officer": "car", "device": "reader-{checkpoint}"}
    return RecordingMap(site="park", time=TimeColumn(column="when"), scans=ScansMap(**scans | changes))


class Reading:
    """A recording read from a text, with the problems told meanwhile."""

    def __init__(self, folder: Path, text: str | bytes, mapping: RecordingMap) -> None:
        self.file = folder / "recorded.csv"
        self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.problems: list[Problem] = []
        self.recording: Recording = read_recording(self.file, mapping, self.problems.append)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(message.payload) for message in self.recording.messages("b1")]

    def told(self) -> list[str]:
        return [str(problem).removeprefix(f"{self.file}:") for problem in self.problems]


def test_each_row_is_one_message_of_the_gateway(tmp_path: Path) -> None:
    read = Reading(tmp_path, "when;Flow;Temp\n2026-01-01 08:00:00;1.5;20\n2026-01-01 08:00:01;2;-3e1\n", readings_map())
    first, second = read.recording.messages("b1")
    assert first.topic == "vigil/v1/hq/gw-1/readings"
    assert first.at == from_iso("2026-01-01T00:00:00Z")
    assert json.loads(first.payload) == {
        "device": "gw-1",
        "boot": "b1",
        "seq": 1,
        "at": "2026-01-01T00:00:00Z",
        "points": ["flow", "temp"],
        "values": [1.5, 20.0],
    }
    assert json.loads(second.payload)["seq"] == 2
    assert json.loads(second.payload)["values"] == [2.0, -30.0]
    assert read.problems == []


def test_each_pass_is_one_scan_of_the_reader(tmp_path: Path) -> None:
    text = "when,car,type,gate\n2026-01-01T08:00Z,v-1,2P,g0\n2026-01-01T08:00Z,v-2,4,g0\n2026-01-01T08:01Z,v-1,2P,g1"
    read = Reading(tmp_path, text, scans_map(only={"type": ("2P",)}, rename={"g1": "north"}))
    assert [message.topic for message in read.recording.messages("b")] == [
        "vigil/v1/park/reader-g0/scan",
        "vigil/v1/park/reader-north/scan",
    ]
    body = read.bodies()[1]
    assert (body["officer"], body["checkpoint"], body["method"], body["seq"]) == ("v-1", "north", "nfc", 1)
    assert read.problems == []


def test_rows_come_in_order_of_time_and_equal_times_keep_theirs(tmp_path: Path) -> None:
    text = "when,Flow,Temp\n2026-01-01T00:02Z,1,0\n2026-01-01T00:01Z,2,0\n2026-01-01T00:02Z,3,0\n"
    read = Reading(tmp_path, text, readings_map())
    assert [body["values"][0] for body in read.bodies()] == [2.0, 1.0, 3.0]
    assert (read.recording.first, read.recording.last) == (
        from_iso("2026-01-01T00:01:00Z"),
        from_iso("2026-01-01T00:02:00Z"),
    )


def test_the_recording_moves_to_a_start_and_shrinks_with_speed(tmp_path: Path) -> None:
    read = Reading(tmp_path, "when,Flow,Temp\n2026-01-01T00:00Z,1,0\n2026-01-01T00:01Z,2,0\n", readings_map())
    start = from_iso("2026-06-01T12:00:00Z")
    assert [message.at for message in read.recording.messages("b", start)] == [start, start + MINUTE]
    assert [message.at for message in read.recording.messages("b", start, speed=60)] == [start, start + SECOND]


def test_messages_can_be_given_again_under_another_boot(tmp_path: Path) -> None:
    read = Reading(tmp_path, "when,Flow,Temp\n2026-01-01T00:00Z,1,0\n", readings_map())
    first, again = (list(read.recording.messages(boot)) for boot in ("b1", "b2"))
    assert first[0].identity is not None
    assert again[0].identity is not None
    assert (first[0].identity.seq, again[0].identity.seq) == (1, 1)
    assert first[0].identity != again[0].identity


def test_a_cell_without_a_number_is_a_reading_without_a_value(tmp_path: Path) -> None:
    text = "when,Flow,Temp\n2026-01-01T00:00Z,,NaN\n2026-01-01T00:01Z,oops,1e300\n2026-01-01T00:02Z,inf,7\n"
    read = Reading(tmp_path, text, readings_map())
    assert [body["values"] for body in read.bodies()] == [[None, None], [None, None], [None, 7.0]]
    assert read.told() == [
        "3: column 'Flow': 'oops' is no number: sent as no value",
        "3: column 'Temp': '1e300' is beyond 9007199254740991: sent as no value",
        "4: column 'Flow': 'inf' is not finite: sent as no value",
    ]
    assert {point: list(values) for point, (_, values) in read.recording.columns().items()} == {"flow": [], "temp": [7]}


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("2026-01-01T00:00Z,1", "2 cells, the header has 3"),
        ("2026-01-01T00:00Z,1,2,3,4", "5 cells, the header has 3"),
        ("yesterday,1,2", "time 'yesterday' fits none of ['iso']: write its form under `formats` in the map"),
        (",1,2", "time '' fits none of ['iso']: write its form under `formats` in the map"),
        ('"' + "x" * 140_000 + '",1,2', "not CSV: field larger than field limit (131072)"),
    ],
)
def test_a_bad_row_is_told_and_left_out(tmp_path: Path, row: str, what: str) -> None:
    text = f"when,Flow,Temp\n2026-01-01T00:00Z,1,2\n\n{row}\n2026-01-01T00:01Z,3,4\n"
    read = Reading(tmp_path, text, readings_map())
    assert read.told() == [f"4: {what}"]
    assert len(read.bodies()) == 2


@pytest.mark.parametrize("car", ["", "车 7", "a/b", "#", "x" * 65])
def test_a_pass_that_names_no_id_is_told_and_left_out(tmp_path: Path, car: str) -> None:
    read = Reading(tmp_path, f"when,car,gate\n2026-01-01T00:00Z,v-1,g\n2026-01-01T00:00Z,{car},g\n", scans_map())
    assert len(read.bodies()) == 1
    assert read.told()[0].startswith(f"3: officer '{car}' is not an id")


def test_row_names_without_a_header_are_passed_over(tmp_path: Path) -> None:
    text = '"when","Flow","Temp"\n"140","2026-01-01 00:00:00",1,2\n'
    assert Reading(tmp_path, text, readings_map()).bodies()[0]["values"] == [1.0, 2.0]


def test_bytes_that_are_no_text_spoil_their_row_alone(tmp_path: Path) -> None:
    text = (
        b"\xef\xbb\xbfwhen,car,gate\n2026-01-01T00:00Z,\xff\xfe,g\n2026-01-01T00:00Z,v\x00,g\n2026-01-01T00:00Z,v-1,g"
    )
    read = Reading(tmp_path, text, scans_map())
    assert len(read.bodies()) == 1
    assert [problem.line for problem in read.problems] == [2, 3]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "1: the file is empty"),
        ("when,Flow\n", "1: no column 'Temp' among 'when', 'Flow'"),
        ("when,Flow,Temp\n", " no row could be used"),
        ("when,Flow,Temp\nx,1,2\n", " no row could be used"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(RecordingRefused) as refused:
        Reading(tmp_path, text, readings_map())
    assert str(refused.value).startswith(f"{tmp_path / 'recorded.csv'}:{what}")


def test_where_no_row_can_be_used_the_first_problem_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingRefused, match=r"recorded\.csv:2: time 'x' fits none"):
        Reading(tmp_path, "when,Flow,Temp\nx,1,2\ny,1,2\n", readings_map())


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingRefused, match="cannot be read"):
        read_recording(tmp_path / "none.csv", readings_map(), lambda _: None)


@given(st.text(max_size=200))
def test_no_text_crashes_the_reader(tmp_path_factory: pytest.TempPathFactory, rest: str) -> None:
    folder = tmp_path_factory.mktemp("recorded")
    text = "when,Flow,Temp\n2026-01-01T00:00Z,1,2\n" + rest.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    assert Reading(folder, text, readings_map()).bodies()[0]["values"]


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [("a;b;c", ";"), ("a,b,c", ","), ("a\tb\tc", "\t"), ("a|b|c", "|"), ('"a","b","c"', ","), ("a", ",")],
)
def test_the_delimiter_is_the_one_that_finds_the_columns(header: str, delimiter: str) -> None:
    assert sniff_delimiter(header, ["a", "b", "c"]) == delimiter


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "form", "iso"),
        [
            ("2026-01-01 08:00:00", "iso", "2026-01-01T00:00:00Z"),
            ("2026-01-01T08:00:00+09:00", "iso", "2025-12-31T23:00:00Z"),
            ("01.02.2026 08:00", "%d.%m.%Y %H:%M", "2026-02-01T00:00:00Z"),
            ("1767225600.5", "seconds", "2026-01-01T00:00:00.500000Z"),
            ("1767225600500", "milliseconds", "2026-01-01T00:00:00.500000Z"),
        ],
    )
    def test_formats(self, text: str, form: str, iso: str) -> None:
        assert parse_time(text, [form], ZoneInfo(SHANGHAI)) == from_iso(iso)

    def test_formats_are_tried_in_turn(self) -> None:
        forms = ["seconds", "%d/%m/%y", "iso"]
        assert parse_time("01/02/26", forms, ZoneInfo("UTC")) == from_iso("2026-02-01T00:00:00Z")
        assert parse_time("2026-02-01", forms, ZoneInfo("UTC")) == from_iso("2026-02-01T00:00:00Z")

    @pytest.mark.parametrize("text", ["1767225600500", "nan", "inf", "17"])
    def test_numbers_of_another_unit_are_refused(self, text: str) -> None:
        with pytest.raises(InvalidTime, match="outside 1990 to 2100"):
            parse_time(text, ["seconds"], ZoneInfo("UTC"))

    @pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59:59-23:00", "1970-01-01T00:00:00Z", "2100-01-02"])
    def test_times_beyond_reason_are_refused(self, text: str) -> None:
        with pytest.raises(InvalidTime, match="outside 1990 to 2100"):
            parse_time(text, ["iso"], ZoneInfo(SHANGHAI))

    def test_an_hour_that_came_twice_is_the_first(self) -> None:
        assert parse_time("2026-10-25 02:30:00", ["iso"], ZoneInfo("Europe/Berlin")) == from_iso("2026-10-25T00:30:00Z")

    def test_an_hour_that_never_was_is_refused(self) -> None:
        with pytest.raises(InvalidTime, match=r"does not exist in Europe/Berlin.* write `zone: Etc/GMT"):
            parse_time("2026-03-29 02:30:00", ["iso"], ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize("kind", ["readings", "scan"])
def test_messages_keep_the_published_schema(tmp_path: Path, kind: str) -> None:
    schema = json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))
    text = "when,car,gate,Flow,Temp\n2026-01-01T00:00Z,v-1,g,1,\n2026-01-01T00:00:01.5Z,v-2,g,2,3"
    for body in Reading(tmp_path, text, readings_map() if kind == "readings" else scans_map()).bodies():
        jsonschema.validate(body, schema, cls=jsonschema.Draft202012Validator)


def real(name: str) -> Path:
    """A file of real data, which stands beside the checkout and is not part of the project."""
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside the checkout in shared/data: this test needs real data")
    return path


def no_problem(problem: Problem) -> None:
    raise AssertionError(str(problem))


def test_the_real_pump_loop_is_read_whole() -> None:
    recording = read_recording(real("pump_loop_normal.csv"), load_map(MAPS / "pump_loop.yaml"), no_problem)
    messages = list(recording.messages("b"))
    assert len(messages) == 9405
    assert recording.last - recording.first == 2 * HOUR + 46 * MINUTE
    assert len({message.identity for message in messages}) == len(messages)
    assert np.all(np.diff([message.at for message in messages]) >= 0)


def test_the_real_passes_of_rangers_are_read_whole() -> None:
    recording = read_recording(real("checkpoint_passes.csv"), load_map(MAPS / "checkpoint_passes.yaml"), no_problem)
    assert len(recording.rows) == 1290
    assert {row.checkpoint for row in recording.rows} >= {"ranger-base", "gate3", "ranger-stop6"}


def test_a_real_clock_that_jumped_back_does_not_stop_the_recording() -> None:
    mapping = RecordingMap(
        site="s", time=TimeColumn(column="timestamp"), readings=ReadingsMap(device="d", points={"t": "value"})
    )
    problems: list[Problem] = []
    path = real("machine_temperature.csv")
    at, _ = read_recording(path, mapping, problems.append).columns()["t"]
    assert problems == [Problem(str(path), 10151, "the clock goes back by 3300 s: rows are taken in order of time")]
    assert len(at) == 22695
    assert np.all(np.diff(at) >= 0)


def test_real_row_names_without_a_header() -> None:
    mapping = RecordingMap(
        site="s", time=TimeColumn(column="date"), readings=ReadingsMap(device="d", points={"co2": "CO2"})
    )
    _, values = read_recording(real("office_room.csv"), mapping, no_problem).columns()["co2"]
    assert values[0] == 749.2
