"""The command line: `vigil COMMAND`. Exits 0 when all is well, 1 when problems were found, 2 when it cannot run."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from domain.errors import VigilError
from vigil.cli_foreign import map_devices, raw_app
from vigil.cli_groups import bench_app, device_app, notify_app, quarantine_app
from vigil.cli_import import import_app
from vigil.cli_judging import backtest, judge
from vigil.cli_options import Broker, Config, Data, Json, Language, Seed, Speed, Start
from vigil.cli_plan import plan_app

FOUND_PROBLEMS: Final = 1
CANNOT_RUN: Final = 2

app = typer.Typer(
    name="vigil",
    help="Patrol and facility monitoring: checkpoint scans, doors and equipment, judged into alarms and work orders.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(device_app, name="device")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(bench_app, name="bench")
app.add_typer(notify_app, name="notify")
app.add_typer(import_app, name="import")
app.add_typer(plan_app, name="plan")


@app.command()
def serve(  # noqa: PLR0913 - one option per setting
    *,
    data: Data = None,
    config: Config = None,
    broker: Broker = None,
    host: Annotated[str | None, typer.Option(help="Address of the API.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the API; 0 takes a free one.", show_default="8080")] = None,
    mqtt_host: Annotated[str | None, typer.Option(help="Address of the bundled broker.")] = None,
    mqtt_port: Annotated[int | None, typer.Option(help="Port of the bundled broker.", show_default="1883")] = None,
    mqtt_username: Annotated[str | None, typer.Option(help="User name at the broker.")] = None,
    mqtt_tls_cert: Annotated[str | None, typer.Option(help="Certificate chain (PEM) of the bundled broker.")] = None,
    mqtt_tls_key: Annotated[str | None, typer.Option(help="Key (PEM) of that certificate.")] = None,
    mqtt_tls_ca: Annotated[
        str | None, typer.Option(help="Authorities (PEM) whose certificate whoever connects must show.")
    ] = None,
    mqtt_ca: Annotated[str | None, typer.Option(help="Authorities (PEM) to believe at an mqtts:// broker.")] = None,
    mqtt_client_cert: Annotated[str | None, typer.Option(help="Certificate (PEM) to show to the broker.")] = None,
    mqtt_client_key: Annotated[str | None, typer.Option(help="Key (PEM) of that certificate.")] = None,
    allow_plain_mqtt: Annotated[
        bool | None,
        typer.Option("--allow-plain-mqtt", help="Let the bundled broker listen beyond loopback without TLS."),
    ] = None,
    shared_device_login: Annotated[
        bool | None, typer.Option(help="Let devices without a credential share one.", show_default="on loopback")
    ] = None,
    tls_cert: Annotated[str | None, typer.Option(help="Certificate chain (PEM) for HTTPS.")] = None,
    tls_key: Annotated[str | None, typer.Option(help="Key (PEM) of the certificate.")] = None,
    allow_plain_http: Annotated[
        bool | None, typer.Option("--allow-plain-http", help="Listen beyond loopback without TLS.")
    ] = None,
    instance: Annotated[str | None, typer.Option(help="Name of this installation at the broker.")] = None,
    channels: Annotated[str | None, typer.Option(help="Channels, parted by commas: console,mqtt.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the console: en or zh.")] = None,
    clock_speed: Annotated[float | None, typer.Option(help="Run the clock faster (rehearsals).")] = None,
    clock_origin: Annotated[str | None, typer.Option(help="Start the clock at this RFC 3339 time.")] = None,
    settings: Annotated[Path | None, typer.Option(help="Settings file.", show_default="vigil.toml if there")] = None,
    print_settings: Annotated[bool, typer.Option("--print-settings", help="Show each setting and its source.")] = False,
) -> None:
    """Run Vigil: take messages in, judge them, show alarms and work orders."""
    given = {name: value for name, value in locals().items() if name not in {"settings", "print_settings"}}
    from vigil.commands.serve import print_sources, run
    from vigil.settings import read_settings

    sourced = read_settings(given, file=settings)
    if print_settings:
        print_sources(sourced)
    else:
        run(sourced.settings)


@app.command()
def check(
    config: Annotated[Path, typer.Argument(help="Folder of the site's YAML.")] = Path("config"),
    *,
    run_tests: Annotated[
        bool, typer.Option("--run-tests", help="Also run the tests of your rules and of the packs.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a configuration: every error with file, line and remedy."""
    from vigil.commands.check import run

    raise typer.Exit(run(config, as_json=as_json, run_tests=run_tests))


