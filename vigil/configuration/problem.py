"""What is wrong with a configuration, as a person can mend it."""

from msgspec import Struct


class Problem(Struct, frozen=True, kw_only=True, order=True):
    """One error: where it stands, what is wrong, and what to do about it. Lines count from 1; 0 is the whole file."""

    file: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        """The form editors and terminals make clickable, where there is a line."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}. {self.remedy}"


class ConfigurationInvalid(Exception):
    """The configuration was refused; what was in force before stays in force."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep all problems, not only the first."""
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class NoConfiguration(ConfigurationInvalid):
    """There is nothing to check: no such folder, no YAML in it, or a folder that this user may not read."""
