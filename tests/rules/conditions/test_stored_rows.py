"""The stored form: what is encoded comes back, other versions are refused, and the first is still read."""

import msgspec
import numpy as np
import pytest

from rules.conditions.stored_rows import KeptGroup, Key, decode_groups, encode_groups
from tests.reference import earlier_rows

GROUPS = [
    KeptGroup([Key("r2", "a", 0), Key("r2", "a", 1)], {"x": np.array([1.5, 2.5]), "y": np.array([[1, 2], [3, 4]])}),
    KeptGroup([Key("r1", "b", 0)], {"x": np.array([9.0])}),
]


def test_what_is_stored_comes_back() -> None:
    version, groups = decode_groups(encode_groups(GROUPS))
    assert version == 3
    assert [each.keys for each in groups] == [each.keys for each in GROUPS]
    assert [each.forms() for each in groups] == [each.forms() for each in GROUPS]
    assert groups[0].columns["y"].tolist() == [[1, 2], [3, 4]]


def test_the_first_version_is_read() -> None:
    version, groups = decode_groups(earlier_rows.kept().state.kinds["rate"])
    assert version == 1
    assert [key.rule for each in groups for key in each.keys] == ["rate", "rate-late"]


def test_another_version_is_refused() -> None:
    stored = msgspec.msgpack.decode(encode_groups(GROUPS)) | {"version": 7}
    with pytest.raises(ValueError, match="version 7, this code reads 1, 2 and 3"):
        decode_groups(msgspec.msgpack.encode(stored))
