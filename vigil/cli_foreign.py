"""The commands about devices of other makers: `vigil map` and `vigil raw`."""

from typing import Annotated

import typer

from vigil.cli_options import Config, Data, Json

raw_app = typer.Typer(help="Foreign messages of the last week, as they came.", no_args_is_help=True)


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


@raw_app.command("list")
def raw_list(
    *, data: Data = None, limit: Annotated[int, typer.Option(min=1, help="How many.")] = 50, as_json: Json = False
) -> None:
    """Show the newest copies, and how many records each message made."""
    from vigil.commands.raw import run_list

    raise typer.Exit(run_list(data, limit=limit, as_json=as_json))


@raw_app.command("replay")
def raw_replay(*, data: Data = None, config: Config = None, as_json: Json = False) -> None:
    """Decode again what made no record, under the present mapping; while no service runs."""
    from vigil.commands.raw import run_replay

    raise typer.Exit(run_replay(data, config, as_json=as_json))
