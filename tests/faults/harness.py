"""`vigil serve` as a process of its own on a data folder, with devices beside it and oracles after it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import msgspec

from domain.broker_address import BrokerAddress
from simulators.device import Message
from tests.brokers import wait_until
from tests.faults import estate
from tests.faults.fleet import Fleet
from tests.faults.ledger import Ledger
from tests.faults.oracles import Evidence, complaints, read_evidence
from tests.faults.traffic import Traffic
from tests.vigil.running_service import Json, clean_environment
from vigil.broker_process import free_port

READY_SECONDS: Final = 60.0
"""When a start is given up; how quick it was is the test's to judge."""

SETTLE_SECONDS: Final = 60.0

REDELIVERY_SECONDS: Final = 6.0
"""nats-server gives back what a killed collector left unacknowledged five seconds after it first sent it."""

_TOKEN: Final = re.compile(r"shown only this once: (\S+)\s")
_FIGURE: Final = re.compile(r"^(\w+(?:\{[^}]*\})?) ([0-9.e+-]+)$", re.MULTILINE)


class VigilProcess:
    """Starts, kills and starts again one installation, always on the same folder and ports."""

    def __init__(
        self, folder: Path, *, site: Json | None = None, planted: Sequence[str] = (), arguments: Sequence[str] = ()
    ) -> None:
        """`planted` are names of `tests/faults/planted.py`; `arguments` are further options of `vigil serve`."""
        self.folder = folder
        self.data = folder / "data"
        self.planted = tuple(planted)
        self.prefix: tuple[str, ...] = ()
        self.environment: dict[str, str] = {}
        self.mqtt_port = free_port("127.0.0.1")
        self.api_port = next(port for port in iter(lambda: free_port("127.0.0.1"), 0) if port != self.mqtt_port)
        self._arguments = tuple(arguments)
        self._child: subprocess.Popen[bytes] | None = None
        self._token: str | None = None
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "config"
        config.mkdir(exist_ok=True)
        # JSON is YAML too.
        (config / "site.yaml").write_bytes(msgspec.json.encode(site or estate.configuration()))
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{self.api_port}", timeout=10.0)

    @property
    def pid(self) -> int:
        assert self._child is not None, "Vigil is not running"
        return self._child.pid

    @property
    def broker_pid(self) -> int:
        """The nats-server of this installation, as its own pidfile names it."""
        return int(msgspec.json.decode((self.data / "broker" / "nats.pid").read_bytes())["pid"])

    @property
    def said(self) -> str:
        """All that every process of this installation said."""
        return (self.folder / "stderr.txt").read_text(errors="replace")

    def launch(self) -> float:
        """Start the process and return at once, with the monotonic second of the start."""
        assert self._child is None or self._child.poll() is not None, "Vigil is running"
        module = ("tests.faults.planted", ",".join(self.planted)) if self.planted else ("vigil",)
        command = [*self.prefix, sys.executable, "-m", *module, "serve", *self._options(), *self._arguments]
        began = time.monotonic()
        with (self.folder / "stderr.txt").open("ab") as stderr:
            self._child = subprocess.Popen(
                command,
                cwd=self.folder,
                env=clean_environment() | self.environment,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
            )
        return began

    def wait_ready(self, began: float, *, seconds: float = READY_SECONDS) -> float:
        """Wait for /readyz and give how many seconds it took."""
        wait_until(self.is_ready, f"Vigil to be ready; {self.said[-2000:]}", seconds=seconds)
        return time.monotonic() - began

    def kept_waiting(self) -> float:
        """For how many seconds the main thread could have run so far, and others had the processor."""
        _, nanoseconds, _ = Path(f"/proc/{self.pid}/schedstat").read_text().split()
        return int(nanoseconds) / 1e9

    def start(self) -> float:
        return self.wait_ready(self.launch())

    def is_ready(self) -> bool:
        assert self._child is not None
        assert self._child.poll() is None, f"Vigil ended with {self._child.returncode}: {self.said[-3000:]}"
        return self.status_of("/readyz") == 200

    def status_of(self, path: str) -> int:
        """The HTTP status, 0 where nobody answers."""
        try:
            return self._client.get(path, headers=self.login()).status_code
        except httpx.TransportError:
            return 0

    def get(self, path: str, **parameters: str | int) -> Any:  # noqa: ANN401 - JSON
        answer = self._client.get(f"/api/v1/{path}", headers=self.login(), params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Json) -> Any:  # noqa: ANN401 - JSON
        """Have a command carried out."""
        answer = self._client.post(f"/api/v1/{path}", headers=self.login(), json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def figures(self) -> dict[str, float]:
        """What /metrics says, empty where nobody answers."""
        try:
            text = self._client.get("/metrics", headers=self.login()).text
        except httpx.TransportError:
            return {}
        return {name: float(value) for name, value in _FIGURE.findall(text)}

    def counted(self, outcome: str) -> float:
        """One of the collector's counters of the running process."""
        return self.figures().get(f'vigil_collector_messages_total{{outcome="{outcome}"}}', 0.0)

    def counted_alarms(self, rule: str) -> int:
        """How many alarms of a rule there are, the first hundred of them; Vigil may have others about itself."""
        return len(self.get("alarms", limit=100, rule=rule)["items"])

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL to Vigil alone: its broker lives on."""
        assert self._child is not None
        self._child.kill()
        self._child.wait(10.0)

    def died(self) -> bool:
        return self._child is not None and self._child.poll() is not None

    def terminate(self) -> None:
        """SIGTERM, without waiting."""
        assert self._child is not None
        self._child.terminate()

    def stop(self, *, seconds: float = 30.0) -> int:
        """SIGTERM; gives the exit status."""
        self.terminate()
        assert self._child is not None
        return self._child.wait(seconds)

    def devices_address(self) -> BrokerAddress:
        """Where and as whom devices connect; the passwords are made in the first start."""
        passwords = self.data / "broker" / "passwords.json"
        wait_until(passwords.exists, "the broker's passwords", seconds=READY_SECONDS)
        return BrokerAddress("127.0.0.1", self.mqtt_port, "devices", json_of(passwords)["devices"])

    def close(self) -> None:
        """End whatever is left of this installation, and nothing else."""
        self._client.close()
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGCONT)
            self.kill()
        pidfile = self.data / "broker" / "nats.pid"
        if pidfile.exists() and runs(self.broker_pid, self.data):
            os.kill(self.broker_pid, signal.SIGKILL)

    def _options(self) -> list[str]:
        return [
            f"--data={self.data}",
            f"--config={self.folder / 'config'}",
            f"--port={self.api_port}",
            f"--mqtt-port={self.mqtt_port}",
        ]

    def login(self) -> dict[str, str]:
        """The header that lets an operator in."""
        if self._token is None and (found := _TOKEN.search(self.said)) is not None:
            self._token = found[1]
        return {} if self._token is None else {"Authorization": f"Bearer {self._token}"}


class Trial:
    """One installation under load: Vigil, its devices, and in the end what the oracles say. A context manager.

    `quiet` is for how many seconds nothing must come before the last message counts as taken.
    """

    def __init__(
        self,
        folder: Path,
        *,
        seed: int = 1,
        rate: float = 200.0,
        planted: Sequence[str] = (),
        site: Json | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        self.vigil = VigilProcess(folder, site=site, planted=planted, arguments=arguments)
        self.quiet = 1.0
        self._received, self._still_since = -1.0, time.monotonic()
        self.ledger = Ledger(folder / "ledger.jsonl")
        self.seed = seed
        self.rate = rate
        self.fleet: Fleet | None = None
        self.traffic: Traffic | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.traffic is not None:
            self.traffic.halt()
        if self.fleet is not None:
            self.fleet.close()
        self.ledger.close()
        self.vigil.close()

    def begin(self, *, traffic: bool = True, address: BrokerAddress | None = None) -> float:
        """Start Vigil, wait until it is ready, and let the devices speak; gives the seconds until ready."""
        took = self.vigil.start()
        self.attach(address or self.vigil.devices_address(), traffic=traffic)
        return took

    def attach(self, address: BrokerAddress, *, traffic: bool = True) -> None:
        """Let the devices connect and, with `traffic`, live."""
        fleet = self.fleet = Fleet(address, self.ledger)
        if traffic:
            self.traffic = Traffic(fleet, self.seed, rate=self.rate)
            self.traffic.start()

    def publish(self, message: Message) -> None:
        """Send one message of the test's own, or send it again."""
        assert self.fleet is not None, "begin first"
        self.fleet.publish(message)

    def wait_acked(self, more: int, *, seconds: float = SETTLE_SECONDS) -> None:
        """Wait until the broker has acknowledged that many messages more."""
        goal = len(self.ledger.acked) + more
        wait_until(lambda: len(self.ledger.acked) >= goal, f"{more} more acknowledged messages", seconds=seconds)

    def wait_stored(self, more: int = 1, *, seconds: float = SETTLE_SECONDS) -> None:
        """Wait until the running Vigil has stored that many messages more."""
        goal = self.vigil.counted("stored") + more
        wait_until(lambda: self.vigil.counted("stored") >= goal, f"{more} more stored messages", seconds=seconds)

    def settle(self) -> None:
        """End the load and wait until all that was sent has been acknowledged, judged and told."""
        if self.traffic is not None:
            self.traffic.finish()
        wait_until(lambda: self.ledger.unacked() == 0, f"{self.ledger.unacked()} PUBACKs", seconds=SETTLE_SECONDS)
        wait_until(self._is_quiet, "the last message to be judged and told", seconds=SETTLE_SECONDS)

    def verdict(self, *, effects: bool = True) -> list[str]:
        """Settle, stop Vigil and say everything that is not as it must be."""
        self.settle()
        status = self.vigil.stop()
        found = complaints(self.ledger, self.evidence(), effects=effects)
        return found if status == 0 else [*found, f"Vigil ended with status {status}"]

    def evidence(self) -> Evidence:
        """What the stopped Vigil has."""
        return read_evidence(self.vigil.data, self.vigil.said)

    def _is_quiet(self) -> bool:
        """Nothing was delivered since the last look but one, nothing waits, and nothing is held."""
        figures = self.vigil.figures()
        received = figures.get('vigil_collector_messages_total{outcome="received"}', -1.0)
        if received != self._received:
            self._received, self._still_since = received, time.monotonic()
        is_still = time.monotonic() - self._still_since > self.quiet
        return (
            is_still
            and figures.get("vigil_engine_lag_records") == 0
            and figures.get('vigil_outbox_messages{state="waiting"}') == 0
        )


def json_of(path: Path) -> Any:  # noqa: ANN401 - JSON
    return msgspec.json.decode(path.read_bytes())


def runs(pid: int, data: Path) -> bool:
    """Tell whether a process that names this data folder lives; one that nobody has reaped yet does not."""
    try:
        return str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
