"""Nothing in the project may name one machine or one place to download from."""

import re
from pathlib import Path

from tests.architecture.source_tree import Violation, project_files

# Written as patterns, so that this file does not contain what it looks for.
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:home|Users|root|work)/[\w.]|[A-Z]:\\Users\\")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org|ghcr\.io|quay\.io|docker\.io|index[-]url|find[-]links",
)
# The options that keep addresses out of the lock files carry these words.
ALLOWED = {Path("scripts/lock"): re.compile(r"--no-emit-(?:index[-]url|find[-]links)")}


def bound_to_a_machine(root: Path) -> list[Violation]:
    found = []
    for path in project_files(root):
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        allowed = ALLOWED.get(path)
        for number, line in enumerate(text.splitlines(), start=1):
            rest = allowed.sub("", line) if allowed else line
            if MACHINE_PATH.search(rest):
                found.append(Violation(path, number, "absolute path of one machine"))
            if REGISTRY.search(rest):
                found.append(Violation(path, number, "address of a package registry"))
    return found


def unlocked_requirements(requirements: list[str], lock: str) -> list[str]:
    """Names of requirements that a lock file does not pin."""
    pinned = set(re.findall(r"^([A-Za-z0-9._-]+)==", lock, flags=re.MULTILINE))
    names = [re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0] for requirement in requirements]
    return [name for name in names if re.sub(r"[-_.]+", "-", name).lower() not in pinned]


def unhashed_pins(lock: str) -> list[str]:
    """Pins of a lock file that carry no hash."""
    entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    return [entry.split()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry]
