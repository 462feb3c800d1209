"""Errors say what was tried and what would have been possible."""

from domain.errors import CommandRefused, IllegalTransition


def test_an_illegal_transition_names_what_would_be_possible() -> None:
    error = IllegalTransition("work order", "done", "accept", ("verify", "reopen"))
    assert str(error) == "work order is done: 'accept' is not possible here (possible: verify, reopen)"


def test_a_final_state_says_so() -> None:
    assert "nothing: this state is final" in str(IllegalTransition("work order", "closed", "accept", ()))


def test_a_refusal_has_a_code_for_machines_and_a_sentence_for_people() -> None:
    refused = CommandRefused("condition_active", "The door is still open: close it first.")
    assert (refused.code, str(refused)) == ("condition_active", "The door is still open: close it first.")
