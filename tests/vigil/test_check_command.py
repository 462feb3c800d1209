"""`vigil check`: what is wrong, where, and what to do; and that the sites of the repository are right."""

from pathlib import Path

import msgspec
import pytest

from tests.vigil.recordings import SITES
from tests.vigil.running_service import ROOT, SITE, vigil_here, write_site

SHIPPED = [ROOT / "simulators" / "site", *sorted(SITES.iterdir())]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_what_is_shipped_is_right(folder: Path, tmp_path: Path) -> None:
    checked = vigil_here("check", str(folder), cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
    assert "No problems." in checked.stdout


def test_every_problem_is_told_with_file_line_and_remedy(tmp_path: Path) -> None:
    text = SITE.replace("zone: ground, name: Lobby", "zone: grund, name: Lobby").replace("low: 20", "lw: 20")
    lines = text.splitlines()
    write_site(tmp_path / "config", text)
    checked = vigil_here("check", cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (1, "")
    *problems, summary = checked.stdout.splitlines()
    places = [problem.split(": ", 1)[0] for problem in problems]
    wrong = [1 + next(number for number, line in enumerate(lines) if word in line) for word in ("grund", "lw: 20")]
    assert places == [f"config/site.yaml:{line}" for line in wrong], checked.stdout
    assert (
        "zone 'grund' is not configured. Did you mean 'ground'? Otherwise add it, or name one of: ground" in problems[0]
    )
    assert "low" in problems[1]
    assert summary == "2 problem(s) in config"


def test_for_machines_it_says_the_same(tmp_path: Path) -> None:
    write_site(tmp_path / "config", SITE.replace("timezone: UTC", "timezone: Mars"))
    checked = vigil_here("check", "--json", cwd=tmp_path)
    said = msgspec.json.decode(checked.stdout)
    assert (checked.returncode, said["ok"]) == (1, False)
    (problem,) = said["problems"]
    assert (problem["file"], problem["line"]) == ("config/site.yaml", 4)
    assert "Mars" in problem["message"]
    assert problem["remedy"]
    write_site(tmp_path / "config")
    good = msgspec.json.decode(vigil_here("check", "config", "--json", cwd=tmp_path).stdout)
    assert (good["ok"], good["rules"], [site["id"] for site in good["sites"]]) == (True, 4, ["hq"])


def test_a_folder_without_a_configuration_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder, said in (("nowhere", "nowhere:0: is not a folder"), ("empty", "empty:0: holds no *.yaml file")):
        checked = vigil_here("check", folder, cwd=tmp_path)
        assert checked.returncode == 1
        assert checked.stdout.startswith(said)
