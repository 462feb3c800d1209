"""A whole Vigil for tests: in this process on a clock that tests set, or as `vigil serve` in a process of its own."""

import io
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from unittest import mock

import httpx
import msgspec
import structlog

from domain.broker_address import BrokerAddress
from domain.identity import MessageIdentity
from domain.instant import MINUTE, Instant, from_iso, to_iso
from tests.brokers import PATIENCE_SECONDS, wait_until
from tests.mqtt_clients import MqttClient
from vigil.cli import main
from vigil.configuration.loading import load_configuration
from vigil.service import Service, Started
from vigil.settings import Settings

VIGIL = (sys.executable, "-m", "vigil")
ROOT = Path(__file__).resolve().parents[2]

START: Instant = from_iso("2026-11-23T10:00:00Z") - MINUTE
"""When the clock of tests stands at first: a minute before the tour's run of ten o'clock."""

SITE = """\
site:
  id: hq
  name: Headquarters
  timezone: UTC
  zones: [{id: ground, name: Ground floor}]
  checkpoints: [{id: cp-1, zone: ground, name: Lobby}]
  doors: [{id: d-1, zone: ground, name: Back door, held_seconds: 60}]
  equipment: [{id: pump, zone: ground, equipment_class: pump, name: Pump}]
  points: [{id: flow, equipment: pump, unit: m3/h, interval_seconds: 10, name: Flow}]
  devices:
    - {id: phone, kind: phone, name: Phone}
    - {id: ctl, kind: controller, doors: [d-1], name: Controller}
    - {id: gw, kind: gateway, points: [flow], name: Gateway}
  tours:
    - {id: round, name: Round, every_seconds: 3600, grace_seconds: 60, stops: [{checkpoint: cp-1, due_seconds: 600}]}
rules:
  - {id: missed, kind: missed_checkpoint, name: Missed, priority: medium, makes_order: false}
  - {id: forced, kind: door_forced, name: Forced, priority: high, fault: door.forced}
  - {id: held, kind: door_held, name: Held, priority: medium, fault: door.closer}
  - {id: no-flow, kind: limit, name: No flow, priority: high, subjects: [flow], fault: pump.no_flow,
     parameters: {low: 20}}
"""

Json = dict[str, Any]


class SetClock:
    """A clock that stands where a test puts it."""

    def __init__(self, at: Instant = START) -> None:
        self.at = at

    def __call__(self) -> Instant:
        return self.at


