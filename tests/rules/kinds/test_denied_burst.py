from collections.abc import Sequence

import pytest

from domain.errors import ConfigurationError
from domain.instant import MINUTE
from domain.observations import AccessEvent, AccessKind, Credential
from rules.kinds.denied_burst import CREDENTIALS_KEPT, READERS_KEPT, DeniedBurst, DeniedState, check_parameters
from rules.rule import Finding
from tests.rules.estate import SITE, a_rule, configured
from tests.rules.playbook import Playbook, instant

RAISED = "alarm raised burst door:front #1 (Front door: denied again and again) UNACK"
CLEARED = "alarm cleared burst door:front #1 (Front door: denied again and again) RTNUN"


def playbook(**parameters: float) -> Playbook:
    return Playbook(configured(a_rule("burst", "denied_burst", parameters=parameters)), "09:00")


def say(
    book: Playbook,
    at: str,
    kind: str = "denied",
    *,
    card: str | None = None,
    reader: str = "east",
    made: str | None = None,
) -> Playbook:
    credential = None if card is None else Credential(kind="card", token=card, key_id="k")
    body = AccessEvent(site="tower", door="front", kind=AccessKind(kind), reader=reader, credential=credential)
    return book.at(at).happens(body, source="panel", boot="b1", made=made)


def test_the_fifth_denial_in_ten_minutes_at_a_reader_raises() -> None:
    book = playbook()
    for minute in range(4):
        say(book, f"10:0{minute}:00", card=f"c{minute}")
    book.says_nothing()
    say(book, "10:09:59").says(f"10:09:59 {RAISED}")


def test_denials_that_are_further_apart_are_none() -> None:
    book = playbook()
    for time in ("10:00:00", "10:03:00", "10:06:00", "10:09:00", "10:10:00"):
        say(book, time)
    book.says_nothing()


def test_each_reader_of_a_door_counts_for_itself() -> None:
    book = playbook()
    for second in range(8):
        say(book, f"10:00:0{second}", reader="east" if second % 2 else "west")
    book.says_nothing()


def test_the_third_denial_in_a_row_of_one_credential_raises_however_long_it_takes() -> None:
    book = playbook()
    for time in ("10:00:00", "10:30:00"):
        say(book, time, card="c1")
    book.says_nothing()
    say(book, "11:30:00", card="c1").says(f"11:30:00 {RAISED}")


def test_a_grant_ends_the_row_of_its_credential_only() -> None:
    book = playbook()
    for time, card in (("10:00:00", "c1"), ("10:01:00", "c1"), ("10:02:00", "c2"), ("10:30:00", "c2")):
        say(book, time, card=card)
    say(book, "10:31:00", "granted", card="c1")
    say(book, "10:40:00", "granted")
    say(book, "10:41:00", card="c1").says_nothing()
    say(book, "10:42:00", card="c2").says(f"10:42:00 {RAISED}")


def test_it_clears_when_nobody_was_denied_for_the_window_and_may_raise_again() -> None:
    book = playbook(at_reader=2, window_seconds=60.0)
    say(say(book, "10:00:00"), "10:00:10").says(f"10:00:10 {RAISED}")
    say(book, "10:00:50").tick("10:01:49").says_nothing()
    book.tick("10:02:00").says(f"10:01:50 {CLEARED}")
    say(say(book, "10:05:00"), "10:05:01").says(
        "10:05:01 alarm raised burst door:front #2 (Front door: denied again and again) UNACK"
    )


def test_what_is_reported_late_is_put_in_its_place_and_older_than_the_window_passed_over() -> None:
    book = playbook(at_reader=3, window_seconds=60.0)
    say(say(book, "10:10:00"), "10:10:01", made="10:08:59")
    book.says_nothing()
    say(say(book, "10:10:02", made="10:09:30"), "10:10:03", made="10:09:40").says(f"10:09:40 {RAISED}")


def test_other_events_of_the_door_say_nothing() -> None:
    book = playbook(at_reader=2)
    for kind in ("opened", "closed", "exit_request", "held"):
        say(book, "10:00:00", kind)
    book.says_nothing()


def test_the_memory_is_bounded() -> None:
    (watch, *_) = DeniedBurst().watches(SITE, a_rule("burst", "denied_burst", parameters={"at_reader": 100}))
    book = playbook(at_reader=100)
    state = DeniedState()
    for number in range(2 * CREDENTIALS_KEPT):
        credential = Credential(kind="card", token=f"c{number}", key_id="k")
        kind, reader = AccessKind.DENIED, f"r{number}"
        body = AccessEvent(site="tower", door="front", kind=kind, reader=reader, credential=credential)
        state, _ = watch.observe(state, book.record(body, source="panel", boot="b1"))
    assert (len(state.denied), len(state.rows)) == (READERS_KEPT, CREDENTIALS_KEPT)
    assert watch.fire(state, 1) == (state, ())
    assert watch.deadline(state) is None


def test_why_says_what_was_seen_in_both_languages() -> None:
    (watch, *_) = DeniedBurst().watches(SITE, a_rule("burst", "denied_burst"))
    book, state = Playbook(configured(a_rule("burst", "denied_burst")), "10:00"), DeniedState()
    found: Sequence[Finding] = ()
    for _ in range(5):
        body = AccessEvent(site="tower", door="front", kind=AccessKind.DENIED, reader="east")
        state, found = watch.observe(state, book.record(body, source="panel", boot="b1"))
    (finding,) = found
    assert finding.why.seen.en.startswith("5 denials within 10 min")
    assert "5 次" in finding.why.seen.zh
    assert finding.why.values == {"denials": 5, "window_s": 600.0}
    assert watch.deadline(state) == instant("10:00:00") + 10 * MINUTE


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"at_reader": 1}, "parameter 'at_reader' is 1: give 2 to 100"),
        ({"of_credential": 101}, "parameter 'of_credential' is 101: give 2 to 100"),
        ({"window_seconds": 0.0}, "parameter 'window_seconds' is 0.0: give more than 0, at most 86400"),
    ],
)
def test_useless_parameters_are_refused(parameters: dict[str, float], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        check_parameters(a_rule("burst", "denied_burst", parameters=parameters))


def test_a_rule_may_name_its_doors() -> None:
    rule = a_rule("burst", "denied_burst", subjects=("server",))
    assert [watch.subject.id for watch in DeniedBurst().watches(SITE, rule)] == ["server"]
