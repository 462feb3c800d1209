from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.instant import DAY, to_iso
from tests.api.serving import LocalClient, backstage
from tests.samples import NOW

TIME = f"start={to_iso(NOW - 7 * DAY)}&end={to_iso(NOW + 7 * DAY)}"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[LocalClient]:
    with backstage(tmp_path) as behind, LocalClient(behind) as found:
        yield found


def test_the_report_of_a_site(client: LocalClient) -> None:
    found = client.get(f"/api/v1/sites/tower/patrol-report?{TIME}").json()
    assert [tour["runs"] > 0 for tour in found["tours"]] == [True] * len(found["tours"])
    assert found["tours"]


def test_every_stop_with_its_verdict(client: LocalClient) -> None:
    found = client.get(f"/api/v1/sites/tower/patrol-stops?{TIME}").json()["items"]
    assert {"verdict", "reasons", "marks", "deviations"} <= set(found[0])


@pytest.mark.parametrize("table", ["tours", "officers", "coverage", "hours", "tags", "stops"])
def test_each_table_as_csv(client: LocalClient, table: str) -> None:
    answer = client.get(f"/api/v1/sites/tower/patrol-report.csv?{TIME}&table={table}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header = answer.content.decode("utf-8-sig").splitlines()[0].split(",")
    assert len(header) > 2


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/api/v1/sites/nowhere/patrol-report?{TIME}", 404),
        ("/api/v1/sites/tower/patrol-report?start=2026-11-01T00:00:00Z&end=2026-10-01T00:00:00Z", 422),
        ("/api/v1/sites/tower/patrol-report?start=2026-11-01T00:00:00Z&end=2027-01-01T00:00:00Z", 422),
        (f"/api/v1/sites/tower/patrol-report.csv?{TIME}&table=passwords", 422),
    ],
)
def test_what_cannot_be_reported(client: LocalClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status
