"""Sentences in two languages."""

from domain.text import Text, same


def test_a_name_without_translation_reads_the_same() -> None:
    assert same("B2") == Text("B2", "B2")
