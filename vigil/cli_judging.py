"""Commands that judge what is recorded or stored by rules on trial: `vigil judge` and `vigil backtest`."""

from pathlib import Path
from typing import Annotated

import typer

from vigil.cli_options import Data, Json, Language


def judge(
    files: Annotated[list[Path], typer.Argument(help="Recorded CSV files, judged one after the other.")],
    *,
    mapping: Annotated[Path, typer.Option("--map", help="Mapping of columns to points (YAML).")],
    config: Annotated[Path, typer.Option(help="Folder of the site's YAML, with its rules.")] = Path("config"),
    rule: Annotated[list[str] | None, typer.Option(help="Only these rules.")] = None,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Judge recorded columns by the configured rules, without the service: what they would have raised and cleared."""
    from vigil.commands.judge import JudgeOptions, run
    from vigil.spoken_language import spoken_language

    options = JudgeOptions(
        files=tuple(files),
        mapping=mapping,
        config=config,
        rules=tuple(rule or ()),
        language=spoken_language(language),
        as_json=as_json,
    )
    raise typer.Exit(run(options))


def backtest(
    *,
    rules: Annotated[Path, typer.Option(help="Folder of the configuration on trial.")],
    data: Data = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Compare what was raised from this RFC 3339 time.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="And before this one; later records are not judged.")] = None,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Judge the stored history by other rules: what they would have raised, against what was raised."""
    from vigil.commands.backtest import BacktestOptions, run
    from vigil.spoken_language import spoken_language

    spoken = spoken_language(language)
    options = BacktestOptions(rules=rules, data=data, start=start, end=end, language=spoken, as_json=as_json)
    raise typer.Exit(run(options))
