"""F8 and F9: a full disk and a disk that fails; nothing is acknowledged that is not stored, and it goes on."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.brokers import MosquittoForTests, wait_until
from tests.faults.harness import REDELIVERY_SECONDS, Trial
from tests.faults.oracles import complaints, read_evidence
from tests.vigil.running_service import url_of

SIZE_MEGABYTES = 24
RECOVERED_SECONDS = 10.0
FULL_SECONDS = 5.0
REFUSED = "cannot store now"
"""What the journal says where the disk refuses."""

_HOLD = f"mount -t tmpfs -o size={SIZE_MEGABYTES}m tmpfs $0 && echo mounted && exec cat"


class SmallDisk:
    """A file system of its own with little room, at a path that only its own processes see."""

    def __init__(self, mounted_at: Path, holder: int) -> None:
        self.enter = ("nsenter", "--mount", f"--target={holder}", "--")
        self._mounted_at = mounted_at
        self.root = Path(f"/proc/{holder}/root{mounted_at}")

    def copy_to(self, folder: Path) -> None:
        """Bring everything to where this process can read it."""
        subprocess.run([*self.enter, "cp", "--archive", str(self._mounted_at), str(folder)], check=True, timeout=30.0)

    def fill(self) -> None:
        """Leave no room at all."""
        with (self.root / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(4096))

    def clear(self) -> None:
        (self.root / "ballast").unlink()


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Needs the right to mount, as root or in a user namespace."""
    folder.mkdir()
    who = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = ["unshare", *who, "--mount", "sh", "-c", _HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        said = holder.stdout.readline()
        if said != b"mounted\n":
            message = "no file system can be mounted here: run as root, or allow user namespaces"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
        try:
            yield SmallDisk(folder, holder.pid)
        finally:
            holder.terminate()


def fill_up(folder: Path, planted: Sequence[str] = ()) -> list[str]:
    """Fill Vigil's disk for a while under load from a broker that has room, and say what is wrong in the end."""
    broker = MosquittoForTests(folder)
    broker.start()
    try:
        with small_disk(folder / "data") as disk:
            arguments = (f"--broker={url_of(broker.collector)}",)
            with Trial(folder, planted=planted, arguments=arguments) as trial:
                trial.vigil.prefix = disk.enter
                trial.quiet = REDELIVERY_SECONDS
                trial.begin(address=broker.devices)
                trial.wait_stored(200)
                disk.fill()
                wait_until(lambda: REFUSED in trial.vigil.said, "the full disk to show", seconds=30.0)
                until = time.monotonic() + FULL_SECONDS
                wait_until(lambda: time.monotonic() > until, "the disk to have been full for a while")
                assert trial.vigil.status_of("/healthz") == 200
                assert trial.vigil.status_of("/readyz") == 503
                assert trial.vigil.status_of("/api/v1/alarms") == 200
                wait_until(lambda: "storage" in faults_of(trial), "the full disk to be told")
                disk.clear()
                trial.wait_stored(20, seconds=RECOVERED_SECONDS + 5.0)
                wait_until(lambda: alarms_about_storage(trial) == {"journal": "inactive"}, "the alarm", seconds=40.0)
                trial.settle()
                assert trial.vigil.status_of("/readyz") == 200
                assert trial.vigil.stop() == 0
                disk.copy_to(folder / "rescued")
                return complaints(trial.ledger, read_evidence(folder / "rescued", trial.vigil.said))
    finally:
        broker.stop()


def faults_of(trial: Trial) -> set[str]:
    """Which parts of Vigil have told a fault."""
    return {fault["where"] for fault in trial.vigil.get("status")["faults"]}


def alarms_about_storage(trial: Trial) -> dict[str, str]:
    """What Vigil's own alarms about storage are about, and their condition; the small disk itself has room again."""
    alarms = trial.vigil.get("alarms", rule="vigil-storage")["items"]
    return {alarm["subject"]["id"]: alarm["condition"] for alarm in alarms if alarm["subject"]["id"] != "disk"}


@pytest.mark.timeout(120)
def test_a_full_disk_loses_nothing_and_needs_no_restart(tmp_path: Path) -> None:
    assert fill_up(tmp_path) == []


@pytest.mark.long
@pytest.mark.timeout(120)
def test_acknowledging_what_was_refused_turns_it_red(tmp_path: Path) -> None:
    found = fill_up(tmp_path, planted=("ack-what-failed",))
    assert any("acknowledged messages are not stored" in each for each in found), found


def fail_to_sync(folder: Path, when: str, planted: Sequence[str] = (), *, at_a_commit: bool = True) -> list[str]:
    """Let fdatasync fail with EIO in every thread of Vigil; `when` is strace's word for which calls.

    A single failure may hit a checkpoint or a folder, which SQLite makes up for itself: `at_a_commit` asks for more.
    """
    strace = shutil.which("strace")
    if strace is None:
        message = "strace is not installed; install it with: apt-get install strace"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    with Trial(folder, planted=planted, rate=100.0) as trial:
        inject = f"inject=fdatasync:error=EIO:when={when}"
        log = str(folder / "strace.txt")
        trial.vigil.prefix = (
            str(strace),
            "-D",
            "-f",
            "-qq",
            "--seccomp-bpf",
            "-e",
            "trace=fdatasync",
            "-e",
            inject,
            "-o",
            log,
        )
        trial.begin()
        trial.quiet = REDELIVERY_SECONDS
        wait_until(lambda: "(INJECTED)" in Path(log).read_text(), "a failed sync", seconds=40.0)
        if at_a_commit:
            wait_until(lambda: REFUSED in trial.vigil.said, "a failed commit", seconds=40.0)
        trial.wait_stored(200)
        found = trial.verdict()
        return [*found, *damaged(trial.vigil.data)]


def damaged(data: Path) -> list[str]:
    """What SQLite finds wrong with the databases of a stopped Vigil."""
    found = []
    for path in sorted(data.rglob("*.sqlite")):
        with contextlib.closing(sqlite3.connect(path)) as connection:
            (said,) = connection.execute("PRAGMA integrity_check").fetchone()
        found += [] if said == "ok" else [f"{path.name}: {said}"]
    return found


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize("when", ["60..63", "90+40"])
def test_a_disk_that_fails_to_sync_loses_nothing(tmp_path: Path, when: str) -> None:
    assert fail_to_sync(tmp_path, when) == []


@pytest.mark.long
@pytest.mark.timeout(120)
def test_acknowledging_what_failed_to_sync_turns_it_red(tmp_path: Path) -> None:
    found = fail_to_sync(tmp_path, "60..80", planted=("ack-what-failed",))
    assert any("acknowledged messages are not stored" in each for each in found), found
