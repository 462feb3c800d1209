"""Room on the disk and days of a certificate: each step is told once, and again after there was more."""

from pathlib import Path

import pytest

from domain.instant import DAY, HOUR, Instant
from domain.priority import Priority
from domain.record import ResourceKind, ResourceReported
from tests.security.certificates import Authority
from vigil.broker_config import BrokerTls
from vigil.running_out import DISK, JOURNAL, Certificate, RunningOut, expires_at, served_certificates
from vigil.settings import Settings

Told = list[tuple[str, str]]


class Watched:
    """A watch over a disk and one certificate that a test fills and lets grow old."""

    def __init__(self, folder: Path, *certificates: Certificate) -> None:
        self.told: Told = []
        self.used = 0.5
        self.now: Instant = 0
        self.refusals = (0, "")
        self.is_deaf = False
        self.reported: dict[str, ResourceReported] = {}
        self._watch = RunningOut(
            folder,
            certificates,
            self._tell,
            self._report,
            lambda: self.refusals,
            clock=lambda: self.now,
            disk_use=lambda _: self.used,
        )

    def urgency(self, name: str) -> Priority | None:
        """What was reported last of one thing."""
        return self.reported[name].priority

    def at(self, now: Instant) -> Told:
        self.now = now
        return self.look()

    def filled(self, used: float) -> Told:
        self.used = used
        return self.look()

    def look(self) -> Told:
        """What one look tells."""
        self.told = []
        self._watch.look()
        return self.told

    def _report(self, report: ResourceReported) -> bool:
        if not self.is_deaf:
            self.reported[report.name] = report
        return not self.is_deaf

    def _tell(self, where: str, what: object) -> None:
        self.told.append((where, str(what)))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> BrokerTls:
    return Authority(tmp_path_factory.mktemp("tls")).issue("broker", days=60)


def of(tls: BrokerTls) -> Certificate:
    return Certificate("mqtt-tls-cert", tls.certificate, tls.key)


def test_a_disk_is_told_at_each_step_once_and_anew_after_there_was_room(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    told = [watched.filled(used) for used in (0.5, 0.89, 0.9, 0.95, 0.88, 0.91, 0.98, 1.0, 0.84, 0.92)]
    assert [len(each) for each in told] == [0, 0, 1, 0, 0, 0, 1, 0, 0, 1]
    assert told[2] == [("storage", f"the disk of {tmp_path} is 90% full: make room, or nothing can be stored")]


def test_how_full_the_disk_is_and_how_long_a_certificate_lasts_is_reported_at_each_look(
    tmp_path: Path, shown: BrokerTls
) -> None:
    watched = Watched(tmp_path, of(shown))
    urgencies = []
    for used in (0.5, 0.9, 0.88, 0.98, 0.9, 0.84):
        watched.filled(used)
        urgencies.append(watched.urgency(DISK))
    assert urgencies == [None, Priority.HIGH, Priority.HIGH, Priority.CRITICAL, Priority.CRITICAL, None]
    assert watched.reported[DISK].seen.en == f"the disk of {tmp_path} is 84% full"
    expires = expires_at(shown.certificate, shown.key)
    for left, urgency in ((31, None), (30, Priority.LOW), (7, Priority.MEDIUM), (1, Priority.HIGH), (-1, "critical")):
        watched.at(expires - left * DAY)
        assert watched.urgency("mqtt-tls-cert") == urgency
    assert watched.reported["mqtt-tls-cert"].kind is ResourceKind.CERTIFICATE


def test_that_the_journal_refused_is_reported_once_it_takes_the_report(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.look()
    assert watched.urgency(JOURNAL) is None
    watched.refusals, watched.is_deaf = (3, "disk full"), True
    watched.look()
    watched.look()
    assert watched.urgency(JOURNAL) is None, "nobody could be told yet"
    watched.is_deaf = False
    watched.look()
    assert watched.urgency(JOURNAL) is Priority.CRITICAL
    assert watched.reported[JOURNAL].seen.en == "the journal did not store: disk full"
    watched.refusals = (4, "still full")
    watched.look()
    assert watched.urgency(JOURNAL) is Priority.CRITICAL
    watched.look()
    assert watched.urgency(JOURNAL) is None


def test_a_certificate_is_told_30_7_and_1_days_before_and_when_it_has_expired(tmp_path: Path, shown: BrokerTls) -> None:
    expires = expires_at(shown.certificate, shown.key)
    watched = Watched(tmp_path, of(shown))
    days = (40, 31, 30, 29, 8, 7, 6, 1, 0, -1)
    told = {left: [what for _, what in watched.at(expires - left * DAY)] for left in days}
    assert [left for left in days if told[left]] == [30, 7, 1, 0]
    assert all("mqtt-tls-cert" in what for whats in told.values() for what in whats)
    assert "expires in 30 days" in told[30][0]
    assert "expires in one day" in told[1][0]
    assert "expired at" in told[0][0]


def test_one_that_is_found_late_is_told_at_once_and_once(tmp_path: Path, shown: BrokerTls) -> None:
    expires = expires_at(shown.certificate, shown.key)
    watched = Watched(tmp_path, of(shown))
    assert "less than a day" in watched.at(expires - HOUR)[0][1]
    assert watched.at(expires - HOUR // 2) == []


def test_a_renewed_certificate_begins_anew(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    old, new = authority.issue("old", days=5), authority.issue("new", days=60)
    watched = Watched(tmp_path, of(old))
    before = expires_at(old.certificate, old.key) - 5 * DAY
    assert len(watched.at(before)) == 1
    old.certificate.write_bytes(new.certificate.read_bytes())
    assert "cannot be read" in watched.at(before)[0][1]
    assert watched.at(before) == [], "half a renewal is told once"
    old.key.write_bytes(new.key.read_bytes())
    assert watched.at(before) == []
    assert len(watched.at(before + 30 * DAY)) == 1


def test_what_is_shown_to_others_is_watched() -> None:
    settings = Settings(tls_cert="a.pem", tls_key="a.key", mqtt_tls_cert="b.pem", mqtt_tls_key="b.key")
    assert [(each.option, each.file.name) for each in served_certificates(settings)] == [
        ("tls-cert", "a.pem"),
        ("mqtt-tls-cert", "b.pem"),
    ]
    assert served_certificates(Settings()) == []


def test_it_looks_from_the_start_on_a_thread_of_its_own(tmp_path: Path) -> None:
    told: Told = []
    watch = RunningOut(
        tmp_path / "gone", (), lambda where, what: told.append((where, str(what))), lambda _: True, lambda: (0, "")
    )
    watch.start()
    watch.stop(10.0)
    assert len(told) == 1
    assert "cannot be watched" in told[0][1]
