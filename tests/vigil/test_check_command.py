"""`vigil check`: what is wrong, where, and what to do; and that the sites of the repository are right."""

from pathlib import Path

import msgspec
import pytest

from tests.vigil.recordings import SITES
from tests.vigil.running_service import ROOT, SITE, one_sentence, vigil_here, write_site

SHIPPED = [ROOT / "simulators" / "site", *sorted(SITES.iterdir())]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_what_is_shipped_is_right(folder: Path, tmp_path: Path) -> None:
    checked = vigil_here("check", str(folder), cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
    assert "No problems." in checked.stdout
    assert "rule '" not in checked.stdout, "nothing of its rules is to be noted"


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


def test_a_window_that_holds_one_reading_is_noted_with_file_line_and_remedy(tmp_path: Path) -> None:
    rule = """
  - id: mean
    kind: expression
    name: Mean
    priority: low
    subjects: [flow]
    parameters:
      when: avg(value, 5 s) > 100
"""
    text = SITE.replace("\nrules:\n", f"\nrules:{rule}", 1)
    write_site(tmp_path / "config", text)
    checked = vigil_here("check", cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
    line = 1 + next(number for number, each in enumerate(text.splitlines()) if "avg(" in each)
    (note,) = [each for each in checked.stdout.splitlines() if "'mean'" in each]
    assert note.startswith(f"config/site.yaml:{line}: rule 'mean': a window of 5 s holds one reading of point")
    assert note.endswith("Give the window 30 s or more, or the point the 'interval_seconds' at which it really speaks.")
    said = msgspec.json.decode(vigil_here("check", "--json", cwd=tmp_path).stdout)
    assert ([each["line"] for each in said["notes"]], said["ok"]) == ([line], True)


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


def test_without_a_configuration_there_is_nothing_to_check(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder, said in (("nowhere", "nowhere: is not a folder"), ("empty", "empty: holds no *.yaml file")):
        for more in ((), ("--run-tests",)):
            checked = vigil_here("check", folder, *more, cwd=tmp_path)
            assert (checked.returncode, checked.stdout) == (2, "")
            assert one_sentence(checked.stderr)
            assert f"{said}. Give the folder of your site's YAML" in checked.stderr
            told = vigil_here("check", folder, "--json", *more, cwd=tmp_path)
            assert (told.returncode, told.stderr) == (2, "")
            [problem] = msgspec.json.decode(told.stdout)["problems"]
            assert f"{problem['file']}: {problem['message']}" == said


def test_for_machines_tests_are_part_of_the_one_object(tmp_path: Path) -> None:
    write_site(tmp_path / "good")
    good = vigil_here("check", "good", "--run-tests", "--json", cwd=tmp_path)
    said = msgspec.json.decode(good.stdout)
    assert (good.returncode, said["ok"], said["rules"], said["failures"]) == (0, True, 4, [])
    assert said["tests"] > 0
    write_site(tmp_path / "failing")
    (tmp_path / "failing" / "tests.yaml").write_text(
        "tests:\n  - {rule: no-flow, given: 0 flow=50, then: '0:00 raise'}\n"
    )
    failing = vigil_here("check", "failing", "--run-tests", "--json", cwd=tmp_path)
    said = msgspec.json.decode(failing.stdout)
    assert (failing.returncode, said["ok"], len(said["failures"])) == (1, False, 1)
    write_site(tmp_path / "bad", SITE.replace("timezone: UTC", "timezone: Mars"))
    bad = vigil_here("check", "bad", "--run-tests", "--json", cwd=tmp_path)
    said = msgspec.json.decode(bad.stdout)
    assert (bad.returncode, said["ok"], len(said["problems"]), said["failures"]) == (1, False, 1, [])
