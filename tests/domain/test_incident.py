import itertools

from domain.incident import INCIDENT_TABLE, IncidentState, IncidentTrigger

S, T = IncidentState, IncidentTrigger


def test_what_is_closed_or_merged_is_over_and_only_what_is_quiet_closes() -> None:
    missing = set(itertools.product(IncidentState, IncidentTrigger)) - set(INCIDENT_TABLE)
    assert missing == {
        (S.OPEN, T.CLOSE),
        (S.QUIET, T.QUIETEN),
        *itertools.product((S.CLOSED, S.MERGED), IncidentTrigger),
    }
