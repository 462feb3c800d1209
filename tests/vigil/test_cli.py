"""The command line itself: help for everything, two for what cannot run, sentences instead of tracebacks."""

import json
from pathlib import Path

import pytest
import typer.main

from tests.vigil.recordings import FLOW_MAP
from tests.vigil.running_service import SITE, one_sentence, vigil, vigil_here, write_site
from vigil.cli import app

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_the_commands_that_there_are(tmp_path: Path) -> None:
    assert set(COMMANDS) >= {"serve", "check", "play", "learn", "replay", "demo"}
    overview = vigil_here("--help", cwd=tmp_path)
    assert overview.returncode == 0
    for command in COMMANDS:
        assert f" {command} " in overview.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_and_refuses_unknown_options(command: str, tmp_path: Path) -> None:
    helped = vigil_here(command, "--help", cwd=tmp_path)
    assert (helped.returncode, helped.stderr) == (0, "")
    assert f"Usage: vigil {command}" in helped.stdout.replace("python -m ", "")
    wrong = vigil_here(command, "--no-such-option", cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "No such option" in wrong.stderr
    assert "Traceback" not in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("serve",), "config: is not a folder"),
        (("serve", "--config", "good", "--broker", "mqtt://"), "broker cannot be used"),
        (("serve", "--config", "good", "--port", "70000"), "port 70000 is no port"),
        (("serve", "--config", "good", "--host", "0.0.0.0"), "is not loopback and there is no TLS"),
        (("serve", "--config", "good", "--language", "fr"), "language 'fr' is not spoken"),
        (("serve", "--config", "good", "--channels", "pigeon"), "channel 'pigeon'"),
        (("serve", "--config", "good", "--data", "file"), "data folder file cannot be made"),
        (("serve", "--config", "good", "--settings", "none.toml"), "settings file none.toml cannot be read"),
        (
            ("serve", "--config", "good", "--settings", "good"),
            "good cannot be read: Is a directory: make it a file that",
        ),
        (("serve", "--config", "good", "--settings", "no.toml"), "line 1, column 1): write it as TOML"),
        (("restore", "good", "--data", "new"), "name a folder that `vigil backup` has written"),
        (("notify", "test", "mail", "--config", "good"), "known are none; add it under `channels:`"),
        (("serve", "--config", "good", "--settings", "wrong.toml"), "settings file wrong.toml has unknown names: prot"),
        (("judge", "good", "--map", "map.yaml", "--config", "good"), "good: cannot be read: Is a directory"),
        (("judge", "file", "--map", "map.yaml", "--config", "good"), "file:1: the file is empty"),
        (("demo", "--broker", "somewhere"), "broker cannot be used"),
        (("demo", "--language", "fr"), "language 'fr' is not spoken"),
    ],
)
def test_what_cannot_run_is_said_in_a_sentence(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    write_site(tmp_path / "good")
    (tmp_path / "file").write_text("")
    (tmp_path / "wrong.toml").write_text("prot = 8080\n")
    (tmp_path / "no.toml").write_text(": 1\n")
    (tmp_path / "map.yaml").write_text(FLOW_MAP)
    refused = vigil_here(*arguments, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, ""), refused.stdout + refused.stderr
    assert one_sentence(refused.stderr), refused.stderr
    assert said in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [("demo", "--speed", "0"), ("demo", "--for", "soon"), ("play",), ("replay", "--until", "0"), ("nonsense",)],
)
def test_a_wrong_value_or_none_where_one_is_needed_exits_two(arguments: tuple[str, ...], tmp_path: Path) -> None:
    refused = vigil_here(*arguments, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Traceback" not in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "X"),
        ("replay", "--data", "X"),
        ("verify", "--data", "X"),
        ("backup", "there", "--data", "X"),
        ("map", "--data", "X"),
        ("device", "list", "--data", "X"),
        ("demo", "--data", "X"),
        ("judge", "X", "--map", "X", "--config", "good"),
    ],
)
def test_a_place_that_the_system_refuses_is_named_in_a_sentence(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """A name too long is refused to everybody; without the permission it is the same."""
    write_site(tmp_path / "good")
    long = "x" * 300
    refused = vigil_here(*(long if each == "X" else each for each in arguments), cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert one_sentence(refused.stderr), refused.stderr
    assert long in refused.stderr
    assert "File name too long" in refused.stderr


def test_settings_are_shown_with_their_sources_and_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "vigil.toml").write_text('language = "zh"\n')
    shown = vigil_here(
        "serve",
        "--print-settings",
        "--port",
        "8090",
        cwd=tmp_path,
        VIGIL_BROKER="mqtt://vigil:very-secret@broker.example:1883",
        VIGIL_MQTT_PASSWORD="another-secret",
    )
    assert (shown.returncode, shown.stderr) == (0, "")
    rows = {line.split()[1]: line for line in shown.stdout.splitlines() if line.startswith("│")}
    for name, value, source in (
        ("port", "8090", "command line"),
        ("language", "zh", "file"),
        ("broker", "(set)", "environment"),
        ("mqtt-password", "(set)", "environment"),
        ("host", "127.0.0.1", "default"),
    ):
        assert value in rows[name]
        assert source in rows[name]
    assert "secret" not in shown.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["vigil.toml"], "it only looks"


def test_as_a_process_it_exits_alike(tmp_path: Path) -> None:
    """What the other tests see from inside is what a shell sees."""
    write_site(tmp_path / "config")
    good = vigil("check", "--json", cwd=tmp_path)
    assert (good.returncode, good.stderr, json.loads(good.stdout)["ok"]) == (0, "", True)
    write_site(tmp_path / "bad", SITE.replace("zone: ground", "zone: grund"))
    bad = vigil("check", "bad", cwd=tmp_path)
    assert (bad.returncode, bad.stderr) == (1, "")
    refused = vigil("serve", "--config", "nowhere", cwd=tmp_path)
    assert (refused.returncode, refused.stdout, one_sentence(refused.stderr)) == (2, "", True)
