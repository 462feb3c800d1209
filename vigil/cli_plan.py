"""`vigil plan ...`: proposals that a supervisor accepts."""

from pathlib import Path
from typing import Annotated

import typer

from vigil.cli_options import Config, Data, Json

plan_app = typer.Typer(help="Propose tours and weeks of patrols; a supervisor accepts them.", no_args_is_help=True)
ProposeTo = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Put it before the supervisors of the Vigil there; its API token is read from VIGIL_API_TOKEN.",
        show_default="printed only",
    ),
]
SiteId = Annotated[str, typer.Argument(metavar="SITE", help="Id of the site.")]


@plan_app.command("tour")
def plan_tour(  # noqa: PLR0913 - one option per choice
    site: SiteId,
    tour: Annotated[str, typer.Argument(metavar="TOUR", help="Id of the tour; its first stop stays first.")],
    *,
    config: Config = None,
    walks: Annotated[
        Path | None,
        typer.Option(help="Walking times: CSV with from, to, seconds.", show_default="estimated from positions"),
    ] = None,
    returns: Annotated[bool, typer.Option("--returns", help="Count the way back to the first stop.")] = False,
    windows: Annotated[
        bool, typer.Option("--windows", help="Keep the stops' not_before_seconds and due_seconds as time windows.")
    ] = False,
    seconds: Annotated[float, typer.Option("--for", min=0.1, help="How many seconds to search.")] = 5.0,
    seed: Annotated[int, typer.Option(help="Another seed, another search.")] = 1,
    propose_to: ProposeTo = None,
    as_json: Json = False,
) -> None:
    """Propose the shortest order of a tour's stops. Needs the solver: pip install -r requirements-plan.lock."""
    from vigil.commands.plan import TourOptions, run_tour
    from vigil.settings import read_settings

    options = TourOptions(
        site=site,
        tour=tour,
        config=read_settings({"config": config}).settings.config,
        walks=walks,
        returns=returns,
        windows=windows,
        seconds=seconds,
        seed=seed,
        as_json=as_json,
        propose_to=propose_to,
    )
    raise typer.Exit(run_tour(options))


@plan_app.command("week")
def plan_week(  # noqa: PLR0913 - one option per choice
    site: SiteId,
    *,
    config: Config = None,
    data: Data = None,
    start: Annotated[str, typer.Option("--from", help="On duty each day from this time (HH:MM).")] = "00:00",
    end: Annotated[str, typer.Option("--to", help="On duty until this time; over midnight if not later.")] = "00:00",
    slot_minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long a visit takes, with the way.")] = 30,
    officers: Annotated[int, typer.Option(min=1, help="How many zones are visited at a time.")] = 1,
    default_gap: Annotated[float, typer.Option(min=0.1, max=168, help="Longest hours alone of a zone.")] = 24.0,
    gap: Annotated[list[str] | None, typer.Option(help="Of one zone: ZONE=HOURS. May be repeated.")] = None,
    history_days: Annotated[int, typer.Option(min=1, help="Days of alarms that weigh, with --data.")] = 90,
    seed: Annotated[int | None, typer.Option(help="Draw the same week again.", show_default="a new one")] = None,
    propose_to: ProposeTo = None,
    as_json: Json = False,
) -> None:
    """Propose a week of visits that cannot be foretold, more often where alarms were, no zone alone too long."""
    from vigil.commands.plan import WeekOptions, run_week
    from vigil.settings import read_settings

    options = WeekOptions(
        site=site,
        config=read_settings({"config": config}).settings.config,
        data=data,
        start=start,
        end=end,
        slot_minutes=slot_minutes,
        officers=officers,
        default_gap=default_gap,
        gaps=_gaps(gap or []),
        history_days=history_days,
        seed=seed,
        as_json=as_json,
        propose_to=propose_to,
    )
    raise typer.Exit(run_week(options))


def _gaps(given: list[str]) -> dict[str, float]:
    gaps: dict[str, float] = {}
    for each in given:
        zone, _, hours = each.partition("=")
        try:
            gaps[zone] = float(hours)
        except ValueError:
            gaps[zone] = 0.0
        if not 0 < gaps[zone] <= 168:  # noqa: PLR2004 - hours of a week
            raise typer.BadParameter(f"'{each}' is no zone with hours: write server-room=4")
    return gaps