@app.command()
def play(  # noqa: PLR0913 - one option per choice
    files: Annotated[list[Path], typer.Argument(help="Recorded CSV files, played one after the other.")],
    *,
    mapping: Annotated[Path, typer.Option("--map", help="Mapping of columns to points or checkpoints (YAML).")],
    speed: Speed = 1.0,
    broker: Annotated[str | None, typer.Option(help="Broker to publish to: mqtt://user:password@host:1883.")] = None,
    data: Data = None,
    config: Config = None,
    keep_time: Annotated[
        bool, typer.Option("--keep-time", help="Keep the recorded times: runs a Vigil of its own on a virtual clock.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Publish at most this many messages.")] = None,
    as_json: Json = False,
) -> None:
    """Publish a recording over MQTT as the devices would have."""
    from vigil.commands.play import PlayOptions, run

    options = PlayOptions(
        files=tuple(files),
        mapping=mapping,
        speed=speed,
        broker=broker,
        data=data,
        config=config,
        keep_time=keep_time,
        limit=limit,
        as_json=as_json,
    )
    raise typer.Exit(run(options))


@app.command()
def learn(
    file: Annotated[Path, typer.Argument(help="A recording of normal operation (CSV).")],
    *,
    mapping: Annotated[Path, typer.Option("--map", help="Mapping of columns to points (YAML).")],
    point: Annotated[list[str] | None, typer.Option(help="Only these points.")] = None,
) -> None:
    """Learn limits from a recording of normal operation and print them as rules (YAML)."""
    from vigil.commands.learn import run

    raise typer.Exit(run(file, mapping, tuple(point or ())))


app.command("judge")(judge)


@app.command()
def replay(
    *,
    data: Data = None,
    compare: Annotated[bool, typer.Option("--compare", help="Hold each effect against the stored one.")] = False,
    until: Annotated[int | None, typer.Option(min=1, help="Stop at this seq.")] = None,
    as_json: Json = False,
) -> None:
    """Judge the stored journal again, as fast as possible."""
    from vigil.commands.replay import run

    raise typer.Exit(run(data, compare=compare, until=until, as_json=as_json))


app.command("backtest")(backtest)


