"""Writes the page's words for what the API names (api/web/words/*_terms.js) from docs/glossary.md.

`python scripts/page_terms.py` after a change of the glossary; with --check it says whether they are current.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY = ROOT / "docs" / "glossary.md"
WORDS = ROOT / "api" / "web" / "words"

# The page's name of a kind -> the enumeration, or the field, whose glossary entry lists its members.
KINDS = {
    "priority": "domain.priority.Priority",
    "condition": "domain.axes.condition.Condition",
    "acknowledgement": "domain.axes.acknowledgement.Acknowledgement",
    "occurrence_state": "domain.axes.occurrence.OccurrenceState",
    "shelving": "domain.axes.shelving.Shelving",
    "inhibition": "domain.axes.inhibition.Inhibition",
    "mode_kind": "domain.mode.ModeKind",
    "mode_place": "domain.mode.ModePlace",
    "mode_state": "domain.mode.ModeState",
    "service": "domain.axes.service.Service",
    "latch": "domain.axes.latch.Latch",
    "chatter": "domain.axes.chatter.Chatter",
    "alarm_change": "domain.effects.AlarmChange",
    "disposition": "domain.commands.Disposition",
    "order_state": "domain.work_order.WorkOrderState",
    "order_trigger": "domain.work_order.WorkOrderTrigger",
    "order_change": "domain.effects.WorkOrderChange",
    "run_state": "domain.tour_run.TourRunState",
    "stop_verdict": "domain.tour_run.StopVerdict",
    "door_state": "domain.effects.DoorState",
    "device_kind": "domain.site.DeviceKind",
    "equipment_class": "domain.site.Equipment.equipment_class",
    "quality": "domain.readings.Quality",
    "subject_kind": "domain.alarm.SubjectKind",
    "role": "domain.site.PersonRole",
    "access_kind": "domain.observations.AccessKind",
    "believed": "domain.record.Believed",
    "incident_state": "domain.incident.IncidentState",
    "grouping": "domain.incident.Grouping",
    "decision_kind": "domain.alarm.DecisionKind",
    "notify_reason": "domain.notification.NotifyReason",
    "log_kind": "domain.operator_log.LogKind",
    "message_state": "stores.ports.messages.MessageState",
    "tour_order": "domain.site.TourOrder",
    "scan_method": "domain.observations.ScanMethod",
    "signal_kind": "domain.observations.SignalKind",
    "fraud_kind": "domain.fraud.FraudKind",
    "proposal_kind": "domain.patrol_proposal.ProposalKind",
    "proposal_state": "domain.patrol_proposal.ProposalState",
    "proposal_trigger": "domain.patrol_proposal.ProposalTrigger",
}

# Terms that the page writes as headings or labels.
THINGS = (
    "alarm", "occurrence", "work order", "tour", "tour run", "checkpoint", "door", "equipment", "point", "device",
    "quarantine", "zone", "site", "rule", "person", "procedure", "disposition", "why", "evidence", "priority",
    "assignee", "fault", "asset", "scan", "stop", "comment", "acknowledge", "configuration", "stale", "reading",
    "limit", "plan", "shelve", "unshelve", "channel", "recipient", "incident",
    "grouping", "mode", "patrol proposal", "undecided",
)  # fmt: skip

# Where a member's name is short for a word.
ENGLISH = {"unacked": "Unacknowledged", "acked": "Acknowledged", "ahu": "Air handler", "ups": "UPS"}
LANGUAGES = {"en": "English", "zh": "Chinese"}

Table = dict[str, str]


def entries(glossary: str) -> list[list[str]]:
    """The rows of the glossary's tables: term, Chinese, meaning, places in the code."""
    rows = [line.strip().strip("|").split("|") for line in glossary.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows if len(row) == 4]  # noqa: PLR2004 - its columns


def members(rows: list[list[str]], reference: str) -> Mapping[str, str]:
    """The members of an enumeration with their Chinese words.

    Raises:
        SystemExit: the glossary has no entry for it.
    """
    for _, _, meaning, code in rows:
        if f"`{reference}`" in code.split(", "):
            found = re.findall(r"`(\w+)` ([^,;|`]+)", meaning)
            return {member: re.sub(r"（.*?）", "", word).strip() for member, word in found}
    raise SystemExit(f"scripts/page_terms.py: {GLOSSARY} explains no {reference}")


def tables() -> Mapping[str, Table]:
    """The page's table of each language."""
    rows = entries(GLOSSARY.read_text(encoding="utf-8"))
    chinese = {row[0]: row[1] for row in rows}
    en: Table = {}
    zh: Table = {}
    for kind, reference in KINDS.items():
        for member, word in members(rows, reference).items():
            en[f"{kind}.{member}"] = ENGLISH.get(member, member.replace("_", " ").capitalize())
            zh[f"{kind}.{member}"] = word
    for thing in THINGS:
        en[f"thing.{thing.replace(' ', '_')}"] = thing.capitalize()
        zh[f"thing.{thing.replace(' ', '_')}"] = chinese[thing]
    return {"en": en, "zh": zh}


def module(language: str, table: Table) -> str:
    """The table as a module of the page."""
    lines = [f"  {json.dumps(key)}: {json.dumps(word, ensure_ascii=False)}" for key, word in table.items()]
    head = f"// What the API names, in {LANGUAGES[language]}. Written by scripts/page_terms.py from docs/glossary.md."
    return f"{head}\nexport default {{\n" + ",\n".join(lines) + "\n};\n"


def main() -> None:
    outdated = []
    for language, table in tables().items():
        path = WORDS / f"{language}_terms.js"
        written = module(language, table)
        if "--check" not in sys.argv:
            path.write_text(written, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != written:
            outdated.append(path.name)
    if outdated:
        raise SystemExit(f"{', '.join(outdated)}: not what the glossary says; run python scripts/page_terms.py")


if __name__ == "__main__":
    main()
