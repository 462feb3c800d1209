"""Keeps Home Assistant's picture of Vigil current: publishes what has changed, and empties what is no more.

What was published is remembered in a file, because a broker keeps retained topics whatever becomes of a configuration.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from domain.alarm import Alarm
from domain.configuration import Configuration
from domain.errors import VigilError
from notify.home_assistant import PRESENCE, Picture, retained_topics
from notify.sender import Sender, Verdict
from runtime.deliver import Fault
from stores.ports import AlarmFilter, Page, ReadModels
from vigil.broker_config import write_private

LOOK_SECONDS: Final = 2.0
_PAGE: Final = 500
_OWN_RULES: Final = "vigil-"
_LOOKS_TO_SAY_AGAIN: Final = 15
"""After the link died the broker has said `offline` for Vigil; so `online` is repeated now and then."""


class PanelStates:
    """Looks every two seconds, from `start` to `stop`."""

    def __init__(
        self,
        path: Path,
        sender: Sender,
        models: ReadModels,
        configuration: Callable[[], Configuration],
        on_fault: Fault,
        language: str = "en",
    ) -> None:
        """Take up what was published before."""
        self._path = path
        self._sender = sender
        self._models = models
        self._configuration = configuration
        self._on_fault = on_fault
        self._language = language
        self._published: dict[str, str] = _read(path)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="panel-states", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float = 8.0) -> None:
        """Say that Vigil goes, and end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        self._sender.close()

    def publish(self) -> bool:
        """Publish what differs from what was published; False where the broker does not take it now.

        Raises:
            VigilError: the read models cannot be read.
            OSError: the file cannot be written.
        """
        wanted = self._wanted()
        changed = False
        try:
            for topic in [*(each for each in self._published if each not in wanted), *wanted]:
                payload = wanted.get(topic, b"")
                digest = hashlib.blake2b(payload, digest_size=8).hexdigest() if payload else ""
                if self._published.get(topic) == digest:
                    continue
                if self._sender.send("", topic, payload, retain=True).verdict is not Verdict.SENT:
                    return False
                changed = True
                if payload:
                    self._published[topic] = digest
                else:
                    del self._published[topic]
        finally:
            if changed:
                write_private(self._path, msgspec.json.encode(self._published))
        return True

    def _wanted(self) -> Mapping[str, bytes]:
        topics: dict[str, bytes] = {}
        configuration = self._configuration()
        rules = {rule.id for rule in configuration.rules}
        for site in configuration.sites:
            picture = Picture(
                site=site,
                # Alarms of a rule that was removed are told no more.
                alarms=[
                    alarm for alarm in self._alarms(site.id) if alarm.rule in rules or alarm.rule.startswith(_OWN_RULES)
                ],
                doors=self._models.doors(site.id),
                devices=self._models.devices(site.id),
            )
            topics |= retained_topics(picture, self._language)
        return topics

    def _alarms(self, site: str) -> Iterator[Alarm]:
        """All of them, however many: one that is left out would be taken back from the panels."""
        cursor = None
        while True:
            alarms, cursor = self._models.alarms(AlarmFilter(site=site), Page(limit=_PAGE, cursor=cursor))
            yield from alarms
            if cursor is None:
                return

    def _run(self) -> None:
        looks = 0
        while not self._stopping.is_set():
            try:
                if looks % _LOOKS_TO_SAY_AGAIN == 0 and not self._say(b"online"):
                    looks -= 1
                self.publish()
            except (OSError, VigilError) as error:
                self._on_fault("panel states", str(error))
            looks += 1
            self._stopping.wait(LOOK_SECONDS)
        self._say(b"offline")

    def _say(self, presence: bytes) -> bool:
        return self._sender.send("", PRESENCE, presence, retain=True).verdict is Verdict.SENT


def _read(path: Path) -> dict[str, str]:
    """What was published before; a damaged file forgets it, and then what is no more may stay at the broker."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
