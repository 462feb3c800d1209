"""The envelope."""

import msgspec

from domain.record import Believed, Record, Tick
from tests.samples import NOW


def test_a_record_names_the_type_of_its_body() -> None:
    record = Record(seq=1, body=Tick(), event_time=NOW, received_at=NOW, source="vigil")
    assert (record.type, record.lane, record.believed) == ("tick", "real", Believed.RECEIVED)


def test_body_types_have_different_names() -> None:
    bodies = msgspec.inspect.type_info(Record).fields  # type: ignore[attr-defined]
    union = next(field.type for field in bodies if field.name == "body")
    tags = [kind.tag for kind in union.types]
    assert len(tags) == len(set(tags)) >= 17
