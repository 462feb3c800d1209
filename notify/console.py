"""The console channel: one line per alarm or order on a text stream, for whoever watches the terminal."""

import sys
from typing import Final, TextIO

import msgspec
from msgspec import Struct

from domain.priority import Priority
from domain.text import Text
from domain.work_order import WorkOrderState
from notify.sender import Attempt, Verdict

_MARKS: Final = {
    Priority.CRITICAL: "!!!",
    Priority.HIGH: "!! ",
    Priority.MEDIUM: "!  ",
    Priority.LOW: ".  ",
}

_CHINESE: Final = {
    "alarm": "报警",
    "order": "工单",
    "raised": "触发",
    "cleared": "解除",
    "acknowledged": "确认",
    "corrected": "更正",
    "closed": "结案",
    "created": "建单",
    "moved": "流转",
    "reopened": "重开",
}
STATES_IN_CHINESE: Final = {
    WorkOrderState.REQUESTED: "报修",
    WorkOrderState.DISPATCHED: "派单",
    WorkOrderState.ACCEPTED: "接单",
    WorkOrderState.ON_SITE: "到场",
    WorkOrderState.IN_PROGRESS: "维修",
    WorkOrderState.ON_HOLD: "挂起",
    WorkOrderState.DONE: "完工",
    WorkOrderState.VERIFIED: "验收",
    WorkOrderState.FOLLOWED_UP: "回访",
    WorkOrderState.CLOSED: "归档",
    WorkOrderState.CANCELLED: "取消",
}
"""The words of `docs/glossary.md`."""


class ConsoleLine(Struct, frozen=True, kw_only=True):
    """What the console needs of a message's payload; `state` is an order's."""

    what: str
    change: str
    priority: Priority
    at: str
    site: str
    name: Text
    why: Text | None = None
    state: WorkOrderState | None = None


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
        said = _in_chinese(line) if self._language == "zh" else _in_english(line)
        return f"{_MARKS[line.priority]} {line.at} {line.site}  {said}\n"


def _in_english(line: ConsoleLine) -> str:
    to = f" to {line.state}" if line.state is not None and line.change == "moved" else ""
    why = f" ({line.why.en})" if line.why is not None else ""
    return f"{line.what} {line.change}{to}: {line.name.en}{why}"


def _in_chinese(line: ConsoleLine) -> str:
    what, change = (_CHINESE.get(word, word) for word in (line.what, line.change))
    to = f"至{STATES_IN_CHINESE[line.state]}" if line.state is not None and line.change == "moved" else ""
    why = f"（{line.why.zh}）" if line.why is not None else ""
    return f"{what}{change}{to}：{line.name.zh}{why}"
