"""What `vigil demo` says at its start: nothing that the site cannot show."""

from pathlib import Path

from msgspec.structs import replace

from vigil.commands.demo_console import look_at
from vigil.configuration.loading import load_configuration

ROOT = Path(__file__).parents[2]
WHOLE = "Within a minute: a door is forced, another stays open, a machine fails, and an officer forgets a checkpoint."


def test_only_what_the_site_has_is_said_to_go_wrong() -> None:
    (site,) = load_configuration(ROOT / "simulators" / "site").configuration.sites
    first, _, _ = look_at(site)
    assert first.en == WHOLE
    machines = replace(site, doors=(), tours=(), people=())
    soon, opened = look_at(machines)
    assert (soon.en, soon.zh) == ("Within a minute: a machine fails.", "一分钟内：一台设备故障。")
    assert opened.en.startswith("Open an alarm")
    both = replace(machines, tours=site.tours)
    assert look_at(both)[0].en == "Within a minute: a machine fails and an officer forgets a checkpoint."
    assert [text.en for text in look_at(replace(machines, equipment=()))] == [opened.en]
