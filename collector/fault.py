"""How a fault is written to the log: where and what, but never the variables, which may hold credential numbers."""

import traceback

from collector.quarantine import masked


def described(error: BaseException) -> str:
    """Give type and message, with what looks like a credential masked."""
    text = masked(str(error).encode(errors="backslashreplace")).decode(errors="replace")
    return f"{type(error).__name__}: {text}"


def log_fields(error: BaseException) -> dict[str, str]:
    """Give the fields of a log entry. A logger's own `exception` may print every local variable."""
    return {"error": described(error), "where": "".join(traceback.format_tb(error.__traceback__))}
