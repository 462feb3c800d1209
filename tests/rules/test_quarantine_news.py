from domain.observations import Quarantined
from domain.readings import Readings
from domain.record import Record, Tick
from rules.quarantine_news import MALFORMED, malformed, passed_over, quarantined


def a_record(body: Quarantined | Readings | Tick) -> Record:
    return Record(seq=7, body=body, event_time=1, received_at=2, source="gateway", site="tower")


def test_what_was_quarantined_keeps_its_reason_and_size() -> None:
    aside = Quarantined(reason="undecodable", detail="no JSON", topic="a/b", payload=b"xyz", size=3)
    said = quarantined(aside)
    assert (said.reason, said.detail, said.topic, said.size) == ("undecodable", "no JSON", "a/b", 3)


def test_a_record_passed_over_names_the_device_where_one_sent_it() -> None:
    readings = Readings(points="flow", at=b"", values=b"", quality=b"")
    assert passed_over(a_record(readings), "engine_fault", "boom").device == "gateway"
    assert passed_over(a_record(Tick()), "engine_fault", "boom").device is None


def test_columns_that_differ_are_counted() -> None:
    readings = Readings(points="flow", at=b"12345678", values=b"", quality=b"")
    said = malformed(a_record(readings), readings)
    assert (said.reason, said.site, said.size) == (MALFORMED, "tower", 8)
    assert "8 bytes of times, 0 of values, 0 qualities" in said.detail
