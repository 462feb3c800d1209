"""The console channel: one line per alarm or order on a text stream, for whoever watches the terminal."""

import sys
from typing import Final, TextIO

import msgspec
from msgspec import Struct

from domain.priority import Priority
from domain.text import Text
from notify.sender import Attempt, Verdict

_MARKS: Final = {
    Priority.CRITICAL: "!!!",
    Priority.HIGH: "!! ",
    Priority.MEDIUM: "!  ",
    Priority.LOW: ".  ",
}


class ConsoleLine(Struct, frozen=True, kw_only=True):
    """What the console needs of a message's payload."""

    what: str
    change: str
    priority: Priority
    at: str
    site: str
    name: Text
    why: Text | None = None


class ConsoleSender:
    """Writes messages to a stream, `stderr` where nothing else is given, so that `--json` on stdout stays clean."""

    channel = "console"

    def __init__(self, stream: TextIO | None = None, language: str = "en") -> None:
        """Choose the stream and the language (`en` or `zh`) of the lines."""
        self._stream = stream if stream is not None else sys.stderr
        self._language = language

    def send(self, message_id: str, address: str, payload: bytes, *, retain: bool) -> Attempt:  # noqa: ARG002
        """Write one line; a payload it cannot read is refused, a stream that is gone is tried again."""
        try:
            line = msgspec.json.decode(payload, type=ConsoleLine)
        except msgspec.DecodeError as error:
            return Attempt(Verdict.REFUSED, f"console payload of {message_id}: {error}")
        try:
            self._stream.write(self._render(line))
            self._stream.flush()
        except (OSError, ValueError) as error:
            return Attempt(Verdict.RETRY, f"console stream: {error}")
        return Attempt(Verdict.SENT)

    def close(self) -> None:
        """The stream belongs to whoever gave it."""

    def _render(self, line: ConsoleLine) -> str:
        words = f"{_MARKS[line.priority]} {line.at} {line.site}  {line.what} {line.change}: {self._say(line.name)}"
        why = f" ({self._say(line.why)})" if line.why is not None else ""
        return f"{words}{why}\n"

    def _say(self, text: Text) -> str:
        return text.zh if self._language == "zh" else text.en
