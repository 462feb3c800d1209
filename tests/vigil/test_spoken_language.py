"""Which language a command speaks, and columns that stay straight in both."""

from pathlib import Path

import pytest

from vigil.settings import SettingsInvalid
from vigil.spoken_language import aligned, spoken_language


def test_the_command_line_is_heard_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIGIL_LANGUAGE", raising=False)
    assert spoken_language(None) == "en"
    (tmp_path / "vigil.toml").write_text('language = "zh"\n')
    assert spoken_language(None) == "zh"
    monkeypatch.setenv("VIGIL_LANGUAGE", "en")
    assert spoken_language(None) == "en"
    assert spoken_language("zh") == "zh"
    with pytest.raises(SettingsInvalid, match="language 'fr' is not spoken"):
        spoken_language("fr")


def test_a_full_width_character_takes_two_columns() -> None:
    rows = [("紧急（低低限）", "一", "高"), ("high", "2", ""), ("", "", "the last cell may be as long as it likes")]
    assert list(aligned(rows)) == [
        "紧急（低低限）  一  高",
        "high            2   ",
        "                    the last cell may be as long as it likes",
    ]


def test_nothing_is_aligned_to_nothing() -> None:
    assert list(aligned([])) == []
