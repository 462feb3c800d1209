"""One story, told once per test file that only reads, or once per test where it is changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.serving import Backstage, LocalClient, backstage


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Backstage]:
    with backstage(tmp_path) as behind:
        yield behind


@pytest.fixture
def client(behind: Backstage) -> Iterator[LocalClient]:
    with LocalClient(behind) as client:
        yield client


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backstage]:
    """For tests that compare before and after."""
    with backstage(tmp_path_factory.mktemp("story")) as behind:
        yield behind


@pytest.fixture(scope="module")
def reader(shared: Backstage) -> Iterator[LocalClient]:
    """For tests that change nothing that another one looks at."""
    with LocalClient(shared) as client:
        yield client


@pytest.fixture
def stranger(reader: LocalClient) -> Iterator[LocalClient]:
    """The same, without a credential."""
    with reader.anonymous():
        yield reader
