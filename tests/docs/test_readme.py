"""The READMEs: what they tell people to type exists, the rule they show works, and both say the same.

What the other pages tell people to type exists as well.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from domain.instant import MINUTE, from_iso
from simulators.building import Building
from tests.vigil.simulated_time import judged, tally_of
from vigil.cli import app
from vigil.configuration.loading import load_configuration

ROOT = Path(__file__).resolve().parents[2]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES = [*READMES, *sorted((ROOT / "docs").glob("*.md"))]
MORNING = from_iso("2026-11-23T07:25:00+08:00")

LINK = re.compile(r"\]\(([^)#:]+)\)")
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
SET = re.compile(r"^(?:[A-Z_]+=\S* +)+")


def text_of(readme: Path) -> str:
    return readme.read_text(encoding="utf-8")


def commands_in(text: str) -> Iterator[list[str]]:
    """What follows `vigil` in code, up to a comment; variables may be set before it."""
    blocks = [line for _, block in BLOCK.findall(text) for line in block.splitlines()]
    for line in [*blocks, *CODE.findall(BLOCK.sub("", text))]:
        words = SET.sub("", line.split("#")[0]).split()
        if words[:1] == ["vigil"] and len(words) > 1:
            yield words[1:]


def commands_of(command: Any) -> dict[str, Any]:  # noqa: ANN401 - a group of the library that Typer carries with it
    """The commands of a group by name; none of a plain command."""
    return dict(getattr(command, "commands", {}))


def options_of(words: list[str]) -> set[str]:
    found = get_command(app)
    for word in words:
        known = commands_of(found)
        if not known or word.startswith("-"):
            break
        assert word in known, f"vigil {' '.join(words)}"
        found = known[word]
    return {option for parameter in found.params for option in parameter.opts}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_and_option_exists(page: Path) -> None:
    commands = list(commands_in(text_of(page)))
    assert len(commands) > 15 or page not in READMES
    for words in commands:
        known = options_of(words)
        for word in words:
            if word.startswith("--") and word != "--help":
                assert word in known, f"vigil {' '.join(words)}"


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_target_and_every_link_is_there(readme: Path) -> None:
    text = text_of(readme)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for target in re.findall(r"^make ([a-z-]+)", text, re.MULTILINE):
        assert target in targets
    for link in LINK.findall(text):
        assert (ROOT / link).exists(), link


def test_both_have_the_same_sections_code_and_links() -> None:
    english, chinese = map(text_of, READMES)
    shape = [re.findall(r"^(#+) ", text, re.MULTILINE) for text in (english, chinese)]
    assert shape[0] == shape[1]
    links = [[link for link in LINK.findall(text) if not link.startswith("README")] for text in (english, chinese)]
    # Each has the pictures of its own language.
    assert sorted(re.sub("-en.png$", ".png", link) for link in links[0]) == sorted(
        re.sub("-zh.png$", ".png", link) for link in links[1]
    )
    rules = [dict(BLOCK.findall(text))["yaml"] for text in (english, chinese)]
    assert rules[0] == rules[1]
    shells = [re.sub(" *# .*", "", dict(BLOCK.findall(text))["sh"]) for text in (english, chinese)]
    assert shells[0] == shells[1]
    assert [words[0] for words in commands_in(english)] == [words[0] for words in commands_in(chinese)]


def test_the_rule_that_is_shown_works(tmp_path: Path) -> None:
    shutil.copy(ROOT / "simulators" / "site" / "riverside.yaml", tmp_path / "site.yaml")
    rule = dict(BLOCK.findall(text_of(READMES[0])))["yaml"]
    (tmp_path / "mine.yaml").write_text(rule, encoding="utf-8")
    configuration = load_configuration(tmp_path).configuration
    building = Building(configuration.sites[0], MORNING, 1, configuration.rules)
    told = tally_of(judged(configuration, building, MORNING, 3 * MINUTE))
    assert told.alarms["supply-air-cold"] == 1
