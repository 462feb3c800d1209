"""`vigil plan`: proposals that can be read by people and machines, and refusals that say what is missing."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.effects import AlarmChange, AlarmChanged
from stores.state.opening import open_state_store
from tests.samples import NOW, an_alarm
from tests.stores.commits import Owner
from tests.vigil.running_service import RunningService, SetClock, vigil_here, write_site
from vigil.configuration.loading import load_configuration

SITE = """\
site:
  id: hq
  name: Headquarters
  timezone: UTC
  zones:
    - {id: ground, name: Ground, storey: 1}
    - {id: store, name: Store, parent: ground}
    - {id: roof, name: Roof, storey: 2}
  checkpoints:
    - {id: gate, zone: ground, name: Gate, position: [0, 0]}
    - {id: yard, zone: ground, name: Yard, position: [60, 0]}
    - {id: dock, zone: store, name: Dock, position: [20, 0]}
    - {id: mast, zone: roof, name: Mast, position: [40, 0]}
  tours:
    - id: night
      name: Night
      every_seconds: 14400
      stops:
        - {checkpoint: gate, due_seconds: 60}
        - {checkpoint: yard, due_seconds: 300, dwell_seconds: 30}
        - {checkpoint: dock, due_seconds: 600}
        - {checkpoint: mast, due_seconds: 900}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_site(tmp_path / "config", SITE)
    return tmp_path


def json_of(folder: Path, *arguments: str) -> dict[str, Any]:
    said = vigil_here("plan", *arguments, "--json", cwd=folder)
    assert (said.returncode, said.stderr) == (0, "")
    answer: dict[str, Any] = msgspec.json.decode(said.stdout)
    return answer


def test_a_tour_gets_an_order_and_the_lines_to_accept_it_by(folder: Path) -> None:
    said = json_of(folder, "tour", "hq", "night", "--for", "0.2")
    assert [stop["id"] for stop in said["proposed"]["stops"]] == ["gate", "dock", "yard", "mast"]
    assert said["saved_seconds"] > 0
    assert said["now"]["walking"] - said["proposed"]["walking"] == pytest.approx(said["saved_seconds"])
    accepted = SITE[: SITE.index("      stops:")] + "".join(f"      {line}\n" for line in said["stops"].splitlines())
    write_site(folder / "config", accepted)
    (site,) = load_configuration(folder / "config").configuration.sites
    assert [stop.checkpoint for stop in site.tours[0].stops] == ["gate", "dock", "yard", "mast"]
    assert site.tours[0].stops[2].dwell_seconds == 30
    text = vigil_here("plan", "tour", "hq", "night", "--for", "0.2", cwd=folder)
    assert "To accept it without --propose-to, put this into the tour:" in text.stdout


def test_known_walking_times_and_windows_change_the_order(folder: Path) -> None:
    (folder / "walks.csv").write_text("from,to,seconds\ngate,mast,5\nmast,dock,5\ndock,yard,5\n")
    said = json_of(folder, "tour", "hq", "night", "--for", "0.2", "--walks", "walks.csv")
    assert [stop["id"] for stop in said["proposed"]["stops"]] == ["gate", "mast", "dock", "yard"]
    assert said["proposed"]["walking"] == 15
    write_site(
        folder / "config", SITE.replace("{checkpoint: yard, due_seconds: 300", "{checkpoint: yard, due_seconds: 70")
    )
    kept = json_of(folder, "tour", "hq", "night", "--for", "0.2", "--windows")
    arrives = {stop["id"]: stop["begins"] for stop in kept["proposed"]["stops"]}
    assert arrives["yard"] <= 70