def write_site(folder: Path, text: str = SITE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.yaml").write_text(text)
    return folder


class Api:
    """The HTTP API as a client with the token sees it."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        bearer = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=url, headers=bearer, timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, **parameters: str | int) -> Json:
        answer = self._client.get(f"/api/v1/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        said: Json = answer.json()
        return said

    def items(self, path: str, **parameters: str | int) -> list[Json]:
        """All items of a list, every page of it."""
        found: list[Json] = []
        following: Mapping[str, str] = {}
        while True:
            page = self.get(path, limit=500, **{**parameters, **following})
            found += page["items"]
            if not page.get("next"):
                return found
            following = {"cursor": page["next"]}

    def post(self, path: str, body: Json, status: int = 200) -> Json:
        answer = self._client.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == status, answer.text
        said: Json = answer.json()
        return said

    def wait_for(self, path: str, count: int, **parameters: str | int) -> list[Json]:
        """Wait until a list has that many items."""
        found: list[Json] = []

        def arrived() -> bool:
            found[:] = self.items(path, **parameters)
            return len(found) >= count

        wait_until(arrived, f"{count} of {path} {parameters}")
        return found

    def readyz(self) -> int:
        return self._client.get("/readyz").status_code


class RunningService:
    """A service in this process; restart by making another on the same folder, with the token of the first."""

    def __init__(
        self, folder: Path, broker: BrokerAddress | None, clock: SetClock, token: str | None = None, **settings: object
    ) -> None:
        chosen: Json = {
            "data": str(folder / "data"),
            "config": str(write_site(folder / "config")),
            "broker": "bundled" if broker is None else url_of(broker),
            "port": 0,
            "mqtt_port": 0,
        }
        self.clock = clock
        self.console = io.StringIO()
        made = Settings(**(chosen | settings))
        self.service = Service(made, load_configuration(Path(made.config)), console=self.console, clock=clock)
        self._token = token
        self.started: Started
        self.api: Api

    def start(self) -> Api:
        """Start it without waiting until it is ready."""
        self.started = self.service.start()
        self._token = self.started.token or self._token
        assert self._token is not None, "the data folder has a token already: give it"
        self.api = Api(self.started.api_url, self._token)
        return self.api

    def stop(self) -> None:
        self.api.close()
        self.service.stop()

    def __enter__(self) -> Self:
        self.start()
        wait_until(lambda: self.api.readyz() == 200, f"readiness; {self.service.health.readiness()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def token(self) -> str:
        assert self._token is not None
        return self._token

    def settle(self) -> None:
        """Wait until everything stored is judged."""
        wait_until(lambda: self.service.loop.lag == 0, "the engine to have judged all")


class Device:
    """One device on one connection that counts its messages."""

    def __init__(self, client: MqttClient, name: str, boot: str = "b1", site: str = "hq") -> None:
        self._client = client
        self._name = name
        self._site = site
        self._boot = boot
        self._seq = 0

    def send(self, kind: str, at: Instant, **body: object) -> MessageIdentity:
        """Publish and wait for the broker's acknowledgement."""
        self._seq += 1
        whole = {"device": self._name, "boot": self._boot, "seq": self._seq, "at": to_iso(at), **body}
        self.raw(kind, msgspec.json.encode(whole))
        return MessageIdentity(self._name, self._boot, self._seq)

    def raw(self, kind: str, payload: bytes, *, retain: bool = False) -> None:
        topic = f"vigil/v1/{self._site}/{self._name}/{kind}"
        info = self._client.paho.publish(topic, payload, qos=1, retain=retain)
        info.wait_for_publish(PATIENCE_SECONDS)
        assert info.is_published(), f"no PUBACK for {topic}"

    def scan(self, at: Instant, checkpoint: str = "cp-1") -> MessageIdentity:
        return self.send("scan", at, officer="officer-1", checkpoint=checkpoint, method="nfc")

    def access(self, at: Instant, event: str) -> MessageIdentity:
        return self.send("access", at, door="d-1", event=event)


class Process:
    """A `vigil` command that runs until it is told to stop; what it says is gathered line by line."""

    def __init__(self, *arguments: str, cwd: Path, **environment: str) -> None:
        self._child = subprocess.Popen(
            [*VIGIL, *arguments],
            cwd=cwd,
            env=clean_environment() | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._said: dict[str, list[str]] = {"out": [], "err": []}
        self._readers = [
            threading.Thread(target=self._read, args=(name, stream), daemon=True)
            for name, stream in (("out", self._child.stdout), ("err", self._child.stderr))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def out(self) -> str:
        return "".join(self._said["out"])

    @property
    def err(self) -> str:
        return "".join(self._said["err"])

    def wait_for(self, pattern: str, *, seconds: float = 50.0) -> str:
        """Wait until stderr says something; gives the first group, or all that matched."""
        found: list[str] = []

        def said() -> bool:
            # Asked first: what it said last is read a moment after it has ended.
            has_ended = self._child.poll() is not None
            if has_ended:
                self._read_all()
            match = re.search(pattern, self.err)
            if match is not None:
                found.append(match.group(match.lastindex or 0))
            assert match is not None or not has_ended, f"ended early: {self.out}{self.err}"
            return match is not None

        wait_until(said, f"'{pattern}' on stderr", seconds=seconds)
        return found[0]

    def end(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 40.0) -> int:
        """Send a signal and give the exit status."""
        self._child.send_signal(number)
        return self.wait(seconds=seconds)

    def wait(self, *, seconds: float = 60.0) -> int:
        status = self._child.wait(seconds)
        self._read_all()
        for stream in (self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()
        return status

    def _read_all(self) -> None:
        for reader in self._readers:
            reader.join(PATIENCE_SECONDS)

    def _read(self, name: str, stream: IO[str]) -> None:
        for line in stream:
            self._said[name].append(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
        self.wait()


def url_of(address: BrokerAddress) -> str:
    return f"mqtt://{address.username}:{address.password}@{address.host}:{address.port}"


def vigil(*arguments: str, cwd: Path, seconds: float = 60.0, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*VIGIL, *arguments],
        cwd=cwd,
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def vigil_here(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in this process, which is ten times as fast; it must not be one that stays.

    Not beside a service in this process either: what its threads log meanwhile would stand in the command's output.
    """
    out, err = io.StringIO(), io.StringIO()
    status: object = 0
    logging = structlog.get_config()
    listening = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with (
        mock.patch.dict(os.environ, clean_environment() | environment, clear=True),
        mock.patch.object(sys, "argv", ["vigil", *arguments]),
        chdir(cwd),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
        finally:
            structlog.configure(**logging)
            # A command that would stay listens to these, and would answer for this process long after its end.
            for number, handler in listening.items():
                signal.signal(number, handler)
    assert isinstance(status, int), f"the process would print {status!r} and exit 1"
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


def clean_environment() -> dict[str, str]:
    """The environment without settings of whoever runs the tests; wide, so that no sentence is broken."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIL_")}
    return kept | {"COLUMNS": "200", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}


def one_sentence(said: str) -> bool:
    """One line from us, and no traceback."""
    return said.startswith("vigil: ") and said.count("\n") == 1 and "Traceback" not in said
