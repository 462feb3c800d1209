import pytest

from domain.alarm import SubjectKind
from rules.supervision import LONGEST_ERROR, Failure, attempt, described, refusal


def fail(error: BaseException) -> int:
    raise error


def test_what_succeeds_is_passed_on() -> None:
    assert attempt(max, 1, 2) == 2
    assert attempt(sorted, [1, 2], reverse=True) == [2, 1]


def test_an_error_becomes_a_value() -> None:
    assert attempt(fail, ValueError("no such thing")) == Failure("ValueError: no such thing")


def test_an_error_reads_the_same_in_every_run() -> None:
    failed = attempt(fail, TypeError(f"cannot use {object()}"))
    assert failed == Failure("TypeError: cannot use <object object at 0x>")


def test_an_endless_error_is_cut() -> None:
    failed = attempt(fail, ValueError("x" * 10_000))
    assert isinstance(failed, Failure)
    assert len(failed.error) == LONGEST_ERROR


def test_an_error_that_quotes_what_is_no_text_can_be_stored() -> None:
    assert described(ValueError("\ud800")) == "ValueError: \\ud800"


def test_what_ends_the_process_is_not_held_up() -> None:
    with pytest.raises(KeyboardInterrupt):
        attempt(fail, KeyboardInterrupt())


def test_a_rule_that_cannot_be_used_is_a_fault_of_the_rule() -> None:
    fault = refusal("r", "no", 5)
    assert (fault.rule, fault.subject.kind, fault.subject.id, fault.at) == ("r", SubjectKind.RULE, "r", 5)
