"""Fuzzes the decoders of foreign formats: `.venv/bin/python scripts/fuzz_decoders.py --minutes 10 [--format tasmota]`.

Coverage-guided with atheris where that is importable (it is no dependency: install it where you like and put that place
into PYTHONPATH), else with random mutations of the fixtures. An input that raises an error, or takes more than 50 ms of
this thread, ends the run with status 1 and is shown in hexadecimal.
"""

import argparse
import importlib
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from collector.credentials import CredentialKey  # noqa: E402 - the checkout is found first
from collector.foreign.decoder import ForeignDecoder  # noqa: E402
from collector.foreign.mapping import DoorField, ForeignDevice, ForeignFormat, PointField  # noqa: E402
from collector.formats.table import FORMATS  # noqa: E402
from collector.refusal import Reason  # noqa: E402
from domain.instant import MINUTE, from_iso  # noqa: E402

SLOWEST_SECONDS: Final = 0.05
NOW: Final = from_iso("2026-11-23T07:30:05Z")
_KEY: Final = CredentialKey(bytes(range(32)))
_SEPARATOR: Final = b"\n"
_LONGEST: Final = 70_000

Check = Callable[[bytes], None]


class Found(Exception):
    """An input that must not be."""


def seeds(form: str) -> list[tuple[str, bytes]]:
    """Topics and payloads of the format's fixtures."""
    found = []
    for path in sorted((ROOT / "tests" / "payloads" / form).glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        said = case["payload"]
        if isinstance(said, dict) and set(said) == {"hex"}:
            payload = bytes.fromhex(said["hex"])
        else:
            payload = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        found.append((case["topic"], payload))
    return found


def mapping_of(form: str, topics: Sequence[str]) -> ForeignFormat:
    """A mapping in which everything that the fixtures name means something."""
    everything = ForeignDevice(
        device="d",
        door="door",
        doors={"door.open": DoorField(door="door", open_when=True)},
        points={name: PointField(point=name) for name in ("temperature", "Level", "in", "out", "t", "rssi", "value")},
        person="person",
        regions={"Roof": "checkpoint"},
    )
    base = {"esp_rfid": "doors", "senml": "plant/senml"}.get(form)
    names = {part for topic in topics for part in (topic.split("/")[-2:][0], topic.split("/")[-1])}
    known = (
        "reader-east",
        "li/phone",
        "0102030405060708",
        "plant/node",
        "shellyplus-aa11",
        "dev",
        "urn:dev:a",
        "tank-3",
    )
    return ForeignFormat(
        format=form,
        site="s",
        topic=base,
        tags={"04A1B2C3": "person"},
        devices=dict.fromkeys((*known, *sorted(names)), everything),
    )


def check_of(form: str, slowest: float | None = None) -> Check:
    """What every input must pass: a topic, a line break, a payload. None: take as long as it takes."""
    topics = [topic for topic, _ in seeds(form)]
    decoder = ForeignDecoder([mapping_of(form, topics)], _KEY, 5 * MINUTE)

    def once(topic: str, payload: bytes) -> float:
        began = time.thread_time()
        message = decoder.decode(topic, payload, retain=len(payload) % 2 == 0, received_at=NOW)
        took = time.thread_time() - began
        for reason, detail, *_ in [] if message is None else message.asides:
            if reason is Reason.DECODER_FAULT:
                raise Found(f"{form}: {detail} on {topic!r} with {payload.hex()}")
        return took

    def check(data: bytes) -> None:
        head, _, payload = data.partition(_SEPARATOR)
        chosen = head.decode("utf-8", "replace")
        topic = chosen if chosen.startswith(topics[0].split("/")[0]) else topics[len(data) % len(topics)]
        took = once(topic, payload)
        if slowest is None:
            return
        if took > slowest:
            # Once more, and again: another process may have been in the way.
            took = min(took, once(topic, payload), once(topic, payload))
        if took > slowest:
            raise Found(f"{form}: {took * 1000:.0f} ms on {topic!r} with {len(payload)} bytes {payload[:200].hex()}")

    return check


def mutate(rng: random.Random, pool: Sequence[bytes]) -> bytes:
    """One seed with a few of its bytes, pieces or numbers changed; sometimes two in one."""
    data = bytearray(rng.choice(pool))
    for _ in range(rng.randrange(1, 8)):
        place = rng.randrange(len(data) + 1)
        match rng.randrange(7):
            case 0:
                data[place:place] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 9)))
            case 1:
                del data[place : place + rng.randrange(1, 16)]
            case 2 if data:
                data[place % len(data)] = rng.randrange(256)
            case 3:
                data[place:place] = rng.choice(
                    (b"null", b"true", b"-1", b"1e308", b'""', b"[]", b"{}", b"9" * 400, b"\\u0000")
                )
            case 4:
                other = rng.choice(pool)
                start = rng.randrange(len(other) + 1)
                data[place:place] = other[start : start + rng.randrange(1, 64)]
            case 5 if len(data) < _LONGEST // 8:
                data[place:place] = bytes(data[place : place + 200]) * rng.randrange(1, 200)
            case _:
                data[place:place] = rng.choice((b"[", b"{", b'{"a":')) * rng.randrange(1, 3000)
    return bytes(data[:_LONGEST])