def test_a_week_is_drawn_by_what_happened(folder: Path) -> None:
    plain = json_of(folder, "week", "hq", "--default-gap", "24", "--seed", "3", "--slot-minutes", "60")
    assert set(plain["weights"].values()) == {1.0}
    (folder / "data").mkdir()
    with open_state_store(folder / "data" / "state.sqlite") as store:
        alarm = msgspec.structs.replace(
            an_alarm(site="hq"), zone="store", latest=msgspec.structs.replace(an_alarm().latest, raised_at=NOW * 10)
        )
        Owner(store.writer).commit(AlarmChanged(change=AlarmChange.RAISED, alarm=alarm, occurrence=alarm.latest))
    drawn = json_of(folder, "week", "hq", "--data", "data", "--seed", "3", "--slot-minutes", "60", "--gap", "roof=12")
    assert drawn["weights"] == {"ground": 1.0, "roof": 1.0, "store": 2.0}
    assert drawn["plan"]["visits_of"]["store"] > drawn["plan"]["visits_of"]["ground"]
    assert drawn["plan"]["longest_gap"]["roof"] <= 12 * 3600
    text = vigil_here("plan", "week", "hq", "--from", "22:00", "--to", "06:00", "--seed", "3", cwd=folder)
    lines = text.stdout.splitlines()
    assert lines[0].startswith("Mon 00:00  ")
    assert all(line.split()[1] < "06:00" or line.split()[1] >= "22:00" for line in lines if line[:3] in {"Mon", "Sun"})
    assert lines[-1].endswith("Seed 3.")


@pytest.mark.long
def test_a_proposal_put_before_the_supervisors_is_walked_once_one_accepts_it(folder: Path) -> None:
    write_site(folder / "hq", SITE)
    with RunningService(folder, None, SetClock(), config=str(folder / "hq")) as running:
        url = running.started.api_url
        week = ("plan", "week", "hq", "--seed", "3", "--slot-minutes", "60", "--config", str(folder / "hq"))
        without = vigil_here(*week, "--propose-to", url, cwd=folder)
        assert (without.returncode, "VIGIL_API_TOKEN is not set" in without.stderr) == (2, True)
        token = {"VIGIL_API_TOKEN": running.token}
        said = vigil_here(*week, "--propose-to", url, cwd=folder, **token)
        assert said.returncode == 0, said.stderr
        (proposal,) = running.api.items("patrol-proposals", site="hq", state="proposed")
        assert {tour["id"] for tour in proposal["plan"]["tours"]} == {"visit-ground", "visit-roof", "visit-store"}
        assert len(proposal["plan"]["gaps"]) == 3
        decide = f"patrol-proposals/{proposal['id']}/decide"
        running.api.post(decide, {"trigger": "refuse"}, status=409)
        running.api.post(decide, {"trigger": "accept", "reason": "covers the store"})
        assert running.api.items("tour-runs", tour="visit-store")[0]["state"] == "scheduled"
        order = ("plan", "tour", "hq", "night", "--for", "0.2", "--config", str(folder / "hq"))
        assert vigil_here(*order, "--propose-to", url, cwd=folder, **token).returncode == 0
        (proposal,) = running.api.items("patrol-proposals", site="hq", state="proposed")
        running.api.post(f"patrol-proposals/{proposal['id']}/decide", {"trigger": "accept"})
        run = running.api.items("tour-runs", tour="night")[0]
        assert [stop["checkpoint"] for stop in run["stops"]] == ["gate", "dock", "yard", "mast"]
        wrong = vigil_here(*order, "--propose-to", "ftp://x", cwd=folder, **token)
        assert "is no address of Vigil" in wrong.stderr
    gone = vigil_here(*week, "--propose-to", url, cwd=folder, **token)
    assert (gone.returncode, "does not answer" in gone.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("tour", "hk", "night"), "site 'hk' is not configured in config: known are hq"),
        (("tour", "hq", "day"), "site 'hq' has no tour 'day': known are night"),
        (("tour", "hq", "night", "--walks", "none.csv"), "none.csv cannot be read"),
        (("week", "hq", "--gap", "cellar=4"), "zone 'cellar' has no checkpoint at site 'hq'"),
        (("week", "hq", "--gap", "roof=soon"), "'roof=soon' is no zone with hours"),
        (("week", "hq", "--from", "22:00", "--to", "22:10"), "no slot of 30 min fits between 22:00 and 22:10"),
        (("week", "hq", "--from", "25:00"), "'25:00' is not a time of day"),
        (("week", "hq", "--default-gap", "0.5"), "would be left alone for longer than 0.5 h"),
        (("week", "hq", "--data", "nowhere"), "state.sqlite is not there"),
    ],
)
def test_what_cannot_be_planned_is_told(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    said = vigil_here("plan", *arguments, cwd=folder)
    assert (said.returncode, says in said.stderr) == (2, True), said.stderr
