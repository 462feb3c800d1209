import json
from enum import StrEnum

import pytest
from msgspec import Struct
from pydantic import ValidationError

from api.derived import Listing, as_json, list_model_of, model_of
from api.live_views import Live
from domain.instant import Instant
from tests.samples import an_alarm, order_effect


class Colour(StrEnum):
    RED = "red"


class Inner(Struct, frozen=True, array_like=True):
    x: float


class Cat(Struct, frozen=True, tag="cat"):
    """A cat."""

    lives: int


class Dog(Struct, frozen=True, tag="dog"):
    at: Instant


class Outer(Struct, frozen=True, kw_only=True):
    """An outer thing."""

    at: Instant
    maybe: Instant | None = None
    times: tuple[Instant, ...] = ()
    inner: Inner | None = None
    pet: Cat | Dog
    colour: Colour = Colour.RED
    words: dict[str, float | str] = {}
    counts: dict[Colour, int] = {}

    @property
    def doubled(self) -> int:
        return 2

    @property
    def later(self) -> Instant:
        return self.at + 1_000_000


def test_a_struct_is_shown_with_its_times_tags_and_properties() -> None:
    value = Outer(
        at=0, times=(0, 1), inner=Inner(1.5), pet=Dog(at=0), words={"a": 1.0, "b": "c"}, counts={Colour.RED: 2}
    )
    assert json.loads(as_json(value)) == {
        "at": "1970-01-01T00:00:00Z",
        "maybe": None,
        "times": ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z"],
        "inner": {"x": 1.5},
        "pet": {"type": "dog", "at": "1970-01-01T00:00:00Z"},
        "colour": "red",
        "words": {"a": 1.0, "b": "c"},
        "counts": {"red": 2},
        "doubled": 2,
        "later": "1970-01-01T00:00:01Z",
    }


def test_of_tagged_structs_the_right_one_is_shown() -> None:
    assert json.loads(as_json(Outer(at=0, pet=Cat(lives=9))))["pet"] == {"type": "cat", "lives": 9}


def test_the_schema_has_times_as_text_and_all_fields_required() -> None:
    schema = model_of(Outer).model_json_schema(mode="serialization")
    assert schema["description"] == "An outer thing."
    assert schema["properties"]["at"] == {"format": "date-time", "title": "At", "type": "string"}
    assert set(schema["required"]) == set(schema["properties"])
    assert schema["$defs"]["Cat"]["properties"]["type"]["const"] == "cat"
    assert "type" in schema["$defs"]["Cat"]["required"]


def test_one_struct_has_one_model() -> None:
    assert model_of(Outer) is model_of(Outer)
    assert list_model_of(Outer) is list_model_of(Outer)
    assert list_model_of(Outer).__name__ == "OuterList"


def test_a_list_has_its_next_page() -> None:
    shown = list_model_of(Cat).model_validate(Listing([Cat(lives=1)], "more")).model_dump()
    assert shown == {"items": [{"type": "cat", "lives": 1}], "next": "more"}


def test_every_field_of_the_domain_is_shown() -> None:
    shown = json.loads(as_json(an_alarm()))
    assert set(shown) == {*an_alarm().__struct_fields__, "display_state", "is_safety", "is_standing", "is_suppressed"}
    assert shown["latest"]["raised_at"] == "2027-01-15T08:00:00Z"
    assert json.loads(as_json(order_effect().body))["order"]["created_at"] == "2027-01-15T08:00:00Z"


def test_a_value_that_does_not_fit_is_noticed() -> None:
    with pytest.raises(ValidationError):
        as_json(Cat(lives="many"))  # type: ignore[arg-type]


def test_the_largest_model_is_made_of_domain_models() -> None:
    schema = model_of(Live).model_json_schema(mode="serialization")
    assert {"Alarm", "WorkOrder", "TourRun", "Text"} <= set(schema["$defs"])
