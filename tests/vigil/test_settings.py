"""Settings: which of the four sources holds, that each is named, and what is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vigil.settings import CHANNELS, FILE_NAME, Settings, SettingsInvalid, Source, Sourced, read_settings

PASSWORD = "tulip-42"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start where no settings file is, and no variable of the machine reaches the test."""
    monkeypatch.chdir(tmp_path)


def settled(
    command_line: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    toml: str | None = None,
) -> Sourced:
    """Read the settings; `toml` is written to the file that is found by its name."""
    if toml is not None:
        Path(FILE_NAME).write_text(toml, encoding="utf-8")
    return read_settings(command_line or {}, environment or {})


def refusal(
    command_line: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    toml: str | None = None,
) -> str:
    with pytest.raises(SettingsInvalid) as refused:
        settled(command_line, environment, toml)
    return str(refused.value)


def test_without_a_word_the_defaults_hold_and_are_safe() -> None:
    sourced = settled()
    assert sourced.settings == Settings()
    assert set(sourced.sources.values()) == {Source.DEFAULT}
    assert set(sourced.sources) == set(Settings.__struct_fields__)
    assert (sourced.settings.host, sourced.settings.mqtt_host) == ("127.0.0.1", "127.0.0.1")


@pytest.mark.parametrize(
    ("toml", "environment", "command_line", "port", "source"),
    [
        (None, {}, {}, 8080, Source.DEFAULT),
        ("port = 1001", {}, {}, 1001, Source.FILE),
        ("port = 1001", {"VIGIL_PORT": "1002"}, {}, 1002, Source.ENVIRONMENT),
        ("port = 1001", {"VIGIL_PORT": "1002"}, {"port": 1003}, 1003, Source.COMMAND_LINE),
        ("port = 1001", {"VIGIL_PORT": "1002"}, {"port": None}, 1002, Source.ENVIRONMENT),
        (None, {}, {"port": 0}, 0, Source.COMMAND_LINE),
    ],
)
def test_the_nearer_source_holds_and_is_named(
    toml: str | None, environment: dict[str, str], command_line: dict[str, Any], port: int, source: Source
) -> None:
    sourced = settled(command_line, environment, toml)
    assert (sourced.settings.port, sourced.sources["port"]) == (port, source)


def test_each_setting_has_a_source_of_its_own() -> None:
    sourced = settled({"data": "d"}, {"VIGIL_LANGUAGE": "zh", "HOME": "/"}, 'instance = "two"')
    named = {name: source for name, source in sourced.sources.items() if source is not Source.DEFAULT}
    assert named == {"data": Source.COMMAND_LINE, "language": Source.ENVIRONMENT, "instance": Source.FILE}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("VIGIL_MQTT_PORT", "0", 0),
        ("VIGIL_CLOCK_SPEED", "60", 60.0),
        ("VIGIL_ALLOW_PLAIN_HTTP", "true", True),
        ("VIGIL_ALLOW_PLAIN_HTTP", "0", False),
        ("VIGIL_CHANNELS", "mqtt", ("mqtt",)),
        ("VIGIL_CHANNELS", " console , mqtt,", CHANNELS),
        ("VIGIL_CHANNELS", "", ()),
        ("VIGIL_MQTT_USERNAME", "12", "12"),
        ("VIGIL_CLOCK_ORIGIN", "2026-11-23T07:30:00Z", "2026-11-23T07:30:00Z"),
    ],
)
def test_text_of_the_environment_becomes_the_settings_type(name: str, text: str, value: Any) -> None:  # noqa: ANN401
    found = getattr(settled(environment={name: text}).settings, name.removeprefix("VIGIL_").lower())
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_file_may_be_named(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "mine.toml").write_text('channels = ["mqtt"]\nclock_speed = 2', encoding=encoding)
    sourced = read_settings({}, {}, tmp_path / "mine.toml")
    assert (sourced.settings.channels, sourced.settings.clock_speed) == (("mqtt",), 2.0)


