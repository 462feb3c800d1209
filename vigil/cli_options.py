"""Options that several commands share."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
Config = Annotated[str | None, typer.Option(help="Folder of the site's YAML.", show_default="config")]
Data = Annotated[str | None, typer.Option(help="Folder for everything Vigil keeps.", show_default="vigil-data")]
Broker = Annotated[
    str | None, typer.Option(help="'bundled', or mqtt://user:password@host:1883.", show_default="bundled")
]
Speed = Annotated[float, typer.Option(min=0.001, help="How many simulated seconds pass in one real second.")]
Seed = Annotated[int, typer.Option(help="Another seed, another day in the building.")]
Start = Annotated[
    str, typer.Option(help="When life begins there: HH:MM on its latest working day, an RFC 3339 time, or 'now'.")
]
Language = Annotated[
    str | None, typer.Option(help="Language of what is printed: en or zh.", show_default="VIGIL_LANGUAGE, or en")
]
