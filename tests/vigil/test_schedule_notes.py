"""`vigil check` notes starts in an hour that the clock skips, with file and line."""

from pathlib import Path

from domain.instant import from_iso
from vigil.configuration.loading import load_configuration

SITE = """site:
  id: berlin
  name: Berlin
  timezone: Europe/Berlin
  zones: [{id: z, name: Z}]
  checkpoints: [{id: gate, name: Gate, zone: z}]
  calendar: {holidays: [2026-12-25/2026-12-26], make_up_days: [2027-01-02]}
  tours:
    - id: night
      name: Night
      order: strict
      stops: [{checkpoint: gate, due_seconds: 600}]
      recurrences: ['0 5 * * 1-5']
      starts:
        - {at: 02:30, days: working}
        - {at: 02:30, weekdays: daily}
"""


def test_a_skipped_start_is_noted_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "berlin.yaml").write_text(SITE, encoding="utf-8")
    loaded = load_configuration(tmp_path, from_iso("2026-11-23T00:00:00Z"))
    assert [(note.line, note.message) for note in loaded.notes] == [
        (line, f"tour 'night' starts at 02:30, which {odd} in Europe/Berlin")
        for line in (15, 16)
        for odd in ("2027-03-28 does not have", "2027-10-31 has twice")
    ]
    assert load_configuration(tmp_path).notes == ()
