"""`vigil check`: say whether a configuration is good, and if not, what to mend where."""

import sys
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.progress import track

from runtime.clock import wall_clock
from vigil.configuration.loading import Loaded, load_configuration
from vigil.configuration.problem import ConfigurationInvalid, NoConfiguration
from vigil.configuration.rule_tests import TestFailure, run_pack_tests, run_site_tests

WORTH_A_PROGRESS_BAR: Final = 2_000
"""Rule tests; fewer take about a second."""


def run(folder: Path, *, as_json: bool, run_tests: bool = False) -> int:
    """Check the folder and say all that is wrong, with `run_tests` also by its tests; gives the exit status.

    Raises:
        NoConfiguration: there is nothing to check; for machines that is said as other problems are, with status 2.
    """
    try:
        loaded = load_configuration(folder, wall_clock())
    except ConfigurationInvalid as invalid:
        is_there = not isinstance(invalid, NoConfiguration)
        if as_json:
            tests = _json_of_tests(folder) if run_tests and is_there else {}
            _print_json({"ok": False, "problems": invalid.problems, **tests})
            return 1 if is_there else 2
        if not is_there:
            raise
        for problem in invalid.problems:
            sys.stdout.write(f"{problem}\n")
        sys.stdout.write(f"{len(invalid.problems)} problem(s) in {folder}\n")
        if run_tests:
            run_rule_tests(folder)
        return 1
    if as_json:
        tests = _json_of_tests(folder) if run_tests else {}
        failed = bool(tests.get("failures"))
        _print_json({**_summary(loaded), **tests, "ok": not failed})
        return int(failed)
    _say(loaded)
    return run_rule_tests(folder) if run_tests else 0


def _summary(loaded: Loaded) -> dict[str, object]:
    configuration = loaded.configuration
    return {
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


def _say(loaded: Loaded) -> None:
    configuration = loaded.configuration
    console = Console(markup=False)
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


def _print_json(said: object) -> None:
    sys.stdout.write(msgspec.json.encode(said).decode() + "\n")


def run_rule_tests(folder: Path) -> int:
    """Run the tests of the rule packs and of the folder's own rules, and say which fail; gives the exit status.

    Tests of a folder that cannot be used are not run: what is wrong with it is for `run` to say.
    """
    count, failures, of_folder = _tested(folder)
    for each in failures:
        sys.stdout.write(f"{each}\n")
    sys.stdout.write(f"{count} rule tests ({of_folder}), {len(failures)} failed\n")
    return 1 if failures else 0


def _json_of_tests(folder: Path) -> dict[str, object]:
    count, failures, _ = _tested(folder)
    return {"tests": count, "failures": failures}


def _tested(folder: Path) -> tuple[int, list[TestFailure], str]:
    """How many tests were run, which of them failed, and how many are of the folder, in words."""
    count, failures = run_pack_tests()
    try:
        loaded = load_configuration(folder)
    except ConfigurationInvalid:
        return count, failures, f"those in {folder} were not run: it has problems"
    own = loaded.tests
    console = Console(stderr=True, markup=False)
    is_soon = len(own) < WORTH_A_PROGRESS_BAR
    shown = track(own, "rule tests", console=console, transient=True, disable=is_soon)
    failures += run_site_tests(loaded.configuration, shown)
    return count + len(own), failures, f"{len(own)} of them in {folder}"
