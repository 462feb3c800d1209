"""Stored deadlines and SIGKILL: acknowledgement, shelf, mode and the wait for a repeated notice end once, in time."""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec import Struct

from domain.effects import AlarmChange, AlarmChanged, ModeChanged, NotificationDue
from domain.instant import SECOND, Instant, from_iso
from domain.mode import ModeState
from domain.notification import NotifyReason
from simulators.device import SimulatedDevice
from tests.brokers import wait_until
from tests.faults import estate
from tests.faults.harness import Trial, VigilProcess
from tests.faults.traffic import FALLEN, HIGH, now
from tests.notify.receivers import HttpReceiver, http_receiver

ACKNOWLEDGED, SHELVED = estate.door_of(0), estate.door_of(1)
IN_MODE = {"site": estate.SITE, "place": "door", "thing": estate.door_of(2), "kind": "maintenance"}
ACKNOWLEDGED_SECONDS, SHELVED_SECONDS, REPEAT_SECONDS, MODE_SECONDS = 900, 700, 600, 800
AWAY_SECONDS = 1000
"""Past each of the deadlines, and before the second repeat."""

SECRET = "whsec_" + "c2VjcmV0" * 4


class Outlived(Struct):
    """The times that were stored before the first kill, and what has come of them, with its time."""

    stored: list[Instant]
    after_kill: list[Instant]
    expired: list[Instant]
    unshelved: list[Instant]
    mode_ended: list[Instant]
    repeated: list[Instant]
    received_ids: int
    replay_differences: int


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as started:
        yield started


def site(url: str) -> dict[str, Any]:
    """Alarms of doors are told to nobody, so that only the repeat of the low flow makes news."""
    return estate.configuration() | {
        "alarms": {"acknowledged_seconds": ACKNOWLEDGED_SECONDS},
        "channels": {
            "room": {"kind": "webhook", "url": url, "secrets": [{"file": "keys/room"}], "allow_hosts": ["127.0.0.1"]}
        },
        "notification": {
            "routes": [{"id": "room", "to": ["room"], "rules": ["low"]}],
            "wait_seconds": 1,
            "repeat_seconds": REPEAT_SECONDS,
        },
    }


def outlive(folder: Path, receiver: HttpReceiver, planted: Sequence[str] = ()) -> Outlived:
    """Set three deadlines, kill Vigil, look, kill it, let them pass while it is dead, and kill it once more after."""
    set_clock(folder, 0)
    write_secret(folder / "data" / "keys")
    with Trial(folder, site=site(receiver.url), planted=("movable-clock", *planted)) as trial:
        vigil = trial.vigil
        trial.begin(traffic=False)
        for door in (0, 1):
            controller = SimulatedDevice(estate.SITE, estate.controller_of(door), "b1")
            trial.publish(controller.access(now(), estate.door_of(door), "opened"))
        points = estate.points_of(0)
        gateway = SimulatedDevice(estate.SITE, estate.gateway_of(0), "b1")
        trial.publish(gateway.readings(now(), points, [FALLEN, *[HIGH] * (len(points) - 1)]))
        wait_until(lambda: all_are_raised(vigil), "three alarms", seconds=30.0)
        wait_until(lambda: bool(receiver.received), "the first notice", seconds=30.0)
        vigil.post(f"alarms/{alarm(vigil, ACKNOWLEDGED)['id']}/acknowledge", {})
        vigil.post(f"alarms/{alarm(vigil, SHELVED)['id']}/shelve", {"seconds": SHELVED_SECONDS, "reason": "paint"})
        vigil.post("modes", {**IN_MODE, "seconds": MODE_SECONDS, "reason": "service"})
        stored = deadlines(vigil)
        vigil.kill()
        vigil.start()
        after_kill = deadlines(vigil)
        vigil.kill()
        set_clock(folder, AWAY_SECONDS)
        vigil.start()
        for bug, (what, is_over) in OVER.items():
            seconds = 10.0 if bug in planted else 30.0
            wait_until(partial(is_over, vigil, receiver), what, seconds=seconds)
        vigil.kill()
        vigil.start()
        trial.settle()
        assert vigil.stop() == 0
        evidence = trial.evidence()
    changes = [(effect.at, effect.body) for effect in evidence.effects if isinstance(effect.body, AlarmChanged)]
    notices = [effect.body.notice for effect in evidence.effects if isinstance(effect.body, NotificationDue)]
    return Outlived(
        stored=stored,
        after_kill=after_kill,
        expired=[at for at, body in changes if body.change is AlarmChange.ACKNOWLEDGEMENT_EXPIRED],
        mode_ended=[
            effect.at
            for effect in evidence.effects
            if isinstance(effect.body, ModeChanged) and effect.body.mode.state is ModeState.OVER
        ],
        unshelved=[at for at, body in changes if body.change is AlarmChange.UNSHELVED],
        repeated=[notice.at - notices[0].at for notice in notices if notice.reason is NotifyReason.REPEAT],
        received_ids=len({each.headers["webhook-id"] for each in receiver.received}),
        replay_differences=evidence.replay_differences,
    )


