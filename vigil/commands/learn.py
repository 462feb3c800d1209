"""`vigil learn`: limits from a recording of normal operation, printed as rules ready to paste."""

import sys
from collections.abc import Mapping
from pathlib import Path

import yaml
from rich.console import Console

from simulators.learning import LearnedLimits, NotLearnable, learn_limits
from simulators.recording import Problem, read_recording
from simulators.recording_map import RecordingRefused
from vigil.recorded_map import load_map


def run(file: Path, mapping_file: Path, points: tuple[str, ...]) -> int:
    """Print the rules on stdout; gives the exit status: 1 where some point or row could not be used."""
    console = Console(stderr=True, markup=False)
    problems: list[Problem] = []
    columns = read_recording(file, load_map(mapping_file), problems.append).columns()
    unknown = [point for point in points if point not in columns]
    if unknown:
        msg = f"the map has no point '{unknown[0]}': it has {', '.join(columns)}"
        raise RecordingRefused(msg)
    refused = False
    for point, (at, values) in columns.items():
        if points and point not in points:
            continue
        try:
            sys.stdout.write(_rule(learn_limits(point, at, values)))
        except NotLearnable as error:
            console.print(f"{error}", style="yellow", soft_wrap=True)
            refused = True
    for problem in problems:
        console.print(str(problem), style="yellow", soft_wrap=True)
    return 1 if refused or problems else 0


def _rule(limits: LearnedLimits) -> str:
    rule: Mapping[str, object] = {
        "id": f"{limits.point}-learned",
        "kind": "limit",
        "name": f"{limits.point} left its normal range",
        "priority": "medium",
        "subjects": [limits.point],
        "fault": f"{limits.point}.abnormal",
        "parameters": limits.parameters(),
    }
    return f"# {limits.basis}\n" + yaml.safe_dump([rule], sort_keys=False, allow_unicode=True)
