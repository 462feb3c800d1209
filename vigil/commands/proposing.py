"""Puts a proposal before the supervisors of a running Vigil, over its API."""

import os
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import httpcore
import msgspec
from msgspec import Struct

from domain.errors import VigilError
from domain.patrol_proposal import ProposedPlan
from notify.guarded_network import AddressRefused, GuardedNetwork

TOKEN_VARIABLE: Final = "VIGIL_API_TOKEN"  # noqa: S105 - its name
_ANSWER_SECONDS: Final = 15.0
_TAKEN: Final = (200, 202)


class NotProposed(VigilError):
    """The proposal did not get to Vigil, or Vigil refused it; the message says why."""


class _Said(Struct):
    detail: str = ""
    title: str = ""


def propose(url: str, site: str, plan: ProposedPlan) -> None:
    """Send a plan to the Vigil at `url`, with the token of the environment.

    Raises:
        NotProposed: nobody answered, or the answer was no.
    """
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise NotProposed(f"{TOKEN_VARIABLE} is not set: put the API token there that 'vigil serve' printed once")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NotProposed(f"'{url[:200]}' is no address of Vigil: write http://127.0.0.1:8000, say")
    # The person at this command named the host, so it may be one of the house.
    network = GuardedNetwork({parts.hostname}, _ANSWER_SECONDS)
    headers: Mapping[bytes | str, bytes | str] = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Connection": "close",
    }
    target = f"{url.rstrip('/')}/api/v1/sites/{site}/patrol-proposals"
    try:
        with httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=network) as pool:
            answer = pool.request("POST", target, headers=headers, content=msgspec.json.encode({"plan": plan}))
    except (
        AddressRefused,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.TimeoutException,
        OSError,
    ) as error:
        raise NotProposed(
            f"{parts.scheme}://{parts.netloc} does not answer ({type(error).__name__}): is it running?"
        ) from error
    if answer.status not in _TAKEN:
        raise NotProposed(f"Vigil did not take the proposal: {_reason(answer)}")


def _reason(answer: httpcore.Response) -> str:
    try:
        said = msgspec.json.decode(answer.content, type=_Said)
    except msgspec.DecodeError:
        return f"HTTP {answer.status}"
    return said.detail or said.title or f"HTTP {answer.status}"
