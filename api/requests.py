"""Bodies of requests: the only types that are written for the API alone, as nothing that comes in is believed."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.parameters import LARGEST, Time
from domain.commands import Disposition
from domain.directory import MessageKind
from domain.identity import ID_PATTERN
from domain.mode import ModeKind, ModePlace
from domain.operator_log import LogKind
from domain.patrol_proposal import ProposalTrigger
from domain.work_order import WorkOrderTrigger

LONGEST_TEXT: Final = 2_000
"""Characters of a comment or reason: a page of text; longer things are attachments."""


def _writable(text: str) -> str:
    """Refuse control characters: some stores cannot keep NUL, and terminals obey the others."""
    if any(ord(character) < ord(" ") and character not in "\n\t" for character in text):
        raise ValueError("leave out control characters other than line breaks and tabs")
    return text


Words = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_writable)]
SomeWords = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT), AfterValidator(_writable)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CommandBody(_Body):
    """What the body of every command can say."""

    expected_version: int | None = Field(
        default=None, ge=1, le=LARGEST, description="The version that was looked at; If-Match says the same."
    )


class VersionBody(CommandBody):
    """A command that needs nothing else said."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"expected_version": 3}]})


class AcknowledgeBody(CommandBody):
    """Take an alarm on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"comment": "Guard is on the way"}]})
    comment: Words = ""
    forced: bool = Field(
        default=False, description="Although the alarm wants its condition to be over first; takes a supervisor."
    )


class CloseBody(CommandBody):
    """End an occurrence with what it turned out to be."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"disposition": "false", "cause": "door not latched", "comment": ""}]}
    )
    disposition: Disposition
    cause: Words = Field(default="", description="Why, where the disposition is `false`.")
    comment: Words = ""


class CommentBody(CommandBody):
    """Add a remark to an alarm."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"comment": "Tenant informed by telephone"}]})
    comment: SomeWords


class AssignBody(CommandBody):
    """Give an alarm to an operator."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"assignee": "operator-2"}]})
    assignee: str | None = Field(pattern=ID_PATTERN, description="Null takes it from whoever has it.")


class ShelveBody(CommandBody):
    """Put an alarm aside for a while."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seconds": 3600, "reason": "Door is being painted"}]})
    seconds: float = Field(description="How long at most; the configuration bounds it (8 h unless it says otherwise).")
    reason: Words
    once: bool = Field(default=False, description="End with the condition, if that is earlier.")


class ServiceBody(CommandBody):
    """Take an alarm out of service."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Sensor is being replaced"}]})
    reason: Words


class BeginModeBody(CommandBody):
    """Put a place into a mode."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "site": "tower",
                    "place": "equipment",
                    "thing": "chiller-1",
                    "kind": "maintenance",
                    "seconds": 14400,
                    "reason": "Yearly service",
                }
            ]
        }
    )
    site: str = Field(pattern=ID_PATTERN)
    place: ModePlace
    thing: str = Field(pattern=ID_PATTERN, description="The id of the site, zone, equipment, point, door or device.")
    kind: ModeKind
    seconds: float = Field(description="How long at most; the configuration bounds it (7 days unless told).")
    reason: Words
    with_dependents: bool = Field(default=False, description="Also what the thing feeds or carries.")


class ExtendModeBody(CommandBody):
    """Give a mode another end."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seconds": 7200, "reason": "Waiting for a part"}]})
    seconds: float = Field(description="How long from now, at most.")
    reason: Words


class EndModeBody(CommandBody):
    """End a mode."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"comment": "Done, tested"}]})
    comment: Words = ""


class LogEntryBody(CommandBody):
    """Write into the operators' log."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"site": "tower", "kind": "call", "text": "Lift 2 stuck", "caller": "tenant 1203"}]
        }
    )
    site: str = Field(pattern=ID_PATTERN)
    kind: LogKind
    text: Words
    at: Time | None = Field(default=None, description="When it happened; left out: now.")
    caller: Words = Field(default="", description="Who telephoned.")
    alarms: list[Annotated[str, Field(pattern=ID_PATTERN)]] = Field(
        default_factory=list, max_length=100, description="The alarms it speaks of."
    )


class TransitionBody(CommandBody):
    """Step a work order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "dispatch", "assignee": "engineer-1"}]})
    trigger: WorkOrderTrigger
    reason: Words = Field(default="", description="For hold, cancel, reject and reopen.")
    assignee: str | None = Field(default=None, pattern=ID_PATTERN, description="For dispatch and reassign.")


class AbandonBody(CommandBody):
    """End a tour run before its stops are walked."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Storm: the roof is closed"}]})
    reason: SomeWords


class HandOverBody(CommandBody):
    """Let another officer walk a run on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"officer": "officer-2", "reason": "shift ends"}]})
    officer: str = Field(pattern=ID_PATTERN)
    reason: Words = ""


class ProposalBody(CommandBody):
    """Put a proposal for patrols before the supervisors of a site."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "plan": {
                        "kind": "tour_order",
                        "why": {"en": "12 min of walking instead of 17", "zh": "步行由 17 分钟减为 12 分钟"},
                        "before": [],
                        "tours": [
                            {
                                "id": "night",
                                "name": {"en": "Night round", "zh": "夜巡"},
                                "stops": [{"checkpoint": "cp-1", "due_seconds": 600}],
                                "starts": [{"at": "22:00"}],
                            }
                        ],
                    }
                }
            ]
        }
    )
    plan: dict[str, Any] = Field(description="A plan as proposals show it; `vigil plan` makes it.")


class DecisionBody(CommandBody):
    """Decide on a proposal."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "refuse", "reason": "The yard is closed"}]})
    trigger: ProposalTrigger = Field(description="`accept`, `refuse`, or `withdraw` for an accepted one.")
    reason: Words = Field(default="", description="For refuse and withdraw.")


class ResendBody(CommandBody):
    """Send a refused message again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class ObservationItem(_Body):
    """One message of the native format: its kind, and its body without the topic."""

    kind: MessageKind
    body: dict[str, Any]


class ObservationsBody(_Body):
    """What a phone has to say, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "observations": [
                        {
                            "kind": "scan",
                            "body": {
                                "boot": "b1",
                                "seq": 17,
                                "at": "2026-11-23T18:10:00Z",
                                "officer": "officer-1",
                                "checkpoint": "cp-1",
                                "method": "qr",
                            },
                        }
                    ]
                }
            ]
        }
    )
    observations: list[ObservationItem] = Field(min_length=1, max_length=500)


class SessionBody(_Body):
    """Open a session with the token."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "the token that vigil serve printed once"}]})
    token: str = Field(min_length=1, max_length=256)
