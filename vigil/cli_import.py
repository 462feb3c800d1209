"""`vigil import ...`: what other systems recorded, judged."""

from pathlib import Path
from typing import Annotated

import typer

from vigil.cli_options import Json, Language

import_app = typer.Typer(help="Judge what other systems recorded.", no_args_is_help=True)


@import_app.command("passes")
def import_passes(
    file: Annotated[Path, typer.Argument(help="The log: CSV with time, who and checkpoint, perhaps kind.")],
    *,
    mapping: Annotated[Path, typer.Option("--map", help="What its columns mean, and the rules (YAML).")],
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Judge a log of passes: who may pass where and when, by which way and how fast. Keeps nothing."""
    from vigil.commands.import_passes import run
    from vigil.spoken_language import spoken_language

    raise typer.Exit(run(file, mapping, spoken_language(language), as_json=as_json))
