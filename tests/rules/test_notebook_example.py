"""docs/notebook-example.md says what it prints; this runs it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_example_prints_what_the_page_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "notebook-example.md").read_text(encoding="utf-8")
    code, printed = (re.search(f"```{kind}\n(.*?)```", page, re.DOTALL) for kind in ("python", "text"))
    assert code is not None
    assert printed is not None
    monkeypatch.chdir(ROOT)
    exec(compile(code[1], "docs/notebook-example.md", "exec"), {})  # noqa: S102 - the page is ours, and this is its test
    assert capsys.readouterr().out == printed[1]
