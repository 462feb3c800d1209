"""`vigil demo` on both brokers, and its judge: every check can fail."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import pytest
from msgspec.structs import replace

from domain.alarm import Alarm
from domain.configuration import Configuration, RuleSpec
from domain.effects import AlarmChange, AlarmChanged, EffectBody, RuleFaulted
from domain.identity import MessageIdentity
from domain.instant import MINUTE, SECOND, Instant
from domain.priority import Priority
from domain.text import Text, same
from domain.work_order import WorkOrder
from simulators.mishap import Mishap, MishapKind
from stores.ports import StoredEffect
from tests.brokers import MosquittoForTests
from tests.mqtt_clients import MqttClient
from tests.samples import NOW, an_alarm, an_effect, an_order
from tests.vigil.running_service import Process, one_sentence, url_of, vigil, vigil_here
from vigil.commands.demo import DemoResult
from vigil.demo_checks import judge
from vigil.tallying import Tally

KEYS: Final = [
    "sent",
    "acknowledged",
    "journalled",
    "quarantined",
    "duplicates",
    "lost",
    "alarms",
    "work_orders",
    "latency_ms",
    "api_url",
    "checks",
]
"""What the issue promises, in this order."""

QUICK: Final = ("--for", "17", "--speed", "110")
"""Half an hour of the building: its first patrol with a forgotten stop is over after fourteen minutes, and a busy
machine lags behind: one came to fourteen in the time of twenty-two."""


def decoded(out: str) -> DemoResult:
    assert out.count("\n") == 1, f"one line of JSON and nothing else: {out[:500]}"
    assert list(msgspec.json.decode(out)) == KEYS
    return msgspec.json.decode(out, type=DemoResult)


def require_good(result: DemoResult) -> None:
    assert [name for name, held in result.checks.items() if not held] == [], result
    assert len(result.checks) >= 9
    assert result.lost == 0
    assert result.sent == result.acknowledged > 0
    assert result.journalled + result.quarantined + result.duplicates == result.sent
    assert set(result.latency_ms) == {"p50", "p95", "p99"}
    assert result.work_orders > 0


@pytest.fixture(params=["bundled", "mosquitto"])
def broker_url(request: pytest.FixtureRequest) -> str:
    if request.param == "bundled":
        return "bundled"
    broker: MosquittoForTests = request.getfixturevalue("mosquitto_broker")
    return url_of(broker.everything)


def test_a_short_demo_holds_all_its_promises(tmp_path: Path) -> None:
    done = vigil("demo", *QUICK, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    require_good(decoded(done.stdout))
    assert done.stderr == ""


@pytest.mark.long
@pytest.mark.timeout(180)
def test_the_demo_of_the_acceptance_holds_all_its_promises(broker_url: str, tmp_path: Path) -> None:
    options = ("--for", "60", "--speed", "60", "--broker", broker_url, "--json")
    done = vigil("demo", *options, cwd=tmp_path, seconds=150.0)
    assert done.returncode == 0, done.stdout + done.stderr
    result = decoded(done.stdout)
    require_good(result)
    assert result.sent > 500


def test_ctrl_c_ends_it_with_a_summary_and_leaves_nothing_behind(tmp_path: Path) -> None:
    # Slow enough that a machine on which it takes half a minute has nothing to raise an alarm for either.
    with Process("demo", "--speed", "20", cwd=tmp_path, TMPDIR=str(tmp_path)) as demo:
        demo.wait_for("Lakeside Tower: ", seconds=40.0)
        demo.wait_for("Alarms and orders as they come")
        status = demo.end(signal.SIGINT, seconds=30.0)
    assert "acknowledged and lost" in demo.out
    # So soon there was nothing to raise an alarm for, which the summary says; nothing is wrong with that.
    assert (status, "not yet" in demo.out, "NO" in demo.out) == (0, True, False)
    assert "/login?once=" in demo.err
    assert "Traceback" not in demo.err
    assert list(tmp_path.glob("vigil-demo-*")) == []


def test_the_small_example_lives_too_and_at_another_broker(mosquitto_broker: MosquittoForTests, tmp_path: Path) -> None:
    url = url_of(mosquitto_broker.everything)
    done = vigil("demo", *QUICK, "--site", "riverside", "--broker", url, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    require_good(decoded(done.stdout))


def test_a_site_or_a_time_that_is_none_is_said_in_a_sentence(tmp_path: Path) -> None:
    for wrong, said in ((("--site", "towr"), "'towr' is neither"), (("--start", "dawn"), "'dawn' is no time")):
        refused = vigil_here("demo", "--for", "2", *wrong, cwd=tmp_path)
        assert (refused.returncode, one_sentence(refused.stderr)) == (2, True), refused.stderr
        assert said in refused.stderr


def test_it_leaves_no_session_at_a_broker_that_goes_on(mosquitto_broker: MosquittoForTests, tmp_path: Path) -> None:
    """Under both of its client ids there is nothing, neither from this run nor from one that was killed."""
    address = mosquitto_broker.everything
    with MqttClient(address, "vigil-demo-events", persistent=True) as killed:
        assert killed.subscribe("vigil/v1/+/+/scan") == [True]
    with MqttClient(address, "stranger") as stranger:
        stranger.publish_and_wait("vigil/v1/riverside/phone-1/scan", "of another time")
    done = vigil("demo", "--for", "1", "--broker", url_of(address), "--json", cwd=tmp_path)
    assert decoded(done.stdout).quarantined == 0, "a message of another time was read"
    for name in ("vigil-demo-events", "vigil-demo-readings"):
        with MqttClient(address, name, persistent=True) as client:
            assert not client.session_present


def test_a_broker_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    refused = vigil_here("demo", "--for", "2", "--broker", "mqtt://127.0.0.1:1", cwd=tmp_path)
    assert (refused.returncode, one_sentence(refused.stderr)) == (2, True), refused.stderr


# The judge


def alarm_of(rule: str, subject: str, asset: str | None = None) -> Alarm:
    alarm = an_alarm(f"alarm-{rule}-{subject}")
    return replace(alarm, rule=rule, subject=replace(alarm.subject, id=subject), asset=asset or subject)


def stored(*bodies: EffectBody, at: Instant = NOW) -> list[StoredEffect]:
    return [
        StoredEffect(position=number, committed_at=at, effect=an_effect(body, cause=number, at=at))
        for number, body in enumerate(bodies, start=1)
    ]


def raised(alarm: Alarm) -> AlarmChanged:
    return AlarmChanged(change=AlarmChange.RAISED, alarm=alarm, occurrence=alarm.latest)


MISHAPS: Final = (
    Mishap(kind=MishapKind.CHECKPOINT_SKIPPED, subject="round/cp-1", at=NOW, expected_by=NOW, over_at=NOW),
    Mishap(kind=MishapKind.DOOR_FORCED, subject="d-1", at=NOW, expected_by=NOW, over_at=NOW),
    Mishap(kind=MishapKind.MACHINE_FAULT, subject="pump", at=NOW, expected_by=NOW, over_at=NOW, fault="pump.no_flow"),
)
ALARMS: Final = (
    alarm_of("missed-checkpoint", "round/cp-1"),
    alarm_of("door-forced", "d-1"),
    alarm_of("pump-no-flow", "flow", "pump"),
)


def a_rule(rule: str, kind: str, fault: str | None = None, **parameters: float) -> RuleSpec:
    return RuleSpec(
        id=rule,
        kind=kind,
        site="s",
        name=same(rule),
        priority=Priority.LOW,
        fault=fault,
        parameters=dict(parameters),
    )


RULES: Final = Configuration(
    rules=(
        a_rule("missed-checkpoint", "missed_checkpoint"),
        a_rule("door-forced", "door_forced"),
        a_rule("door-held", "door_held"),
        a_rule("pump-no-flow", "limit", "pump.no_flow", low=1.0, on_delay_seconds=10.0),
        a_rule("pump-hot", "limit", "pump.bearing", high=90.0),
    )
)
EFFECTS: Final = stored(*map(raised, ALARMS))
TALLY: Final = Tally(
    sent=10,
    acknowledged=10,
    journalled=10,
    quarantined=0,
    duplicates=0,
    lost=(),
    alarms={"missed-checkpoint": 1, "door-forced": 1, "pump-no-flow": 1},
    work_orders=1,
    latency_ms={"p50": 3.0, "p95": 4.0, "p99": 5.0},
)
ENDED: Final = NOW + MINUTE


def failed(
    *,
    tally: Tally = TALLY,
    effects: Sequence[StoredEffect] = EFFECTS,
    orders: Sequence[WorkOrder] = (an_order(),),
    mishaps: Sequence[Mishap] = MISHAPS,
    rules: Configuration = RULES,
) -> list[str]:
    return [name for name, held in judge(tally, effects, orders, mishaps, ENDED, rules).items() if not held]


def test_a_good_run_passes_every_check() -> None:
    assert failed() == []


def test_each_tally_that_is_wrong_shows() -> None:
    assert failed(tally=replace(TALLY, lost=(MessageIdentity("ctl", "b1", 7),))) == ["nothing_lost"]
    for rule in TALLY.alarms:
        without = {other: count for other, count in TALLY.alarms.items() if other != rule}
        assert failed(tally=replace(TALLY, alarms=without)) == ["alarms_of_all_three_worlds"]
    assert failed(tally=replace(TALLY, work_orders=0)) == ["orders_were_opened"]
    for p99 in (2_000.1, None):
        assert failed(tally=replace(TALLY, latency_ms={**TALLY.latency_ms, "p99": p99})) == ["alarms_within_2_s"]


def test_an_alarm_that_was_not_raised_shows() -> None:
    assert failed(effects=EFFECTS[:2]) == ["every_mishap_raised_its_alarm"]


def test_of_two_mishaps_each_must_raise_its_alarm() -> None:
    assert failed(mishaps=(*MISHAPS, MISHAPS[1])) == ["every_mishap_raised_its_alarm"]


def test_a_mishap_that_is_not_due_yet_is_not_missed() -> None:
    late = replace(MISHAPS[1], at=ENDED, expected_by=ENDED - 29 * SECOND)
    assert failed(mishaps=(*MISHAPS, late)) == []


def test_an_alarm_about_nothing_shows() -> None:
    assert failed(effects=stored(*map(raised, (*ALARMS, alarm_of("door-forced", "d-2"))))) == [
        "no_alarm_without_a_mishap"
    ]
    assert failed(effects=stored(*map(raised, (*ALARMS, ALARMS[1])))) == ["no_alarm_without_a_mishap"]


def test_a_failing_machine_may_raise_more_than_one_alarm_and_another_machine_none() -> None:
    hot = alarm_of("pump-hot", "bearing", "pump")
    assert failed(effects=stored(*map(raised, (*ALARMS, hot)))) == []
    other = alarm_of("pump-hot", "bearing-2", "pump-2")
    assert failed(effects=stored(*map(raised, (*ALARMS, other)))) == ["no_alarm_without_a_mishap"]


def test_an_alarm_before_its_mishap_or_long_after_is_about_nothing() -> None:
    for at in (NOW - SECOND, NOW + 31 * MINUTE):
        mishaps = [*MISHAPS[:2], replace(MISHAPS[2], at=at, over_at=at, expected_by=at)]
        if at > NOW:
            mishaps[2] = replace(mishaps[2], expected_by=ENDED)
        else:
            mishaps[2] = replace(mishaps[2], at=NOW - 60 * MINUTE, over_at=NOW - 31 * MINUTE, expected_by=ENDED)
        assert failed(mishaps=mishaps) == ["no_alarm_without_a_mishap"]


def test_a_rules_own_delay_is_waited_for() -> None:
    late = replace(MISHAPS[2], at=ENDED, over_at=ENDED + MINUTE, expected_by=ENDED - 30 * SECOND)
    assert failed(mishaps=(*MISHAPS, late)) == []
    assert failed(mishaps=(*MISHAPS, replace(late, expected_by=ENDED - 40 * SECOND))) == [
        "every_mishap_raised_its_alarm"
    ]


def test_what_no_rule_watches_for_needs_no_alarm() -> None:
    odd = replace(MISHAPS[2], fault="tank.low", subject="tank")
    assert failed(mishaps=(*MISHAPS, odd)) == []


def test_worlds_without_rules_need_no_alarms() -> None:
    only_doors = Configuration(rules=RULES.rules[1:3])
    assert (
        failed(
            rules=only_doors,
            effects=EFFECTS[1:2],
            mishaps=MISHAPS[1:2],
            tally=replace(TALLY, alarms={"door-forced": 1}),
        )
        == []
    )


def test_what_is_said_of_devices_that_have_gone_is_no_false_alarm() -> None:
    afterwards = stored(raised(alarm_of("missed-checkpoint", "round/cp-2")), at=ENDED + SECOND)
    assert failed(effects=[*EFFECTS, *afterwards]) == []


@pytest.mark.parametrize("part", ["seen", "expected", "clears"])
@pytest.mark.parametrize("text", [Text("", "有"), Text("some", "")])
def test_an_alarm_that_does_not_say_why_shows(part: str, text: Text) -> None:
    silent = replace(ALARMS[1].latest, why=replace(ALARMS[1].latest.why, **{part: text}))
    told = (ALARMS[0], replace(ALARMS[1], latest=silent), ALARMS[2])
    assert failed(effects=stored(*map(raised, told))) == ["every_alarm_says_why"]


def test_an_alarm_without_evidence_shows() -> None:
    silent = replace(ALARMS[1].latest, why=replace(ALARMS[1].latest.why, evidence=()))
    told = (ALARMS[0], replace(ALARMS[1], latest=silent), ALARMS[2])
    assert failed(effects=stored(*map(raised, told))) == ["every_alarm_says_why"]


def test_two_open_orders_for_one_fault_show() -> None:
    assert failed(orders=(an_order("order-1"), an_order("order-2"))) == ["one_open_order_per_asset_and_fault"]


def test_a_rule_that_failed_shows() -> None:
    fault = RuleFaulted(rule="door-forced", subject="d-1", error="ZeroDivisionError")
    assert failed(effects=[*EFFECTS, *stored(fault)]) == ["no_rule_faulted"]
