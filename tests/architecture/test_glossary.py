from pathlib import Path

from tests.architecture.glossary import (
    BAN_COLUMNS,
    ENTRY_COLUMNS,
    GLOSSARY,
    bad_entries,
    banned_words,
    dead_references,
    rows,
    unexplained_members,
    unexplained_types,
)
from tests.architecture.source_tree import ROOT, plant, report

DOOR = """from enum import StrEnum

class Door(Struct):
    name: str

class DoorState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"

class DoorRefused(Refused):
    pass
"""
ERRORS = """class Refused(Exception):
    pass
"""
ENTRIES = """# Glossary

| term | 中文 | meaning | in the code |
|---|---|---|---|
| door | 门 | what opens | `domain.door.Door` |
| state of a door | 门状态 | `open` 开, `closed` 关 | `domain.door.DoorState` |
"""
BANS = """
| not | but | not in |
|---|---|---|
| `portal`, `fire_exit` | door | anywhere |
| `round` | tour run | `domain` |
"""


def checkout(root: Path, glossary: str = ENTRIES + BANS, door: str = DOOR) -> Path:
    plant(root, "domain/door.py", door)
    plant(root, "domain/errors.py", ERRORS)
    plant(root, str(GLOSSARY), glossary)
    return root


def test_the_glossary_has_its_tables() -> None:
    assert len(rows(ROOT, ENTRY_COLUMNS)) > 50
    assert len(rows(ROOT, BAN_COLUMNS)) > 10


def test_each_entry_is_whole_and_explains_its_own_word() -> None:
    found = bad_entries(ROOT)
    assert not found, report(found)


def test_each_type_of_the_domain_is_explained() -> None:
    found = unexplained_types(ROOT)
    assert not found, report(found)


def test_each_member_of_an_enum_has_its_chinese_word() -> None:
    found = unexplained_members(ROOT)
    assert not found, report(found)


def test_what_the_glossary_names_is_in_the_code() -> None:
    found = dead_references(ROOT)
    assert not found, report(found)


def test_one_word_is_used_for_one_thing() -> None:
    found = banned_words(ROOT)
    assert not found, report(found)


def test_a_checkout_that_keeps_to_its_glossary_is_fine(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    checks = (bad_entries, unexplained_types, unexplained_members, dead_references, banned_words)
    assert [check(root) for check in checks] == [[]] * len(checks)


def test_a_bad_entry_is_found(tmp_path: Path) -> None:
    more = "| Door | 大门 | again | `domain.door` |\n| gate | 门 | again | `domain.door` |\n| a | b | c |\n"
    found = bad_entries(checkout(tmp_path, ENTRIES + more))
    assert [violation.what for violation in found] == [
        "'door' stands in line 5 already",
        "'门' stands in line 5 already",
        "nothing stands under 'in the code'",
        "'a' has no Chinese word",
    ]
    assert [violation.line for violation in found] == [7, 8, 9, 9]


def test_an_unexplained_type_is_found(tmp_path: Path) -> None:
    found = unexplained_types(checkout(tmp_path, door=DOOR + "\nclass Reader(Struct):\n    name: str\n"))
    assert [violation.what for violation in found] == [f"domain.door.Reader has no entry in {GLOSSARY}"]


def test_an_unexplained_member_is_found(tmp_path: Path) -> None:
    door = DOOR.replace('OPEN = "open"', 'OPEN = "open"\n    AJAR = "ajar"')
    numbered = "\nclass Quality(IntEnum):\n    GOOD = 0\n"
    entry = "| quality | 质量 | `bad` 坏 | `domain.door.Quality` |\n"
    found = unexplained_members(checkout(tmp_path, ENTRIES + entry, door + numbered))
    assert [violation.what for violation in found] == [
        f"domain.door.DoorState: {GLOSSARY} lacks `ajar` 中文",
        f"domain.door.Quality: {GLOSSARY} lacks `good` 中文",
    ]


def test_a_member_without_chinese_is_found(tmp_path: Path) -> None:
    found = unexplained_members(checkout(tmp_path, ENTRIES.replace("`closed` 关", "`closed`")))
    assert [violation.what for violation in found] == [f"domain.door.DoorState: {GLOSSARY} lacks `closed` 中文"]


def test_a_reference_to_nothing_is_found(tmp_path: Path) -> None:
    more = (
        "| name | 名称 | its name | `domain.door.Door.name` |\n"
        "| colour | 颜色 | none | `domain.door.Door.colour`, `domain.window`, `domain.door.Window` |\n"
    )
    found = dead_references(checkout(tmp_path, ENTRIES + more))
    assert [violation.what for violation in found] == [
        "domain.door.Door.colour is not in the code",
        "domain.window is not in the code",
        "domain.door.Window is not in the code",
    ]


def test_a_banned_word_is_found_wherever_a_name_is_given(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    text = """import door as portal
class FireExitOpened: ...
def open_portals(portal_id): ...
PORTAL = 1
thing.portal_of = 2
support = library.portal(portal=3)
"""
    plant(root, "rules/passing.py", text)
    plant(root, "rules/portal.py", "")
    found = banned_words(root)
    assert sorted((violation.path.name, violation.line) for violation in found) == [
        ("passing.py", 1),
        ("passing.py", 2),
        ("passing.py", 3),
        ("passing.py", 3),
        ("passing.py", 4),
        ("passing.py", 5),
        ("portal.py", 1),
    ]
    assert "FireExitOpened: say door, not fire_exit" in [violation.what for violation in found]


def test_a_word_may_be_banned_in_some_packages_only(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    plant(root, "runtime/loop.py", "last_round = 1\nbackground = rounded = 2\n")
    assert banned_words(root) == []
    plant(root, "domain/tour.py", "last_round = 1\nbackground = rounded = 2\n")
    assert [str(violation) for violation in banned_words(root)] == [
        "domain/tour.py:1: last_round: say tour run, not round"
    ]
