"""The command line: `vigil COMMAND`. Exits 0 when all is well, 1 when problems were found, 2 when it cannot run."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from domain.errors import VigilError

FOUND_PROBLEMS: Final = 1
CANNOT_RUN: Final = 2

app = typer.Typer(
    name="vigil",
    help="Patrol and facility monitoring: checkpoint scans, doors and equipment, judged into alarms and work orders.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
Config = Annotated[str | None, typer.Option(help="Folder of the site's YAML.", show_default="config")]
Data = Annotated[str | None, typer.Option(help="Folder for everything Vigil keeps.", show_default="vigil-data")]
Broker = Annotated[
    str | None, typer.Option(help="'bundled', or mqtt://user:password@host:1883.", show_default="bundled")
]
Speed = Annotated[float, typer.Option(min=0.001, help="How many simulated seconds pass in one real second.")]


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
    as_json: Json = False,
) -> None:
    """Check a configuration: every error with file, line and remedy."""
    from vigil.commands.check import run

    raise typer.Exit(run(config, as_json=as_json))


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


Seed = Annotated[int, typer.Option(help="Another seed, another day in the building.")]
Start = Annotated[
    str, typer.Option(help="When life begins there: HH:MM on its latest working day, an RFC 3339 time, or 'now'.")
]


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
    language: Annotated[str, typer.Option(help="Language of the console: en or zh.")] = "en",
    as_json: Json = False,
) -> None:
    """Show an office tower that lives, with simulated officers, people and machines."""
    from vigil.commands.demo import DemoOptions, run

    options = DemoOptions(
        site=site,
        start=start,
        seconds=seconds,
        speed=speed,
        seed=seed,
        broker=broker,
        port=port,
        data=data,
        language=language,
        as_json=as_json,
    )
    raise typer.Exit(run(options))


@app.command("map")
def map_devices(
    *,
    data: Data = None,
    form: Annotated[str | None, typer.Option("--format", help="Only this format, such as zigbee2mqtt.")] = None,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print the proposed mapping alone.")] = False,
    as_json: Json = False,
) -> None:
    """List foreign devices that send something and are not mapped, with a mapping to start from."""
    from vigil.commands.map import run_map

    raise typer.Exit(run_map(data, form=form, as_yaml=as_yaml, as_json=as_json))


device_app = typer.Typer(help="Credentials of devices at the bundled broker.", no_args_is_help=True)
app.add_typer(device_app, name="device")
SiteId = Annotated[str, typer.Argument(metavar="SITE", help="Id of the site.")]
DeviceId = Annotated[str, typer.Argument(metavar="DEVICE", help="Id of the device at that site.")]


@device_app.command("add")
def device_add(
    site: SiteId,
    device: DeviceId,
    *,
    data: Data = None,
    config: Config = None,
    replace: Annotated[bool, typer.Option("--replace", help="Give it a new one instead of the one it has.")] = False,
    check: Annotated[bool, typer.Option(help="Require that the configuration lists the device.")] = True,
    as_json: Json = False,
) -> None:
    """Make a credential that speaks for one device only; the password is shown once. Works while `serve` runs."""
    from vigil.commands.device import Place, add

    raise typer.Exit(add(Place(data=data, config=config), site, device, replace=replace, check=check, as_json=as_json))


@device_app.command("revoke")
def device_revoke(site: SiteId, device: DeviceId, *, data: Data = None, as_json: Json = False) -> None:
    """Revoke a device's credential: its link is cut within seconds, and nobody speaks for it any more."""
    from vigil.commands.device import Place, revoke

    raise typer.Exit(revoke(Place(data=data), site, device, as_json=as_json))


@device_app.command("list")
def device_list(*, data: Data = None, as_json: Json = False) -> None:
    """List the devices that have or had a credential of their own."""
    from vigil.commands.device import Place, show_all

    raise typer.Exit(show_all(Place(data=data), as_json=as_json))


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


