"""Parameters that many endpoints take: ids, pages, times, versions."""

import re
from typing import Annotated, Final

from fastapi import Depends, Header, Path, Query
from pydantic import BeforeValidator, WithJsonSchema

from api.problems import INVALID, Problem
from domain.errors import InvalidTime
from domain.identity import ID_PATTERN
from domain.instant import LATEST, from_iso
from stores.ports import Page

LONGEST_PAGE: Final = 500
LARGEST: Final = 2**63 - 1
"""The largest position, seq or version any store can hold."""

Id = Annotated[str, Path(pattern=ID_PATTERN)]
IdFilter = Annotated[str | None, Query(pattern=ID_PATTERN)]
Seq = Annotated[int, Path(ge=1, le=LARGEST)]


def _instant(text: object) -> int:
    try:
        at = from_iso(str(text))
    except InvalidTime as error:
        raise ValueError(f"{error} (in a URL, + is written %2B)") from error
    if not 0 <= at <= LATEST:
        raise ValueError("give a time between 1970 and 2100")
    return at


Time = Annotated[
    int,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A point in time as people send it: RFC 3339 with an offset; arrives as microseconds."""


async def _page(
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE, description="Items on a page.")] = 100,
    cursor: Annotated[str | None, Query(max_length=512, description="`next` of the page before.")] = None,
) -> Page:
    return Page(limit=limit, cursor=cursor)


Paging = Annotated[Page, Depends(_page)]

_VERSION: Final = re.compile(r'"(\d{1,18})"')


async def _if_match(
    if_match: Annotated[
        str | None, Header(max_length=64, description='The version that was looked at, as its ETag: `"3"`.')
    ] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    version = _VERSION.fullmatch(if_match.strip())
    if version is None:
        detail = "If-Match is not the ETag of one version"
        raise Problem(INVALID, detail, field=("header.if-match", 'take the ETag of the resource, such as "3"'))
    return int(version[1])


IfMatch = Annotated[int | None, Depends(_if_match)]
"""The version in If-Match, or None."""


def etag(version: int) -> dict[str, str]:
    """The header that names a version."""
    return {"ETag": f'"{version}"'}