def test_the_environment_of_the_process_is_read_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_PORT", "1004")
    assert read_settings({}).settings.port == 1004


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"port = ", "cannot be read"),
        (b"port = 1\nport = 2", "cannot be read"),
        (b'port = 1\ndata = "caf\xe9"', "line 2 is not UTF-8: save the file as UTF-8"),
        ("port = 1".encode("utf-16"), "line 1 is not UTF-8"),
        (b"port = " + b"[" * 100_000, "cannot be read"),
        (b"prot = 1\nhots = 2", "unknown names: hots, prot. Known are: allow_plain_http, "),
        (b"[mqtt]\nport = 1", "unknown names: mqtt"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsInvalid) as refused:
        read_settings({}, {}, path)
    assert str(path) in str(refused.value)
    assert words in str(refused.value)


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"absent\.toml cannot be read"):
        read_settings({}, {}, tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("toml", "environment", "command_line", "words"),
    [
        ("port = true", {}, {}, "setting port = True from the file is wrong"),
        ("data = 5", {}, {}, "setting data = 5 from the file is wrong"),
        ("channels = [1]", {}, {}, "setting channels = [1] from the file is wrong"),
        ("allow_plain_http = 1", {}, {}, "setting allow-plain-http = 1 from the file is wrong"),
        (None, {"VIGIL_PORT": "eighty"}, {}, "setting port = 'eighty' from the environment is wrong"),
        (None, {"VIGIL_PORT": ""}, {}, "setting port = '' from the environment is wrong"),
        (None, {"VIGIL_ALLOW_PLAIN_HTTP": "perhaps"}, {}, "setting allow-plain-http = 'perhaps' from the environment"),
        (None, {}, {"clock_speed": "fast"}, "setting clock-speed = 'fast' from the command line is wrong"),
    ],
)
def test_a_wrong_type_is_refused_with_name_and_source(
    toml: str | None, environment: dict[str, str], command_line: dict[str, Any], words: str
) -> None:
    assert words in refusal(command_line, environment, toml)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"port": 65536}, "port 65536 is no port: give 1 to 65535, or 0 for a free one"),
        ({"mqtt_port": -1}, "mqtt-port -1 is no port"),
        ({"clock_speed": 0.0}, "clock-speed 0.0 is no positive number: give 1"),
        ({"clock_speed": -2.0}, "clock-speed -2.0 is no positive number"),
        ({"clock_speed": float("nan")}, "clock-speed nan is no positive number"),
        ({"clock_speed": "inf"}, "clock-speed inf is no positive number"),
        ({"language": "fr"}, "language 'fr' is not spoken: give en or zh"),
        ({"channels": "console,pager"}, "channel 'pager' in channels is not known: give console, mqtt"),
        ({"clock_origin": "tomorrow"}, "clock-origin cannot be used: 'tomorrow' is not an RFC 3339 time"),
        ({"clock_origin": "2026-11-23T07:30:00"}, "clock-origin cannot be used"),
        ({"broker": "amqp://host"}, "broker cannot be used"),
        ({"tls_cert": "c.pem"}, "tls-cert and tls-key go together"),
        ({"tls_key": "k.pem"}, "tls-cert and tls-key go together"),
    ],
)
def test_a_value_that_would_not_work_is_refused(given: dict[str, Any], words: str) -> None:
    assert words in refusal(given)


def test_all_that_would_not_work_is_said_at_once() -> None:
    words = refusal({"port": -1, "language": "fr", "host": "0.0.0.0"})
    assert all(each in words for each in ("port -1", "language 'fr'", "host '0.0.0.0'"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "vigil.example", "127.0.0.1.example"])
def test_listening_beyond_loopback_without_tls_is_refused(host: str) -> None:
    words = refusal({"host": host})
    assert f"host {host!r} is not loopback" in words
    assert "--tls-cert" in words
    assert "--allow-plain-http" in words


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_tls(host: str) -> None:
    assert settled({"host": host}).settings.host == host


@pytest.mark.parametrize("allowance", [{"tls_cert": "c.pem", "tls_key": "k.pem"}, {"allow_plain_http": True}])
def test_beyond_loopback_is_allowed_with_tls_or_a_word(allowance: dict[str, Any]) -> None:
    assert settled({"host": "0.0.0.0", **allowance}).settings.host == "0.0.0.0"


@pytest.mark.parametrize(
    ("toml", "command_line"),
    [
        (f'mqtt_password = ["{PASSWORD}"]', {}),
        (f'broker = ["mqtt://u:{PASSWORD}@h"]', {}),
        (None, {"broker": f"amqp://u:{PASSWORD}@h"}),
        (None, {"broker": f"mqtt://u:{PASSWORD}@h:port"}),
        (f'mqtt_password = "{PASSWORD}', {}),
    ],
)
def test_no_refusal_tells_a_secret(toml: str | None, command_line: dict[str, Any]) -> None:
    assert PASSWORD not in refusal(command_line, toml=toml)


def test_the_settings_can_be_logged() -> None:
    settings = settled({"mqtt_password": PASSWORD, "broker": f"mqtt://u:{PASSWORD}@h", "data": "there"}).settings
    assert PASSWORD not in f"{settings!r} {settings}"
    assert "data='there'" in repr(settings)
    assert "broker=(hidden)" in repr(settings)
    assert "broker='bundled'" in repr(Settings())
    assert msgspec.structs.replace(settings, data="here").mqtt_password == PASSWORD
