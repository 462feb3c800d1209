from domain.fraud import FraudKind, FraudMark, FraudSettings, run_score, scan_score

SETTINGS = FraudSettings()
FAST = FraudMark(kind=FraudKind.IMPOSSIBLE_SPEED, value=3.0, limit=30.0, other="gate")
WEAK = FraudMark(kind=FraudKind.WEAK_METHOD, value=0.0, limit=0.0, other="qr")


def test_doubts_add_up_as_independent_ones() -> None:
    assert scan_score((), SETTINGS) == 0.0
    assert scan_score((FAST,), SETTINGS) == 0.8
    assert scan_score((FAST, WEAK), SETTINGS) == 0.84


def test_three_wholly_suspicious_scans_make_a_wholly_suspicious_run() -> None:
    assert run_score([(FAST,), (), ()], (), SETTINGS) == 0.267
    assert run_score([(FAST,)] * 9, (), SETTINGS) == 1.0


def test_every_kind_has_a_weight() -> None:
    assert all(0 < SETTINGS.weight(kind) <= 1 for kind in FraudKind)
