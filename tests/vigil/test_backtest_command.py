"""`vigil backtest` over the data folder of a Vigil that has run."""

import io
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from domain.instant import to_iso
from runtime.backtest import Verdict
from tests.samples import NOW
from tests.vigil.lived_data import LivedData
from tests.vigil.running_service import one_sentence, vigil_here
from vigil.commands.backtest_console import verdict_table
from vigil.configuration.loading import load_configuration

SITE = """
site:
  id: tower
  name: Tower
  timezone: UTC
  zones: [{id: house, name: House}]
  equipment: [{id: pump, zone: house, equipment_class: pump, name: Pump}]
  points: [{id: flow, name: Flow, equipment: pump, unit: m3/h, interval_seconds: 20}]
  devices: [{id: gateway, name: Gateway, kind: gateway, points: [flow]}]
rules:
  - id: no-flow
    kind: limit
    name: No flow
    priority: high
    subjects: [flow]
    makes_order: true
    parameters: {low: 20, on_delay_seconds: 30}
"""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes of low flow, then enough; beside the data the rules as they were and others."""
    root = tmp_path_factory.mktemp("lived")
    for name, text in (
        ("same", SITE),
        ("slow", SITE.replace("30}", "60}").replace("makes_order: true", "makes_order: false")),
    ):
        (root / name).mkdir()
        (root / name / "tower.yaml").write_text(text, encoding="utf-8")
    with LivedData(root / "data", configuration=load_configuration(root / "same").configuration) as data:
        for flow in (5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 30.0):
            data.send("gateway", "readings", points=["flow"], values=[flow])
            data.settle()
            data.clock.race(20.0)
        assert data.raised("no-flow") == ["flow"]
    return root


def test_the_same_rules_find_the_same(lived: Path) -> None:
    done = vigil_here("backtest", "--rules", "same", "--data", "data", "--json", cwd=lived)
    assert done.returncode == 0, done.stdout + done.stderr
    said = msgspec.json.decode(done.stdout)
    assert (said["equal"], said["complete"]) == (True, True)
    assert said["verdicts"] == {"no-flow": {"raised": 0, "missed": 0, "earlier": 0, "later": 0, "same": 1}}


def test_other_rules_differ_and_the_exit_status_says_so(lived: Path) -> None:
    done = vigil_here("backtest", "--rules", "slow", "--data", "data", "--json", cwd=lived)
    assert done.returncode == 1, done.stdout + done.stderr
    said = msgspec.json.decode(done.stdout)
    (found,) = said["occurrences"]
    assert (found["rule"], found["subject"], found["verdict"], found["seconds"]) == ("no-flow", "flow", "later", 30.0)
    assert (found["was"]["raised_at"], found["was"]["order"]) == (to_iso(NOW + 30_000_000), True)
    assert (found["would"]["raised_at"], found["would"]["order"]) == (to_iso(NOW + 60_000_000), False)
    assert said["orders"] == {"no-flow": {"was": 1, "would": 0}}
    plain = vigil_here("backtest", "--rules", "slow", "--data", "data", cwd=lived)
    assert plain.returncode == 1
    was, would = to_iso(NOW + 30_000_000), to_iso(NOW + 60_000_000)
    assert f"later  no-flow on flow  was {was}  would be {would}" in plain.stdout
    chinese = vigil_here("backtest", "--rules", "slow", "--data", "data", cwd=lived, VIGIL_LANGUAGE="zh").stdout
    assert f"推迟  no-flow（flow）  当时 {was}  现在 {would}" in chinese
    assert "已判断" in chinese


@pytest.mark.parametrize(
    ("language", "verdicts"), [("en", tuple(Verdict)), ("zh", ("多报", "漏报", "提前", "推迟", "一致"))]
)
def test_the_table_names_rules_whole_on_a_narrow_screen(language: str, verdicts: tuple[str, ...]) -> None:
    counted = dict.fromkeys(map(str, Verdict), 0)
    rules = ("no-flow", "vigil-undecided-rule")
    orders = {rule: {"was": 1, "would": 2} for rule in rules}
    table = verdict_table(dict.fromkeys(rules, counted), orders, language)
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(table)
    shown = console.export_text()
    assert all(rule in shown for rule in rules)
    assert all(verdict in shown for verdict in verdicts)
    assert max(cell_len(line) for line in shown.splitlines()) <= 80


def test_a_span_without_anything_is_equal(lived: Path) -> None:
    arguments = ("backtest", "--rules", "slow", "--data", "data", "--json", "--from", to_iso(NOW + 3_600_000_000))
    done = vigil_here(*arguments, cwd=lived)
    assert done.returncode == 0
    assert msgspec.json.decode(done.stdout)["occurrences"] == []
    early = vigil_here("backtest", "--rules", "slow", "--data", "data", "--json", "--to", to_iso(NOW), cwd=lived)
    assert early.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rules", "same", "--data", "nowhere"), "nowhere holds no journal"),
        (("--rules", "nowhere", "--data", "data"), "is not a folder"),
        (("--rules", "same", "--data", "data", "--from", "soon"), "'soon' is not an RFC 3339 time"),
        (
            ("--rules", "same", "--data", "data", "--from", to_iso(NOW), "--to", to_iso(NOW)),
            "--to must be after --from",
        ),
    ],
)
def test_what_cannot_run_is_said(lived: Path, arguments: tuple[str, ...], said: str) -> None:
    refused = vigil_here("backtest", *arguments, cwd=lived)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    assert one_sentence(refused.stderr) or said == "is not a folder"
