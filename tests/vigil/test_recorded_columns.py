"""No file makes the reader of recorded columns raise anything but a refusal, and what it gives is well formed."""

from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.instant import MINUTE
from domain.readings import Quality
from simulators.recorded_text import open_recorded
from simulators.recording_map import ReadingsMap, RecordingMap, RecordingRefused, TimeColumn
from vigil.judging.recorded_columns import RecordedColumns

PIECES = st.sampled_from([
    "time", "flow", "amps", ",", ";", "\t", "\n", "\r\n", "\r", '"', '""', "2026-01-01T00:00:00", "2026-01-01", "'",
    "1767225600", "-1", "0", "-0", ".", "-", "1", "5.5", "5,5", "1e400", "nan", "inf", "9" * 20, "1_0", "５", "流量",
    " ", "\x00", "\ufeff", "\ufffd", "#", "[red]", "=1+1", "2026-10-25T02:30:00", "9999-12-31T23:59:59-23:00",
])  # fmt: skip
HEADERS = ("time,flow,amps\n", "time;flow;amps\n", "")


def mapped(encoding: str, decimal: str, form: str) -> RecordingMap:
    return RecordingMap(
        site="lab",
        zone="Europe/Berlin",
        time=TimeColumn(column="time", formats=(form, "iso")),
        readings=ReadingsMap(device="gw", points={"flow": "flow", "current": "amps"}),
        encoding=encoding,
        decimal=decimal,
    )


@given(
    header=st.sampled_from(HEADERS),
    rows=st.one_of(st.lists(PIECES, max_size=60).map(lambda found: "".join(found).encode()), st.binary(max_size=80)),
    encoding=st.sampled_from(["utf-8-sig", "gb18030", "utf-16", "ascii"]),
    decimal=st.sampled_from([".", ","]),
    form=st.sampled_from(["iso", "seconds", "%Y-%m-%d"]),
)
@example(HEADERS[0], b'"', "utf-8-sig", ".", "iso")
@example(HEADERS[0], b"\xff\xfe" * 40, "utf-16", ".", "iso")
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused(
    tmp_path: Path, header: str, rows: bytes, encoding: str, decimal: str, form: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(header.encode() + rows)
    columns = RecordedColumns(path, mapped(encoding, decimal, form), MINUTE)
    refusal = ""
    try:
        parts = list(columns.parts())
    except RecordingRefused as refused:
        parts, refusal = [], str(refused)
    assert not refusal or refusal.startswith(f"{path}:")
    for part in parts:
        assert part.line.size == part.point.size == part.at.size == part.values.size == part.quality.size
        assert bool((np.isnan(part.values) == (part.quality == Quality.BAD)).all())
        assert set(part.point.tolist()) <= {0, 1}
    assert all(flaw.line > 0 and flaw.times > 0 and flaw.what for flaw in columns.flaws)
    assert columns.gap is None or columns.gap.until - columns.gap.since > MINUTE


def test_what_is_opened_is_closed_where_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("time".encode("utf-16"))
    for _ in range(2_000):
        try:
            with open_recorded(path, "utf-8-sig"):
                raise AssertionError("it was not refused")
        except RecordingRefused:
            continue
