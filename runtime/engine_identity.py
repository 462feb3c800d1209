"""What must be equal for a replay to promise equal bytes (identity law)."""

import hashlib
import platform
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import msgspec
import numpy as np

JUDGING_PACKAGES = ("domain", "rules")
"""The packages whose source decides what the engine says."""


def engine_identity() -> dict[str, str]:
    """Name everything that can change the engine's arithmetic or its answers.

    `code` is a digest of the source of the judging packages, so that an edited checkout is another engine even where
    the release number stayed. `cpu` names the vector extensions numpy dispatches to.
    """
    return {
        "release": metadata.version("vigil"),
        "code": _source_digest(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "tzdata": metadata.version("tzdata"),
        "msgspec": msgspec.__version__,
        "cpu": ",".join(_cpu_features()),
        "byteorder": sys.byteorder,
    }


def identity_digest(identity: dict[str, str]) -> str:
    """Give one identity a short name."""
    canonical = msgspec.json.encode(identity, order="deterministic")
    return hashlib.blake2b(canonical, digest_size=8).hexdigest()


def _source_digest() -> str:
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.blake2b(digest_size=8)
    for package in JUDGING_PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _cpu_features() -> Sequence[str]:
    """The extensions numpy found at run time, as its public configuration names them."""
    simd = np.show_config(mode="dicts").get("SIMD Extensions", {})
    return [*simd.get("baseline", []), *simd.get("found", [])]
