"""How a waiter learns of new effects."""

import threading
from pathlib import Path

import pytest

from stores.state import effect_log
from stores.state.effect_log import EffectSignal
from stores.state.opening import open_state_store
from tests.brokers import PATIENCE_SECONDS
from tests.stores.commits import Owner, a_door


def test_a_commit_of_this_process_wakes_waiters_without_polling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effect_log, "POLL_EVERY", 3600.0)
    with open_state_store(tmp_path / "state.sqlite") as store:
        owner = Owner(store.writer)
        about_to_wait = threading.Event()
        wait = store._signal.wait

        def tell_and_wait(position: int, timeout: float) -> bool:
            about_to_wait.set()
            return wait(position, timeout)

        monkeypatch.setattr(store._signal, "wait", tell_and_wait)
        woken: list[bool] = []
        waiter = threading.Thread(target=lambda: woken.append(store.reader.wait_for_effects(0, timeout=30)))
        waiter.start()
        assert about_to_wait.wait(timeout=PATIENCE_SECONDS)
        owner.commit(a_door())
        waiter.join(timeout=PATIENCE_SECONDS)
        assert woken == [True]


def test_readers_of_all_lanes_share_the_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_state_store(tmp_path / "state.sqlite") as store:
        writer, _, reader = store.of_lane("drill-1")
        Owner(writer, "drill-1").commit(a_door())
        monkeypatch.setattr(store.reader, "last_position", lambda: pytest.fail("the signal should have told"))
        assert store.reader.wait_for_effects(0, timeout=0)
        assert reader.wait_for_effects(0, timeout=0)


def test_the_signal_never_goes_back() -> None:
    signal = EffectSignal()
    signal.announce(5)
    signal.announce(3)
    assert signal.newest == 5
    assert signal.wait(4, timeout=0)
    assert not signal.wait(5, timeout=0)
