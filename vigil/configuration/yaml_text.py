"""The bytes of a YAML file as text, and what its parser's complaints mean for whoever wrote it.

What people get wrong is seldom what the parser names: a colon typed with the Chinese keyboard, a file saved as GBK, a
space that is missing. Where that can be seen, it is said, at the line where it stands.
"""

import os
import re
from pathlib import Path
from typing import Final

import yaml

from vigil.configuration.problem import ConfigurationInvalid, Problem

LARGEST_FILE: Final = 8 * 1024 * 1024

_FULL_WIDTH: Final = {
    "：": ":",
    "，": ",",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "【": "[",
    "】": "]",
    "［": "[",
    "］": "]",
    "｛": "{",
    "｝": "}",
    "－": "-",
    "＃": "#",
    "\u3000": " ",
    "\u00a0": " ",
}
"""What Chinese keyboards and copied web pages give in the place of what YAML knows."""

_LOOKED_BACK: Final = 20
_LOOKED_AT: Final = 500
"""Lines above an error, and characters of each, in which a slip is looked for."""

_KEY: Final = re.compile(r"\s*(?:- *)?[A-Za-z][A-Za-z0-9_-]*\s*(：)")
_CRAMPED: Final = re.compile(r"\s*(?:- *)?[A-Za-z]\w*(:)[^\s:/]")
_EDGES: Final = re.compile(r"[ ]*([\u3000\u00a0])|[^\"'#]*?[:,\[{]\s*(【|［|｛)|[^\"'#]*[\]}\w](，)\s*[\w-]+:")
_SLIPS: Final = (_KEY, _EDGES, _CRAMPED)
_REMEDIES: Final = (
    ("tab character", "Indent with spaces, not tabs."),
    ("cannot start any token", "Indent with spaces, not tabs; put text that begins with @, % or ` in quotes."),
    ("could not find expected ':'", "Write `key: value`, with a space after the colon."),
    (
        "mapping values are not allowed",
        "Indent the line as far as its neighbours; put text that holds a colon and a space in quotes.",
    ),
    ("did not find expected key", "Indent the line as far as its neighbours."),
    ("did not find expected '-' indicator", "Indent the line as far as its neighbours."),
    ("did not find expected ','", "Part with commas what stands between brackets, and close these."),
)


def read_text(path: Path, shown: str) -> str:
    """Read a file of at most `LARGEST_FILE` bytes; `shown` is how errors name it.

    Raises:
        ConfigurationInvalid: it is not readable, too large, or not UTF-8.
    """
    try:
        # A pipe that nobody writes into is empty, and not waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            os.set_blocking(descriptor, True)
            raw = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise refused(shown, 0, what, "Make it a file that this user may read.") from error
    if len(raw) > LARGEST_FILE:
        what = f"is larger than {LARGEST_FILE} bytes"
        raise refused(shown, 0, what, "Split it: every *.yaml in the folder is read.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        what = f"byte 0x{raw[error.start]:02x} is not UTF-8{_encoding_of(raw)}"
        raise refused(shown, line, what, "Save the file as UTF-8.") from error


def complaint_of(error: yaml.MarkedYAMLError, text: str, shown: str) -> ConfigurationInvalid:
    """What the parser complains about, at the line where it went wrong, with what to do about it."""
    what = error.problem or "is not YAML"
    line, began = line_of(error.problem_mark), line_of(error.context_mark)
    # A slip in a line often makes it one text with those below it, where the parser then stumbles.
    slip = _slip(text, began if began and "could not find expected ':'" in what else line - 1, line)
    if slip is not None:
        place, found = slip
        if found == ":":
            return refused(shown, place, f"no space after the colon ({what})", _remedy("could not find expected ':'"))
        remedy = f"Type '{_FULL_WIDTH[found]}' with the keyboard set to English, or put the text in quotes."
        return refused(shown, place, f"a full-width {_named(found)} means nothing to YAML ({what})", remedy)
    if began not in {0, line}:
        what = f"{what} {error.context} that begins in line {began}"
    return refused(shown, line, what, _remedy(what))


def forbidden_character(error: yaml.reader.ReaderError, text: str, shown: str) -> ConfigurationInvalid:
    """A character that no YAML may hold."""
    # The parser counts in bytes of UTF-8.
    line = text.encode()[: error.position].count(b"\n") + 1
    what = f"holds a forbidden character: {error.reason}"
    if text.count("\0") > len(text) // 4:
        return refused(shown, line, f"{what}: it may be UTF-16", "Save the file as UTF-8.")
    return refused(shown, line, what, "Remove it.")


def line_of(mark: object) -> int:
    """Count lines from 1; the parser counts from 0, and knows none of some errors."""
    line = getattr(mark, "line", None)
    return line + 1 if isinstance(line, int) else 0


def refused(shown: str, line: int, message: str, remedy: str) -> ConfigurationInvalid:
    """One problem of a file."""
    return ConfigurationInvalid((Problem(file=shown, line=line, message=message, remedy=remedy),))


def _encoding_of(raw: bytes) -> str:
    """What it may be instead; nothing where that cannot be told."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ": it is UTF-16"
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return ": it may be GBK (GB18030), as Chinese Windows writes it"


def _slip(text: str, first: int, last: int) -> tuple[int, str] | None:
    """A full-width character between two lines, counted from 1, where YAML wants its narrow brother; or `key:value`."""
    lines = text.splitlines()
    for number in range(max(first, last - _LOOKED_BACK, 1), min(last, len(lines)) + 1):
        line = lines[number - 1][:_LOOKED_AT]
        found = next((found for each in _SLIPS if (found := each.match(line))), None)
        if found is not None:
            return number, next(each for each in found.groups() if each is not None)
    return None


def _named(character: str) -> str:
    return "space" if _FULL_WIDTH[character] == " " else f"'{character}'"


def _remedy(what: str) -> str:
    known = (remedy for words, remedy in _REMEDIES if words in what)
    return next(known, "See the YAML of the example site for the form.")
