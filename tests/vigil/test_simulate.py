"""`vigil simulate` against a broker: a site or a crowd, numbered, counted, and ended by time or by a signal."""

import re
import signal
from pathlib import Path

import msgspec

from tests.brokers import MosquittoForTests
from tests.mqtt_clients import MqttClient
from tests.vigil.running_service import Process, one_sentence, url_of, vigil, vigil_here
from vigil.commands.simulate import Simulated


def decoded(out: str) -> Simulated:
    assert out.count("\n") == 1, f"one line of JSON and nothing else: {out[:500]}"
    return msgspec.json.decode(out, type=Simulated)


def test_a_site_speaks_and_every_message_is_numbered(mosquitto_broker: MosquittoForTests, tmp_path: Path) -> None:
    address = mosquitto_broker.everything
    with MqttClient(address, "listener") as listener:
        assert listener.subscribe("vigil/v1/riverside/#") == [True]
        options = ("--site", "riverside", "--start", "07:25", "--speed", "100", "--for", "3", "--json")
        done = vigil("simulate", *options, "--broker", url_of(address), cwd=tmp_path)
        told = decoded(done.stdout)
        heard = listener.wait_for(told.sent)
    assert done.returncode == 0, done.stderr
    assert told.sent == told.acknowledged > 30
    assert "password" not in told.broker
    assert told.mishaps["door_forced"] == 1
    numbers: dict[str, set[int]] = {}
    for payload in heard:
        if '"seq"' in payload:
            body = msgspec.json.decode(payload)
            assert body["boot"] == told.boot
            numbers.setdefault(body["device"], set()).add(body["seq"])
    assert {device: max(seen) for device, seen in numbers.items()} == told.numbers
    assert all(seen == set(range(1, max(seen) + 1)) for seen in numbers.values())


def test_a_crowd_keeps_its_rate_and_each_run_is_a_new_boot(mosquitto_broker: MosquittoForTests, tmp_path: Path) -> None:
    options = ("--devices", "20", "--rate", "100", "--for", "2", "--json")
    runs = [
        decoded(vigil("simulate", *options, "--broker", url_of(mosquitto_broker.everything), cwd=tmp_path).stdout)
        for _ in range(2)
    ]
    assert runs[0].boot != runs[1].boot
    for told in runs:
        assert told.sent == told.acknowledged
        # Never ahead of its rate, however late a busy machine lets it stop; and behind it by half at the most.
        assert 100 <= told.sent <= 100 * (told.seconds + 0.5)
        assert len(told.numbers) == 20


def test_it_goes_on_until_told_to_stop_and_says_how_far_it_is(
    mosquitto_broker: MosquittoForTests, tmp_path: Path
) -> None:
    url = url_of(mosquitto_broker.everything)
    with Process("simulate", "--site", "riverside", "--broker", url, cwd=tmp_path) as process:
        process.wait_for(r"Simulating 'riverside', 1 times as fast as life at mqtt://")
        sent = int(process.wait_for(r"Z  (\d+) sent, \d+ acknowledged, \d+ mishaps"))
        status = process.end(signal.SIGINT, seconds=15.0)
    assert status == 0, process.err
    assert sent >= 6, "each device says that it is there"
    found = re.search(r"^(\d+) messages sent, (\d+) acknowledged", process.out)
    assert found is not None
    assert int(found[1]) == int(found[2]) >= sent
    assert "Traceback" not in process.err


def test_what_cannot_be_is_said_in_a_sentence(tmp_path: Path) -> None:
    for wrong in (
        ("--broker", "mqtt://127.0.0.1:1"),
        ("--data", "nowhere"),
        ("--site", "towr", "--broker", "mqtt://h"),
    ):
        refused = vigil_here("simulate", "--for", "2", *wrong, cwd=tmp_path)
        assert (refused.returncode, one_sentence(refused.stderr)) == (2, True), refused.stderr
