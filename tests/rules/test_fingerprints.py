import msgspec
import pytest

from domain.observations import CheckpointScan, ScanMethod
from domain.readings import readings_from
from domain.record import Believed, Record
from rules.fingerprints import fingerprint
from tests.rules.estate import configured
from tests.rules.playbook import Playbook

SCAN = CheckpointScan(site="tower", officer="li", checkpoint="gate", method=ScanMethod.NFC)


def a_scan(**changed: object) -> Record:
    book = Playbook(configured()).at("10:00")
    return book.record(msgspec.structs.replace(SCAN, **changed), source="phone", boot="b1")


def test_a_message_that_is_sent_again_is_the_same() -> None:
    again = msgspec.structs.replace(a_scan(), seq=99, received_at=5)
    assert fingerprint(again) == fingerprint(a_scan())


@pytest.mark.parametrize("changed", [{"officer": "wang"}, {"checkpoint": "roof"}, {"battery": 3.0}], ids=str)
def test_another_content_is_another(changed: dict[str, object]) -> None:
    assert fingerprint(a_scan(**changed)) != fingerprint(a_scan())


def test_another_time_of_the_device_is_another() -> None:
    scan = a_scan()
    assert fingerprint(msgspec.structs.replace(scan, device_time=1)) != fingerprint(scan)
    assert fingerprint(msgspec.structs.replace(scan, device_time=None)) != fingerprint(scan)


def test_of_readings_values_and_quality_count_and_times_that_vigil_put_there_do_not() -> None:
    def readings(at: int, value: float, quality: int) -> int:
        body = readings_from(["flow"], [at], [value], [quality])
        record = msgspec.structs.replace(a_scan(), body=body, believed=Believed.RECEIVED, device_time=None)
        return fingerprint(record)

    assert readings(1, 5.0, 0) == readings(2, 5.0, 0)
    assert len({readings(1, 5.0, 0), readings(1, 6.0, 0), readings(1, 5.0, 1)}) == 3
