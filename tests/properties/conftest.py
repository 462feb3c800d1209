"""The laws may take longer than other tests."""

from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_SECONDS = 300.0
"""A failure is worth the time that hypothesis takes to find its smallest form."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(_SECONDS))
