"""The tree of errors the domain can raise. It knows no HTTP: `api.problems` translates.

VigilError
├── InvalidId             an id that breaks the grammar of ids
├── InvalidTime           a text that is not a point in time
├── ConfigurationError    a site model or a rule that contradicts itself
├── IllegalTransition     a trigger that a state machine's table does not list for the present state
└── CommandRefused        a command that the present state or its author's rights forbid
"""


class VigilError(Exception):
    """Root of every error Vigil raises on purpose. The message names the thing, the value and the remedy."""


class InvalidId(VigilError):
    """An identifier that does not match `[A-Za-z0-9_-]{1,64}`."""


class InvalidTime(VigilError):
    """A text or number that is not a point in time, or names none unambiguously."""


class ConfigurationError(VigilError):
    """A configuration that is well formed but contradicts itself."""


class IllegalTransition(VigilError):
    """A trigger arrived that the machine's table does not list for its present state; nothing was changed."""

    def __init__(self, machine: str, state: str, trigger: str, allowed: tuple[str, ...]) -> None:
        """Name the machine, where it stands, what was tried and what would have been possible."""
        self.machine = machine
        self.state = state
        self.trigger = trigger
        self.allowed = allowed
        possible = ", ".join(allowed) if allowed else "nothing: this state is final"
        super().__init__(f"{machine} is {state}: '{trigger}' is not possible here (possible: {possible})")


class CommandRefused(VigilError):
    """A command that cannot be carried out now; `code` is stable for machines, the text is for people."""

    def __init__(self, code: str, detail: str) -> None:
        """Keep `code` (for instance `unknown_alarm`, `condition_active`) beside the sentence for the operator."""
        self.code = code
        super().__init__(detail)
