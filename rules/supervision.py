"""The one place where errors of rules are caught: a rule that fails is a fact to tell, not the end of the others."""

import re
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from msgspec import Struct

from domain.alarm import Subject, SubjectKind
from domain.instant import Instant

P = ParamSpec("P")
T = TypeVar("T")

LONGEST_ERROR: Final = 300

# An object's default text holds its address, which differs from run to run; effects must not (identity law).
_ADDRESS: Final = re.compile(r"\b0x[0-9a-fA-F]+\b")


class Failure(Struct, frozen=True):
    """A call that raised an error: its type and text, the same in every run."""

    error: str


class Fault(Struct, frozen=True, kw_only=True):
    """A rule that failed on a subject and is parked for it; `at`, `cause` and `index` are as in a `Finding`."""

    rule: str
    subject: Subject
    at: Instant
    cause: int
    index: int
    error: str


def refusal(rule: str, error: str, at: Instant) -> Fault:
    """A rule that cannot be used at all."""
    return Fault(rule=rule, subject=Subject(SubjectKind.RULE, rule), at=at, cause=0, index=0, error=error)


def described(error: Exception) -> str:
    """Give type and text of an error, the same in every run, and storable whatever it quotes."""
    text = _ADDRESS.sub("0x", f"{type(error).__name__}: {error}")[:LONGEST_ERROR]
    return text.encode(errors="backslashreplace").decode()


def attempt(step: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T | Failure:
    """Call `step`, giving its failure as a value."""
    try:
        return step(*args, **kwargs)
    except Exception as error:  # supervision: the engine parks the rule and tells it as RuleFaulted
        return Failure(described(error))