quarantine_app = typer.Typer(help="Messages that were not believed or could not be judged.", no_args_is_help=True)
app.add_typer(quarantine_app, name="quarantine")
Reason = Annotated[str | None, typer.Option(help="Only what is there for this reason.")]


@quarantine_app.command("list")
def quarantine_list(
    *,
    reason: Reason = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 100,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List quarantined messages, newest first. Works while `serve` runs."""
    from vigil.commands.quarantine import run_list

    raise typer.Exit(run_list(data, reason=reason, limit=limit, as_json=as_json))


@quarantine_app.command("show")
def quarantine_show(
    seq: Annotated[int, typer.Argument(min=1, help="Its record in the journal.")],
    *,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show why a message is there, and its bytes. Works while `serve` runs."""
    from vigil.commands.quarantine import run_show

    raise typer.Exit(run_show(data, seq, as_json=as_json))


@quarantine_app.command("replay")
def quarantine_replay(
    seqs: Annotated[list[int] | None, typer.Argument(min=1, help="Records in the journal.")] = None,
    *,
    reason: Reason = None,
    data: Data = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Decode messages again under the present configuration and journal them. While `serve` does not run."""
    from vigil.commands.quarantine import run_replay

    if not seqs and reason is None:
        raise typer.BadParameter("name records by their seqs, or all of a reason with --reason")
    raise typer.Exit(run_replay(data, config, seqs or [], reason=reason, as_json=as_json))


bench_app = typer.Typer(help="Measure this machine.", no_args_is_help=True)
app.add_typer(bench_app, name="bench")


@bench_app.command("ingest")
def bench_ingest(
    *,
    seconds: Annotated[float, typer.Option(min=0.5, help="How long to measure, after a warm-up of 2 s.")] = 20.0,
    broker: Annotated[str, typer.Option(help="'bundled', 'mosquitto' (starts one), or a broker's URL.")] = "bundled",
    payload: Annotated[str, typer.Option(help="What is sent: scans, doors, readings50 or mixed.")] = "mixed",
    rate: Annotated[str, typer.Option(help="Messages a second, or 'max' for as many as go through.")] = "max",
    data: Annotated[str | None, typer.Option(help="Measure on this folder's disk.", show_default="temporary")] = None,
    as_json: Json = False,
) -> None:
    """Measure messages a second from MQTT to the committed judgement, CPU of each stage, latency and losses."""
    from vigil.commands.bench import IngestOptions, run_ingest

    options = IngestOptions(seconds=seconds, broker=broker, payload=payload, rate=rate, data=data, as_json=as_json)
    raise typer.Exit(run_ingest(options))


@bench_app.command("broker")
def bench_broker(
    *,
    seconds: Annotated[float, typer.Option(min=0.5, help="How long each turn is measured.")] = 10.0,
    rounds: Annotated[int, typer.Option(min=1, help="How many turns each of the two has.")] = 3,
    broker: Annotated[str, typer.Option(help="'bundled', 'mosquitto' (starts one), or a broker's URL.")] = "bundled",
    payload: Annotated[str, typer.Option(help="What is sent: scans, doors, readings50 or mixed.")] = "scans",
    data: Annotated[str | None, typer.Option(help="Measure on this folder's disk.", show_default="temporary")] = None,
    as_json: Json = False,
) -> None:
    """Measure what the broker gives to a consumer that does nothing, and what share of that Vigil takes."""
    from vigil.commands.bench import FASTEST, IngestOptions, run_broker

    options = IngestOptions(seconds=seconds, broker=broker, payload=payload, rate=FASTEST, data=data, as_json=as_json)
    raise typer.Exit(run_broker(options, rounds))


def main() -> None:
    """Run the command line; what Vigil refuses on purpose is a sentence, not a traceback."""
    from vigil.configuration.problem import ConfigurationInvalid

    try:
        app()
    except (VigilError, ConfigurationInvalid) as error:
        print(f"vigil: {error}", file=sys.stderr)  # noqa: T201 - the terminal is where it is asked
        sys.exit(CANNOT_RUN)
    except KeyboardInterrupt:
        sys.exit(130)
