"""Response models derived from the domain's own types, so that the OpenAPI document cannot say anything else than what
is sent, and no field is written down twice.

A struct becomes a pydantic model with the same fields and its documented properties; instants become RFC 3339 text, a
tagged struct shows its tag as `type`. `docs/openapi.json` pins the outcome: a change of the domain that would change
the API shows there.
"""

import inspect
import types
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Final, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct
from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Tag, WithJsonSchema, create_model

from domain.instant import INSTANT_MARK, to_iso

T = TypeVar("T")

_TIMESTAMP_SCHEMA: Final = {"type": "string", "format": "date-time"}
Timestamp = Annotated[str, BeforeValidator(to_iso), WithJsonSchema(_TIMESTAMP_SCHEMA)]
"""An instant (µs) as it leaves: RFC 3339 in UTC."""

_CONFIG: Final = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)


class Listing(Struct, Generic[T], frozen=True):
    """One page of a list; `next` is the cursor of the page after it, None on the last."""

    items: Sequence[T]
    next: str | None = None


@cache
def model_of(struct: type[Struct]) -> type[BaseModel]:
    """Derive the response model of a struct."""
    hints = get_type_hints(struct, include_extras=True)
    fields: dict[str, Any] = {field.name: (_shown(hints[field.name]), ...) for field in msgspec.structs.fields(struct)}
    tag = _tag(struct)
    if tag is not None:
        fields = {"type": (Literal[tag], tag)} | fields
    for name, member in inspect.getmembers(struct, lambda member: isinstance(member, property)):
        fields[name] = (_shown(get_type_hints(member.fget, include_extras=True)["return"]), ...)
    return create_model(struct.__name__, __config__=_CONFIG, __doc__=inspect.getdoc(struct), **fields)


@cache
def list_model_of(struct: type[Struct]) -> type[BaseModel]:
    """Derive the response model of a `Listing` of such structs."""
    return create_model(
        f"{struct.__name__}List",
        __config__=_CONFIG,
        __doc__=inspect.getdoc(Listing),
        items=(list[model_of(struct)], ...),  # type: ignore[misc, arg-type]  # made at run time
        next=(str | None, ...),
    )


def as_json(value: Struct) -> bytes:
    """Encode a struct as the API shows it."""
    return model_of(type(value)).model_validate(value).model_dump_json().encode()


def _tag(kind: Any) -> str | None:  # noqa: ANN401 - types as values have no narrower type
    """The tag by which a struct is known among others, as `type` shows it."""
    tag = kind.__struct_config__.tag if inspect.isclass(kind) and issubclass(kind, Struct) else None
    return tag if isinstance(tag, str) else None


def _tagged(structs: Sequence[Any]) -> Any:  # noqa: ANN401
    members = tuple(Annotated[model_of(struct), Tag(str(_tag(struct)))] for struct in structs)
    return Annotated[Union[members], Discriminator(_tag_of)]  # noqa: UP007


def _tag_of(value: object) -> str | None:
    return _tag(type(value)) or getattr(value, "type", None)


def _shown(kind: Any) -> Any:  # noqa: ANN401 - types as values have no narrower type
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return Timestamp if INSTANT_MARK in kind.__metadata__ else _shown(arguments[0])
    if origin in {Union, types.UnionType}:
        if all(_tag(argument) for argument in arguments):
            return _tagged(arguments)
        return Union[tuple(_shown(argument) for argument in arguments)]  # noqa: UP007 - of a computed tuple
    if origin is tuple:
        return list[_shown(arguments[0])]  # type: ignore[misc]  # all tuples of the domain are of one type
    if origin in {dict, Mapping}:
        return dict[_shown(arguments[0]), _shown(arguments[1])]  # type: ignore[misc]
    if inspect.isclass(kind) and issubclass(kind, Struct):
        return model_of(kind)
    return kind
