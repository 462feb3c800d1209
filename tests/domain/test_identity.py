"""Ids keep their grammar, and derived ids are the same everywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidId
from domain.identity import derive_id, is_id, require_id


@pytest.mark.parametrize("text", ["d1", "A-z_9", "x" * 64])
def test_good_ids(text: str) -> None:
    assert is_id(text)
    assert require_id(text, "door") == text


@pytest.mark.parametrize("text", ["", "x" * 65, "a b", "a/b", "a+", "#", "$SYS", "a.b", "é", "a\n", "*", ">"])
def test_what_would_be_a_wildcard_or_a_separator_somewhere_is_refused(text: str) -> None:
    assert not is_id(text)
    with pytest.raises(InvalidId, match="door '"):
        require_id(text, "door")


def test_a_derived_id_is_pinned_for_ever() -> None:
    assert derive_id("alarm", "tower", "rule-1", 7) == "alarm-acc1d3c49a4c8b9ac75a"


@given(st.lists(st.text(max_size=5), min_size=2, max_size=2), st.lists(st.text(max_size=5), min_size=2, max_size=2))
def test_different_parts_give_different_ids(first: list[str], second: list[str]) -> None:
    parts_differ = "\x1f".join(first) != "\x1f".join(second)
    assert (derive_id("x", *first) != derive_id("x", *second)) == parts_differ


def test_a_derived_id_keeps_the_grammar_of_ids() -> None:
    assert is_id(derive_id("occurrence", "ä / #", 1))