def all_are_raised(vigil: VigilProcess) -> bool:
    return (vigil.counted_alarms("forced"), vigil.counted_alarms("low")) == (2, 1)


def alarm(vigil: VigilProcess, subject: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in vigil.get("alarms", limit=100)["items"] if each["subject"]["id"] == subject
    )
    return found


def deadlines(vigil: VigilProcess) -> list[Instant]:
    """When the acknowledgement, the shelf and the mode end, as the API says."""
    return [
        from_iso(alarm(vigil, ACKNOWLEDGED)["acknowledged_until"]),
        from_iso(alarm(vigil, SHELVED)["shelf"]["until"]),
        from_iso(vigil.get("modes")["items"][0]["mode"]["until"]),
    ]


def is_unacked(vigil: VigilProcess, _: HttpReceiver) -> bool:
    return bool(alarm(vigil, ACKNOWLEDGED)["acknowledgement"] == "unacked")


def is_unshelved(vigil: VigilProcess, _: HttpReceiver) -> bool:
    return bool(alarm(vigil, SHELVED)["shelving"] == "unshelved")


def is_mode_over(vigil: VigilProcess, _: HttpReceiver) -> bool:
    return bool(vigil.get("modes")["items"][0]["mode"]["state"] == "over")


def is_repeated(_: VigilProcess, receiver: HttpReceiver) -> bool:
    return len(receiver.received) > 1


OVER: Final[dict[str, tuple[str, Callable[[VigilProcess, HttpReceiver], bool]]]] = {
    "expiry-from-now": ("the acknowledgement to expire", is_unacked),
    "shelf-from-now": ("the shelf to end", is_unshelved),
    "mode-from-now": ("the mode to end", is_mode_over),
    "repeat-from-now": ("the notice to be repeated", is_repeated),
}
"""Of each deadline: the planted bug that moves it, and how to know that it has fired."""


def set_clock(folder: Path, seconds: int) -> None:
    fresh = folder / "clock-offset.new"
    fresh.write_text(str(seconds))
    fresh.replace(folder / "clock-offset")


def write_secret(keys: Path) -> None:
    keys.mkdir(parents=True)
    os.close(os.open(keys / "room", os.O_CREAT | os.O_WRONLY, 0o600))
    (keys / "room").write_text(SECRET)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_what_was_to_end_ends_once_at_its_stored_time(tmp_path: Path, receiver: HttpReceiver) -> None:
    outlived = outlive(tmp_path, receiver)
    assert outlived.after_kill == outlived.stored
    assert [outlived.expired, outlived.unshelved, outlived.mode_ended] == [[at] for at in outlived.stored]
    assert outlived.repeated == [REPEAT_SECONDS * SECOND]
    # A kill may fall between sending and noting it: then the notice comes again under its id, and is no other.
    assert outlived.received_ids == 2
    assert outlived.replay_differences == 0


@pytest.mark.long
@pytest.mark.timeout(180)
@pytest.mark.parametrize("planted", OVER)
def test_a_time_that_counts_from_the_restart_turns_it_red(tmp_path: Path, receiver: HttpReceiver, planted: str) -> None:
    """Each of the bugs is found by its own deadline, and by no other."""
    with pytest.raises(pytest.fail.Exception, match=OVER[planted][0]):
        outlive(tmp_path, receiver, (planted,))
