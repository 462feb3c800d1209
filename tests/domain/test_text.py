"""Sentences in two languages."""

from domain.text import Text, same


def test_a_name_without_translation_reads_the_same() -> None:
    assert same("B2") == Text("B2", "B2")


def test_it_is_spoken_in_one_language() -> None:
    both = Text("door", "门")
    assert [both.spoken(language) for language in ("en", "zh", "fr")] == ["door", "门", "door"]
