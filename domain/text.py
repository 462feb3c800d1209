"""Sentences for people, in the two languages Vigil speaks."""

from msgspec import Struct


class Text(Struct, frozen=True, gc=False):
    """One sentence or name in English and in Chinese. Where no translation is configured both are the same."""

    en: str
    zh: str

    def spoken(self, language: str) -> str:
        """What stands here in Chinese for `zh`, in English for any other language."""
        return self.zh if language == "zh" else self.en


def same(words: str) -> Text:
    """A name that reads the same in both languages (an id, a person's own wording)."""
    return Text(words, words)
