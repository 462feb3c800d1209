"""The sites that come with Vigil, by name, and any other by its folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from domain.errors import VigilError

_ROOT: Final = Path(__file__).resolve().parents[1]

EXAMPLES: Final[Mapping[str, Path]] = {"tower": _ROOT / "demo", "riverside": _ROOT / "simulators" / "site"}


class UnknownSite(VigilError):
    """Neither an example nor a folder."""


def site_folder(name: str) -> Path:
    """The folder of an example site, or the folder that `name` is.

    Raises:
        UnknownSite: it is neither.
    """
    if name in EXAMPLES:
        return EXAMPLES[name]
    folder = Path(name)
    if not folder.is_dir():
        known = " or ".join(f"'{example}'" for example in EXAMPLES)
        raise UnknownSite(f"site '{name}' is neither an example nor a folder: give {known}, or the folder of your YAML")
    return folder