def by_mutation(form: str, seconds: float) -> int:
    """Fuzz without coverage; gives how many inputs were tried."""
    check, rng = check_of(form, SLOWEST_SECONDS), random.Random(0)  # noqa: S311 - a seeded run can be repeated
    pool = [topic.encode() + _SEPARATOR + payload for topic, payload in seeds(form)]
    tried, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        check(mutate(rng, pool))
        tried += 1
    return tried


def by_coverage(form: str, seconds: float) -> None:
    """Fuzz with atheris, which ends the process."""
    atheris: Any = importlib.import_module("atheris")
    # The modules were loaded before atheris could follow them: they are instrumented as they are.
    for name in [name for name in sys.modules if name.startswith(("collector.formats", "collector.foreign"))]:
        _instrument(atheris, sys.modules[name])
    check = check_of(form, SLOWEST_SECONDS)
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{form}-"))
    for number, (topic, payload) in enumerate(seeds(form)):
        (folder / f"seed-{number}").write_bytes(topic.encode() + _SEPARATOR + payload)
    options = [f"-max_total_time={seconds:.0f}", f"-max_len={_LONGEST}", "-verbosity=0", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, str(folder)], check)
    atheris.Fuzz()


def _instrument(atheris: Any, module: Any) -> None:  # noqa: ANN401 - a library without types
    """Have atheris follow what the functions of a module do."""
    for owner in (module, *(each for each in vars(module).values() if isinstance(each, type))):
        if getattr(owner, "__module__", owner.__name__) != module.__name__:
            continue
        for name, each in list(vars(owner).items()):
            if isinstance(each, types.FunctionType) and each.__module__ == module.__name__:
                each.__code__ = atheris.instrument_func(each).__code__ if name else each.__code__


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="for each format")
    parser.add_argument("--format", choices=sorted(FORMATS), action="append", help="only these")
    parser.add_argument("--mutations", action="store_true", help="random mutations also where atheris is there")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    forms: list[str] = asked.format or sorted(FORMATS)
    guided = not asked.mutations and importlib.util.find_spec("atheris") is not None
    if asked.here:
        by_coverage(forms[0], asked.minutes * 60)
        return 0
    failed = False
    for form in forms:
        if guided:
            failed |= _in_a_process_of_its_own(form, asked.minutes)
            continue
        try:
            print(f"{form}: {by_mutation(form, asked.minutes * 60)} mutations, nothing found", flush=True)
        except Found as found:
            failed = True
            print(found, flush=True)
    return int(failed)


def _in_a_process_of_its_own(form: str, minutes: float) -> bool:
    """Atheris ends its process; tell what it said, and whether it found something."""
    command = [sys.executable, __file__, "--here", "--format", form, "--minutes", str(minutes)]
    with tempfile.TemporaryDirectory() as place:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=place, env=dict(os.environ))
    said = ended.stdout + ended.stderr
    tried = next((line.split()[-1] for line in said.splitlines() if "number_of_executed_units" in line), "?")
    print(f"{form}: {tried} inputs, {'nothing found' if ended.returncode == 0 else said[-3000:]}", flush=True)
    return ended.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
