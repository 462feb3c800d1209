"""What every `Outbox` must do, whatever holds the data."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.instant import DAY, HOUR, MINUTE, SECOND
from stores.ports import ClaimedMessage, MessageState, Page, PartitionLost
from stores.state.opening import StateStore
from tests.contracts.state_stores import OPENERS
from tests.samples import NOW
from tests.stores.commits import Owner, a_door, a_message

LATER = NOW + SECOND


@pytest.fixture(params=sorted(OPENERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateStore]:
    with OPENERS[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
def owner(store: StateStore) -> Owner:
    return Owner(store.writer)


def claim(store: StateStore, owner: Owner, now: int = LATER, channel: str = "console") -> list[str]:
    """Claim what is due and tell which messages, at which attempt."""
    claimed = store.outbox.claim_messages(owner.epoch, channel, 100, now)
    return [f"{one.message.id}#{one.attempt}" for one in claimed]


def counts(store: StateStore) -> tuple[int, int, int]:
    found = store.outbox.counts()
    return found["waiting"], found["sent"], found["refused"]


def test_messages_are_claimed_oldest_first_by_channel_and_come_back_whole(store: StateStore, owner: Owner) -> None:
    messages = [a_message(f"m{n}", channel="mqtt" if n % 3 == 0 else "console") for n in range(6)]
    owner.commit(a_door(), outbox=messages[:4])
    owner.commit(outbox=messages[4:])
    claimed = store.outbox.claim_messages(owner.epoch, "console", 3, LATER)
    assert claimed == [
        ClaimedMessage(message=messages[n], attempt=1, since=NOW + since) for n, since in ((1, 1), (2, 1), (4, 2))
    ]
    assert claim(store, owner) == ["m5#1"]
    assert claim(store, owner, channel="mqtt") == ["m0#1", "m3#1"]
    assert claim(store, owner, channel="e-mail") == []


def test_a_message_is_stored_only_with_the_commit_it_belongs_to(store: StateStore, owner: Owner) -> None:
    newer = Owner(store.writer)
    with pytest.raises(PartitionLost):
        owner.commit(a_door(), outbox=[a_message("lost")])
    newer.commit(outbox=[a_message("kept")])
    assert claim(store, newer) == ["kept#1"]


def test_only_the_owner_of_the_partition_claims_messages(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("m")])
    newer = Owner(store.writer)
    with pytest.raises(PartitionLost, match="stop this sender"):
        claim(store, owner)
    assert claim(store, newer) == ["m#1"]
    with pytest.raises(PartitionLost):
        claim(store, owner, channel="empty")


def test_a_claimed_message_is_its_senders_until_the_claim_is_over(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("m")])
    assert claim(store, owner) == ["m#1"]
    assert claim(store, owner, LATER + MINUTE - 1) == []
    assert claim(store, owner, LATER + MINUTE) == ["m#2"]


def test_what_a_former_owner_had_in_hand_is_due_at_once(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("in-hand"), a_message("put-off")])
    assert len(claim(store, owner)) == 2
    store.outbox.mark_retry("put-off", LATER, LATER + 300 * SECOND, "busy")
    newer = Owner(store.writer)
    assert claim(store, newer) == ["in-hand#2"]


def test_a_sent_message_is_never_given_again(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("m"), a_message("n")])
    claim(store, owner)
    store.outbox.mark_sent("m", LATER)
    assert counts(store) == (1, 1, 0)
    assert claim(store, Owner(store.writer), LATER + MINUTE) == ["n#2"]


def test_a_message_to_be_retried_waits_until_it_is_due(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("m")])
    claim(store, owner)
    store.outbox.mark_retry("m", LATER, LATER + 10, "receiver is busy")
    assert counts(store) == (1, 0, 0)
    assert claim(store, owner, LATER + 9) == []
    assert claim(store, owner, LATER + 10) == ["m#2"]


def test_a_message_that_nobody_has_tried_does_not_wait_for_a_clock_that_was_set_back(
    store: StateStore, owner: Owner
) -> None:
    owner.commit(outbox=[a_message("m"), a_message("busy")])
    assert claim(store, owner, NOW - HOUR) == ["m#1", "busy#1"]
    assert claim(store, owner, NOW - HOUR) == [], "it is in hand now"
    store.outbox.mark_retry("busy", NOW - HOUR, NOW - HOUR + 100 * SECOND, "receiver is busy")
    assert claim(store, owner, NOW - HOUR + 99 * SECOND) == ["m#2"], "its claim is over"
    assert claim(store, owner, NOW - HOUR + 100 * SECOND) == ["busy#2"]


@pytest.mark.parametrize("back", [1, SECOND, HOUR, 30 * DAY])
def test_a_message_to_be_retried_does_not_wait_for_a_clock_that_was_set_back(
    store: StateStore, owner: Owner, back: int
) -> None:
    owner.commit(outbox=[a_message("m")])
    claim(store, owner)
    store.outbox.mark_retry("m", LATER, LATER + 300 * SECOND, "receiver is busy")
    assert claim(store, owner, LATER) == []
    assert claim(store, owner, LATER - back) == ["m#2"]
    store.outbox.mark_retry("m", LATER - back, LATER - back + 600 * SECOND, "receiver is busy")
    assert claim(store, owner, LATER - back + 600 * SECOND - 1) == [], "it is tried once, then waits as ever"
    assert claim(store, owner, LATER - back + 600 * SECOND) == ["m#3"]


def test_a_clock_set_back_within_a_wait_adds_no_more_than_the_wait(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("m")])
    claim(store, owner)
    store.outbox.mark_retry("m", LATER, LATER + 300 * SECOND, "receiver is busy")
    assert claim(store, owner, LATER + 299 * SECOND) == []
    assert claim(store, owner, LATER + 1) == [], "set back by nearly all of it"
    assert claim(store, owner, LATER + 300 * SECOND) == ["m#2"]


def test_what_a_sender_that_died_had_in_hand_does_not_wait_for_a_clock_that_was_set_back(
    store: StateStore, owner: Owner
) -> None:
    owner.commit(outbox=[a_message("m")])
    assert claim(store, owner) == ["m#1"]
    assert claim(store, owner, LATER - HOUR) == ["m#2"]
    assert claim(store, owner, LATER - HOUR + MINUTE - 1) == [], "another has it in hand"
    assert claim(store, owner, LATER - HOUR + MINUTE) == ["m#3"]


def test_a_resent_message_does_not_wait_for_a_clock_that_was_set_back(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("refused")])
    claim(store, owner)
    store.outbox.mark_refused("refused", LATER, "no")
    owner.resend("refused")
    assert claim(store, owner, NOW - HOUR) == ["refused#2"]


def test_a_refused_message_is_kept_as_a_dead_letter(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("m")])
    claim(store, owner)
    store.outbox.mark_refused("m", LATER, "unknown receiver")
    assert counts(store) == (0, 0, 1)
    assert claim(store, owner, LATER + MINUTE) == []


def test_what_became_of_a_message_stands(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("sent"), a_message("refused")])
    claim(store, owner)
    store.outbox.mark_sent("sent", LATER)
    store.outbox.mark_refused("refused", LATER, "no")
    for message in ("sent", "refused", "never-was"):
        store.outbox.mark_retry(message, LATER, LATER, "late")
        store.outbox.mark_sent(message, LATER)
        store.outbox.mark_refused(message, LATER, "late")
    assert counts(store) == (0, 1, 1)
    assert claim(store, owner, LATER + MINUTE) == []


def test_a_retained_message_replaces_unsent_ones_of_its_address(store: StateStore, owner: Owner) -> None:
    owner.commit(
        outbox=[
            a_message("old", "t/1", retain=True),
            a_message("elsewhere", "t/2", retain=True),
            a_message("other-channel", "t/1", channel="mqtt", retain=True),
            a_message("passing", "t/1"),
        ]
    )
    owner.commit(outbox=[a_message("new", "t/1", retain=True)])
    assert claim(store, owner) == ["elsewhere#1", "passing#1", "new#1"]
    assert claim(store, owner, channel="mqtt") == ["other-channel#1"]


def test_of_several_retained_ones_in_a_commit_the_last_counts(store: StateStore, owner: Owner) -> None:
    owner.commit(
        outbox=[
            a_message("a", "t", retain=True),
            a_message("between", "t"),
            a_message("b", "t", retain=True),
            a_message("c", "t", retain=True),
        ]
    )
    assert claim(store, owner) == ["between#1", "c#1"]


def test_a_retained_message_that_was_sent_stays_on_record(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("a", "t", retain=True)])
    claim(store, owner)
    store.outbox.mark_sent("a", LATER)
    owner.commit(outbox=[a_message("b", "t", retain=True)])
    assert counts(store) == (1, 1, 0)


def test_a_message_replaced_while_it_is_sent_does_no_harm(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("a", "t", retain=True)])
    claim(store, owner)
    owner.commit(outbox=[a_message("b", "t", retain=True)])
    store.outbox.mark_retry("a", LATER, LATER, "busy")
    assert claim(store, owner) == ["b#1"]


def test_lanes_have_outboxes_of_their_own(store: StateStore, owner: Owner) -> None:
    writer, drill_outbox, _ = store.of_lane("drill-1")
    drill = Owner(writer, "drill-1")
    owner.commit(outbox=[a_message("real", "t", retain=True)])
    drill.commit(outbox=[a_message("drilled", "t", retain=True)])
    assert claim(store, owner) == ["real#1"]
    assert [one.message.id for one in drill_outbox.claim_messages(drill.epoch, "console", 9, LATER)] == ["drilled"]
    assert drill_outbox.counts() == {"waiting": 1, "sent": 0, "refused": 0}


def test_each_attempt_is_on_record_with_what_was_said(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("m", "mail/duty"), a_message("state", "t", retain=True)])
    claim(store, owner)
    store.outbox.mark_retry("m", LATER, LATER + 10, "450 busy")
    store.outbox.mark_sent("state", LATER)
    waiting = store.messages.message("m")
    assert waiting is not None
    assert (waiting.state, waiting.attempts, waiting.due, waiting.detail) == ("waiting", 1, LATER + 10, "450 busy")
    claim(store, owner, LATER + 10)
    store.outbox.mark_sent("m", LATER + 20, "250 OK")
    store.outbox.mark_refused("m", LATER + 30, "too late to say so")
    assert [(each.number, each.at, each.verdict, each.detail) for each in store.messages.attempts("m")] == [
        (1, LATER, "retry", "450 busy"),
        (2, LATER + 20, "sent", "250 OK"),
    ]
    sent = store.messages.message("m")
    assert sent is not None
    assert (sent.state, sent.settled_at, sent.recipient) == ("sent", LATER + 20, "mail/duty")
    assert store.messages.attempts("state") == []
    assert store.messages.message("state") is None


def test_messages_are_listed_newest_first_by_state_and_channel(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("a"), a_message("b", channel="mail"), a_message("c"), a_message("s", retain=True)])
    claim(store, owner)
    store.outbox.mark_refused("a", LATER, "no")

    def listed(state: MessageState | None, channel: str | None = None) -> list[str]:
        return [message.id for message in store.messages.messages(state, channel, Page())[0]]

    assert listed(None) == ["c", "b", "a"]
    assert (listed(MessageState.WAITING), listed(MessageState.REFUSED), listed(MessageState.SENT)) == (
        ["c", "b"],
        ["a"],
        [],
    )
    assert listed(None, "mail") == ["b"]
    first, cursor = store.messages.messages(None, None, Page(limit=2))
    second, last = store.messages.messages(None, None, Page(limit=2, cursor=cursor))
    assert [message.id for message in (*first, *second)] == ["c", "b", "a"]
    assert last is None


def test_a_refused_message_that_is_resent_waits_as_if_it_were_new(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("refused"), a_message("sent")])
    claim(store, owner)
    store.outbox.mark_refused("refused", LATER, "no")
    store.outbox.mark_sent("sent", LATER)
    owner.resend("refused", "sent", "never-was")
    assert counts(store) == (1, 1, 0)
    [again] = store.outbox.claim_messages(owner.epoch, "console", 9, LATER)
    assert (again.message.id, again.attempt, again.since) == ("refused", 2, NOW + 2)


def test_what_waits_for_a_channel_that_is_gone_is_refused(store: StateStore, owner: Owner) -> None:
    owner.commit(
        outbox=[a_message("a", channel="mail"), a_message("b", channel="gone"), a_message("c", channel="gone")]
    )
    claim(store, owner, channel="gone")
    store.outbox.mark_sent("b", LATER)
    assert store.outbox.abandon({"mail", "console"}, LATER) == 1
    assert counts(store) == (1, 1, 1)
    refused = store.messages.message("c")
    assert refused is not None
    assert refused.detail == "its channel is not configured any more"


def test_attempts_are_forgotten_with_their_message(store: StateStore, owner: Owner) -> None:
    owner.commit(outbox=[a_message("old"), a_message("new")])
    claim(store, owner)
    store.outbox.mark_sent("old", LATER)
    store.outbox.mark_sent("new", LATER + 10)
    assert store.outbox.forget(LATER + 5) == 1
    assert store.messages.attempts("old") == []
    assert len(store.messages.attempts("new")) == 1
