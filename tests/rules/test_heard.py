from domain.observations import CheckpointScan, DeviceStatus, PersonSignal, ScanMethod, SignalKind
from domain.record import Body, Record
from rules.heard import addressed_to


def whom(body: Body) -> list[str]:
    return addressed_to(Record(seq=1, body=body, event_time=0, received_at=0, source="phone"))


def test_whom_a_record_concerns() -> None:
    scan = CheckpointScan(site="s", officer="li", checkpoint="gate", method=ScanMethod.NFC, answers={"q": True})
    assert whom(scan) == ["gate", "li", "gate/q"]
    assert whom(PersonSignal(site="s", person="li", kind=SignalKind.SOS)) == ["li"]
    assert whom(DeviceStatus(site="s", online=True)) == []
