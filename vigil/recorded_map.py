"""Reads the map of a recording as strictly as the configuration: no aliases, no key twice, no depth."""

from collections.abc import Callable
from pathlib import Path

from simulators.recording_map import RecordingMap, read_map
from vigil.configuration.yaml_tree import read_document


def load_map(path: Path) -> RecordingMap:
    """Read and check a map.

    Raises:
        ConfigurationInvalid: it cannot be read, or is no YAML that may be used here.
        RecordingRefused: it is no map; names file, line and what is wrong.
    """
    return load_placed_map(path)[0]


def load_placed_map(path: Path) -> tuple[RecordingMap, Callable[[tuple[str | int, ...]], int]]:
    """Read and check a map; gives it and in which line of its file a part stands, by the keys that lead there.

    Raises:
        ConfigurationInvalid: it cannot be read, or is no YAML that may be used here.
        RecordingRefused: it is no map; names file, line and what is wrong.
    """
    document = read_document(path, str(path))
    return read_map(document.value, document.line, document.file), document.line
