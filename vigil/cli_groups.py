"""Commands that come in groups: `vigil device add`, `vigil quarantine list`, `vigil bench ingest`."""

from typing import Annotated

import typer

from vigil.cli_options import Config, Data, Json

device_app = typer.Typer(help="Credentials of devices at the bundled broker.", no_args_is_help=True)
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


@device_app.command("token")
def device_token(
    site: SiteId,
    device: DeviceId,
    *,
    data: Data = None,
    config: Config = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Let the device's token open nothing any more.")] = False,
    url: Annotated[str | None, typer.Option(help="Where phones reach Vigil: https://vigil.example:8080.")] = None,
    as_json: Json = False,
) -> None:
    """Make the token with which an officer's phone sends observations to the API; shown once, replaces the former."""
    from vigil.commands.device import Place
    from vigil.commands.phone_token import run

    raise typer.Exit(run(Place(data=data, config=config), site, device, revoke=revoke, as_json=as_json, url=url))


@device_app.command("list")
def device_list(*, data: Data = None, as_json: Json = False) -> None:
    """List the devices that have or had a credential of their own."""
    from vigil.commands.device import Place, show_all

    raise typer.Exit(show_all(Place(data=data), as_json=as_json))


quarantine_app = typer.Typer(help="Messages that were not believed or could not be judged.", no_args_is_help=True)
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


notify_app = typer.Typer(help="The channels that tell people.", no_args_is_help=True)


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
