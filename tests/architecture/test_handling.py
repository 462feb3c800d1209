from pathlib import Path

import pytest

from tests.architecture.handling import composed_sql, unsupervised_excepts
from tests.architecture.source_tree import ROOT, plant, report


def test_broad_excepts_stand_at_supervision_points() -> None:
    found = unsupervised_excepts(ROOT)
    assert not found, report(found)


@pytest.mark.parametrize(
    "caught", ["", " Exception", " BaseException as e", " (ValueError, Exception)", " builtins.Exception"]
)
def test_an_unsupervised_except_is_found(tmp_path: Path, caught: str) -> None:
    plant(tmp_path, "runtime/loop.py", f"try:\n    pass\nexcept{caught}:\n    pass\n")
    assert len(unsupervised_excepts(tmp_path)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    pass\nexcept Exception:  # supervision: the operator sees 'engine stopped'\n    pass\n",
        "try:\n    pass\n# supervision: counted in vigil_sender_failures\nexcept Exception:\n    pass\n",
        "try:\n    pass\nexcept ValueError:\n    pass\n",
    ],
)
def test_a_supervision_point_or_a_narrow_except_is_no_violation(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "runtime/loop.py", text)
    assert unsupervised_excepts(tmp_path) == []


def test_supervision_in_a_string_does_not_count(tmp_path: Path) -> None:
    plant(tmp_path, "runtime/loop.py", "try:\n    a = 'supervision: no'\nexcept Exception:\n    pass\n")
    assert len(unsupervised_excepts(tmp_path)) == 1


def test_sql_takes_its_values_as_parameters() -> None:
    found = composed_sql(ROOT)
    assert not found, report(found)


@pytest.mark.parametrize(
    "text",
    [
        "text(f'SELECT {a}')",
        "sqlalchemy.text('SELECT %s' % a)",
        "c.execute('SELECT ' + a)",
        "c.execute('SELECT {}'.format(a), ())",
        "c.executescript(f'DROP {a}')",
        "s = f'SELECT {a}'\nc.execute(s)",
        "c.sql('SELECT a' + ' FROM ' + b)",
    ],
)
def test_composed_sql_is_found(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "stores/state.py", f"{text}\n")
    assert len(composed_sql(tmp_path)) == 1


@pytest.mark.parametrize(
    "text", ["c.execute('SELECT ?', (a,))", "c.execute(select(t).where(t.c.a == b))", "log(f'SELECT {a}')"]
)
def test_parameters_are_no_violation(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "journal/segments.py", f"{text}\n")
    assert composed_sql(tmp_path) == []
