"""EventRules with a made-up kind: a bell that must be answered within ten microseconds."""

from collections.abc import Sequence

from msgspec import Struct

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.instant import Instant
from domain.text import same
from rules.event_rules import EventRules, Found
from rules.rule import Finding
from rules.supervision import Fault
from tests.rules.estate import a_rule


class BellState(Struct, frozen=True):
    rung_at: Instant | None = None
    raised: bool = False


class Bell(Struct, frozen=True):
    """Facts are (what, at): ring, answer, burst (an error), trap (an error when the clock fires), stick (a timer that
    does not move on).
    """

    rule: str
    subject: Subject
    site: str = "tower"
    state_type: type[BellState] = BellState

    def begin(self) -> BellState:
        return BellState()

    def observe(self, state: BellState, fact: tuple[str, Instant]) -> tuple[BellState, Sequence[Finding]]:
        what, at = fact
        if what == "burst":
            raise ZeroDivisionError(what)
        if what == "answer":
            return BellState(), [self.finding(ConditionTrigger.CLEAR, at)] if state.raised else []
        return BellState({"ring": at, "trap": -at, "stick": at + 1_000_000}[what]), ()

    def deadline(self, state: BellState) -> Instant | None:
        if state.rung_at is None or state.raised:
            return None
        return abs(state.rung_at) % 1_000_000 + 10

    def fire(self, state: BellState, cause: int) -> tuple[BellState, Sequence[Finding]]:
        assert state.rung_at is not None
        if state.rung_at < 0:
            raise ZeroDivisionError("trap")
        if state.rung_at > 1_000_000:
            return BellState(state.rung_at), ()
        return BellState(state.rung_at, raised=True), [self.finding(ConditionTrigger.RAISE, state.rung_at + 10, cause)]

    def finding(self, trigger: ConditionTrigger, at: Instant, cause: int = 0) -> Finding:
        return Finding(
            rule=self.rule,
            subject=self.subject,
            trigger=trigger,
            at=at,
            cause=cause,
            index=0,
            asset="bell",
            zone=None,
            name=same("bell"),
            why=Why(seen=same(""), expected=same(""), since=at, clears=same("")),
        )


Bells = EventRules[tuple[str, Instant]]


def bells(*pairs: tuple[str, str], parameters: dict[str, float] | None = None) -> Bells:
    rules: Bells = EventRules()
    configure(rules, *pairs, parameters=parameters)
    return rules


def configure(rules: Bells, *pairs: tuple[str, str], parameters: dict[str, float] | None = None) -> None:
    rules.configure(
        (a_rule(rule, "bell", parameters=parameters or {}), Bell(rule, Subject(SubjectKind.DOOR, subject)))
        for rule, subject in pairs
    )


def happens(rules: Bells, what: str, at: Instant, subject: str = "d") -> list[str]:
    return told(rules.observe("tower", subject, (what, at), at, cause=1))


def told(found: Sequence[Found]) -> list[str]:
    return [
        f"{each.at} {each.rule} {each.subject.id} {each.error if isinstance(each, Fault) else each.trigger}"
        for each in found
    ]


def test_a_fact_reaches_the_watches_of_its_subject() -> None:
    rules = bells(("a", "d"), ("b", "d"), ("a", "e"))
    happens(rules, "ring", 5)
    assert rules.next_deadline() == 15
    assert told(rules.fire(15, 2)) == ["15 a d raise", "15 b d raise"]
    assert rules.observe("elsewhere", "d", ("ring", 30), 30, 3) == []
    assert rules.next_deadline() is None


def test_deadlines_fire_in_order_of_time_rule_and_subject() -> None:
    rules = bells(("b", "d"), ("a", "e"), ("a", "d"), ("a", "f"))
    happens(rules, "ring", 5)
    happens(rules, "ring", 5, "e")
    happens(rules, "ring", 1, "f")
    assert told(rules.fire(15, 2)) == ["11 a f raise", "15 a d raise", "15 a e raise", "15 b d raise"]


def test_a_subjects_deadline_fires_before_its_next_fact() -> None:
    rules = bells(("a", "d"), ("a", "e"))
    happens(rules, "ring", 5)
    happens(rules, "ring", 5, "e")
    assert happens(rules, "answer", 15) == ["15 a d raise", "15 a d clear"]
    assert rules.next_deadline() == 15


def test_a_watch_that_fails_is_parked_and_the_others_go_on() -> None:
    rules = bells(("a", "d"), ("b", "d"))
    happens(rules, "ring", 5)
    assert happens(rules, "burst", 6) == ["6 a d ZeroDivisionError: burst", "6 b d ZeroDivisionError: burst"]
    assert happens(rules, "ring", 7) == []
    assert rules.next_deadline() is None
    assert rules.is_watching("a", "d")


def test_a_watch_that_fails_at_its_deadline_is_parked() -> None:
    rules = bells(("a", "d"), ("a", "e"))
    happens(rules, "trap", 5)
    happens(rules, "ring", 6, "e")
    assert told(rules.fire(99, 2)) == ["15 a d ZeroDivisionError: trap", "16 a e raise"]


def test_a_watch_that_fails_before_its_next_fact_does_not_see_that_fact() -> None:
    rules = bells(("a", "d"))
    happens(rules, "trap", 5)
    assert happens(rules, "answer", 50) == ["15 a d ZeroDivisionError: trap"]


def test_a_deadline_that_does_not_move_on_is_a_fault_not_an_endless_loop() -> None:
    rules = bells(("a", "d"))
    happens(rules, "stick", 5)
    assert told(rules.fire(99, 2)) == ["15 a d DeadlineError: fire() did not move the deadline on"]


def test_a_new_configuration_keeps_what_stays() -> None:
    rules = bells(("a", "d"), ("b", "d"))
    happens(rules, "ring", 5)
    configure(rules, ("a", "d"), ("c", "d"))
    assert told(rules.fire(99, 2)) == ["15 a d raise"]
    assert (rules.is_watching("b", "d"), rules.is_watching("c", "d")) == (False, True)


def test_a_parked_watch_comes_back_with_a_changed_rule_only() -> None:
    rules = bells(("a", "d"))
    rules.park("a", "d")
    rules.park("nobody", "d")
    configure(rules, ("a", "d"))
    assert happens(rules, "ring", 5) == []
    assert rules.next_deadline() is None
    configure(rules, ("a", "d"), parameters={"loud": 1.0})
    happens(rules, "ring", 5)
    assert rules.next_deadline() == 15


def test_state_can_be_taken_and_given_back() -> None:
    rules = bells(("a", "d"), ("a", "e"), ("a", "f"))
    happens(rules, "ring", 5)
    rules.park("a", "e")
    state = rules.state()
    other = bells(("a", "d"), ("a", "e"))
    other.restore(state)
    happens(other, "ring", 6, "e")
    assert told(other.fire(99, 2)) == ["15 a d raise"]