@app.command()
def demo(  # noqa: PLR0913 - one option per choice
    *,
    site: Annotated[str, typer.Option(help="'tower', 'riverside', or a folder of YAML.")] = "tower",
    start: Start = "07:25",
    seconds: Annotated[
        float | None, typer.Option("--for", min=1, help="End by itself after this many seconds.")
    ] = None,
    speed: Speed = 20.0,
    seed: Seed = 1,
    broker: Annotated[str, typer.Option(help="'bundled', or the URL of a broker.")] = "bundled",
    port: Annotated[int, typer.Option(help="Port of the API; 0 takes a free one.")] = 0,
    data: Annotated[str | None, typer.Option(help="Keep the data here instead of a temporary folder.")] = None,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Show an office tower that lives, with simulated officers, people and machines."""
    from vigil.commands.demo import DemoOptions, run
    from vigil.spoken_language import spoken_language

    options = DemoOptions(
        site=site,
        start=start,
        seconds=seconds,
        speed=speed,
        seed=seed,
        broker=broker,
        port=port,
        data=data,
        language=spoken_language(language),
        as_json=as_json,
    )
    raise typer.Exit(run(options))


app.command("map")(map_devices)
app.add_typer(raw_app, name="raw")


@app.command()
def simulate(  # noqa: PLR0913 - one option per choice
    *,
    site: Annotated[str, typer.Option(help="'tower', 'riverside', or a folder of YAML.")] = "tower",
    devices: Annotated[
        int | None, typer.Option(min=1, help="Instead of a site: this many devices that nobody has configured.")
    ] = None,
    rate: Annotated[float, typer.Option(min=0.001, help="Messages a second that these send together.")] = 10.0,
    broker: Annotated[
        str | None,
        typer.Option(help="mqtt://user:password@host:1883.", show_default="the bundled one of --data"),
    ] = None,
    data: Data = None,
    seconds: Annotated[
        float | None, typer.Option("--for", min=1, help="End by itself after this many seconds.")
    ] = None,
    speed: Speed = 1.0,
    seed: Seed = 1,
    start: Start = "now",
    as_json: Json = False,
) -> None:
    """Speak as the devices of a site would, or as any number of unknown ones, to a Vigil that runs somewhere."""
    from vigil.commands.simulate import SimulateOptions, run

    options = SimulateOptions(
        site=site,
        devices=devices,
        rate=rate,
        broker=broker,
        data=data,
        seconds=seconds,
        speed=speed,
        seed=seed,
        start=start,
        as_json=as_json,
    )
    raise typer.Exit(run(options))


notify_app = typer.Typer(help="The channels that tell people.", no_args_is_help=True)
app.add_typer(notify_app, name="notify")


@notify_app.command("test")
def notify_test(
    recipient: Annotated[str, typer.Argument(metavar="CHANNEL[/NAME]", help="As routes write it: duty-mail/manager.")],
    *,
    data: Data = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Send a test notice at once. Works while `serve` runs."""
    from vigil.commands.notify import run_test

    raise typer.Exit(run_test(recipient, data, config, as_json=as_json))


Keys = Annotated[
    Path | None, typer.Option(help="Folder of the backup's keys.", show_default="beside the backup, named BACKUP.keys")
]


@app.command()
def verify(
    *,
    data: Data = None,
    heads: Annotated[
        Path | None,
        typer.Option(help="Witnesses kept elsewhere: a backup or a heads file.", show_default="heads.json in --data"),
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Also judge the journal again and compare every effect.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Verify that everything kept is as it was written. Changes nothing; works while `serve` runs."""
    from vigil.commands.verify import run

    raise typer.Exit(run(data, heads=heads, replay=replay, as_json=as_json))


@app.command()
def labels(
    site: Annotated[str, typer.Argument(metavar="SITE", help="Id of the site.")],
    *,
    out: Annotated[Path, typer.Option(help="The PDF to write.")] = Path("labels.pdf"),
    checkpoint: Annotated[list[str] | None, typer.Option(help="Only this checkpoint; may be given again.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write labels of checkpoints as PDF: QR code, names in both languages, and the text for the NFC tag."""
    from vigil.commands.labels import run

    raise typer.Exit(run(config, site, out, tuple(checkpoint or ()), as_json=as_json))


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="Folder to make; it must not exist.")],
    *,
    data: Data = None,
    keys: Keys = None,
    leave_keys: Annotated[bool, typer.Option("--no-keys", help="Leave keys and passwords out.")] = False,
    as_json: Json = False,
) -> None:
    """Copy journal, state, people, snapshots and telemetry, and apart from them the keys. Works while `serve` runs."""
    from vigil.commands.backup import run

    raise typer.Exit(run(data, target, keys=keys, leave_keys=leave_keys, as_json=as_json))


@app.command()
def restore(
    backup: Annotated[Path, typer.Argument(help="Folder that `vigil backup` made.")],
    *,
    data: Data = None,
    keys: Keys = None,
    as_json: Json = False,
) -> None:
    """Bring a backup back into an empty data folder, from which `serve` goes on."""
    from vigil.commands.restore import run

    raise typer.Exit(run(backup, data, keys=keys, as_json=as_json))


@bench_app.command("rules")
def bench_rules(
    *,
    mix: Annotated[
        str, typer.Option(help="limits, rates, stale, expressions, guards, windows, pairs (two points a rule), or all.")
    ] = "all",
    points: Annotated[int, typer.Option(min=1, help="How many points.")] = 100_000,
    rounds: Annotated[int, typer.Option(min=1, help="How many readings of each.")] = 3,
    as_json: Json = False,
) -> None:
    """Measure how many readings a second the rules judge, in processor time of one core."""
    from vigil.commands.bench import run_rules

    raise typer.Exit(run_rules(mix, points, rounds, as_json=as_json))


def main() -> None:
    """Run the command line; what Vigil refuses on purpose is a sentence, not a traceback."""
    from vigil.configuration.problem import ConfigurationInvalid

    try:
        app()
    except (VigilError, ConfigurationInvalid) as error:
        print(f"vigil: {error}", file=sys.stderr)  # noqa: T201 - the terminal is where it is asked
        sys.exit(CANNOT_RUN)
    except OSError as error:
        # A file or folder that a command did not expect to be closed to it; what has no name is no fault of theirs.
        if error.filename is None:
            raise
        remedy = "let this user read and write it, or name another place"
        print(f"vigil: {error.filename} cannot be used ({error.strerror}): {remedy}", file=sys.stderr)  # noqa: T201
        sys.exit(CANNOT_RUN)
    except KeyboardInterrupt:
        sys.exit(130)
