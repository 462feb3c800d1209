"""`vigil check`: say whether a configuration is good, and if not, what to mend where."""

import sys
from pathlib import Path

import msgspec
from rich.console import Console

from runtime.clock import wall_clock
from vigil.configuration.loading import load_configuration
from vigil.configuration.problem import ConfigurationInvalid
from vigil.configuration.rule_tests import PlacedTest, run_pack_tests, run_site_tests


def run(folder: Path, *, as_json: bool) -> int:
    """Check the folder and say all that is wrong; gives the exit status."""
    try:
        loaded = load_configuration(folder, wall_clock())
    except ConfigurationInvalid as invalid:
        if as_json:
            sys.stdout.write(msgspec.json.encode({"ok": False, "problems": invalid.problems}).decode() + "\n")
        else:
            for problem in invalid.problems:
                sys.stdout.write(f"{problem}\n")
            sys.stdout.write(f"{len(invalid.problems)} problem(s) in {folder}\n")
        return 1
    configuration = loaded.configuration
    summary = {
        "ok": True,
        "digest": configuration.digest(),
        "files": loaded.files,
        "sites": [
            {
                "id": site.id,
                "checkpoints": len(site.checkpoints),
                "doors": len(site.doors),
                "points": len(site.points),
                "devices": len(site.devices),
                "tours": len(site.tours),
            }
            for site in configuration.sites
        ],
        "rules": len(configuration.rules),
        "notes": loaded.notes,
        "routes": len(configuration.notification.routes),
        "channels": sorted(loaded.channels),
    }
    if as_json:
        sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
        return 0
    console = Console()
    for site in configuration.sites:
        console.print(
            f"{site.id}: {len(site.checkpoints)} checkpoints, {len(site.tours)} tours, {len(site.doors)} doors, "
            f"{len(site.points)} points, {len(site.devices)} devices"
        )
    for note in loaded.notes:
        sys.stdout.write(f"{note}\n")
    routes = len(configuration.notification.routes)
    if routes or loaded.channels:
        console.print(f"{routes} routes, channels: {', '.join(sorted(loaded.channels)) or 'none'}")
    console.print(f"{len(configuration.rules)} rules. No problems. Configuration {configuration.digest()}.")
    return 0


def run_rule_tests(folder: Path, *, as_json: bool) -> int:
    """Run the tests of the rule packs and of the folder's own rules, and say which fail; gives the exit status.

    Tests of a folder that cannot be used are not run: what is wrong with it is for `run` to say.
    """
    count, failures = run_pack_tests()
    try:
        loaded = load_configuration(folder)
    except ConfigurationInvalid:
        own: tuple[PlacedTest, ...] = ()
    else:
        own = loaded.tests
        failures += run_site_tests(loaded.configuration, own)
    count += len(own)
    if as_json:
        sys.stdout.write(msgspec.json.encode({"tests": count, "failures": failures}).decode() + "\n")
    else:
        for each in failures:
            sys.stdout.write(f"{each}\n")
        sys.stdout.write(f"{count} rule tests ({len(own)} of them in {folder}), {len(failures)} failed\n")
    return 1 if failures else 0
