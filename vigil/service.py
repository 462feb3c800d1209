"""The composition root: opens the stores, starts the parts in order, and closes them in the reverse order.

`Service` is what `vigil serve`, the demo and the tests run; it knows nothing of command lines.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TextIO

import structlog
from msgspec import Struct, structs

from api.app import create_app
from api.ports import ApiPorts
from api.server import ApiServer
from collector.credentials import CredentialKey
from collector.ingest import Collector, prepare_sessions, session_layout
from collector.raw_copies import RawCopies
from collector.session import SessionEvent
from collector.settings import CollectorSettings
from domain.broker_address import BrokerAddress
from domain.configuration import Configuration
from domain.directory import Directory
from journal.chain import load_or_create_key
from journal.sqlite_journal import SqliteJournal
from notify.console import ConsoleSender
from notify.home_assistant import PRESENCE
from notify.mqtt_status import MqttStatusSender
from notify.sender import Sender
from runtime.announce import CONSOLE, MQTT_STATUS
from runtime.channel_watch import ChannelWatch
from runtime.clock import Clock, ScaledClock, wall_clock
from runtime.deliver import NOTIFYING, STATUS
from runtime.loop import EngineLoop, LoopPorts, LoopState
from runtime.resource_reports import ResourceReports, alarm_stands
from runtime.watch import QUIET_SECONDS
from stores.historian import ParquetHistorian
from stores.people import open_people_store
from stores.photos import PhotoFiles
from stores.snapshots import SnapshotFiles
from stores.state.opening import StateStore, open_state_store
from vigil.broker import BrokerEvent
from vigil.broker_choice import bundled_broker, named_broker, session_settings
from vigil.channels import make_senders
from vigil.clock_choice import make_clock, speed_of
from vigil.configuration.loading import Loaded
from vigil.data_folder import DataFolder, keep_token, load_or_create_history, load_or_create_token
from vigil.deliveries import Deliveries
from vigil.figures import Figures, message_counts, register
from vigil.garbage import calm_collector
from vigil.health import Health
from vigil.heartbeat import Heartbeat
from vigil.housekeeping import Housekeeping
from vigil.keeping_up import KeepingUp, sights_of
from vigil.link_watch import LinkWatch
from vigil.panel_states import PanelStates
from vigil.phone_ports import phone_ports
from vigil.remembered_filters import with_forgotten
from vigil.running_out import RunningOut, served_certificates
from vigil.session_file import SessionFile
from vigil.settings import BUNDLED, Settings
from vigil.unmapped_list import UnmappedList, items_of

BUNDLED_QUIET_SECONDS: Final = 6.0
"""nats-server gives back what a crashed collector left unacknowledged 5 s after it first sent it: wait that out."""


_BROKER_FAULTS: Final = frozenset(
    {
        BrokerEvent.DIED,
        BrokerEvent.RESTART_FAILED,
        BrokerEvent.STORE_LOST,
        BrokerEvent.NOT_LOADED,
        BrokerEvent.REFUSED,
        BrokerEvent.CLIENT_ID_TAKEN,
    }
)

_LOG = structlog.get_logger("vigil")


class Started(Struct, frozen=True, kw_only=True):
    """Where the service can be reached. `token` is there on the first start only."""

    api_url: str
    token: str | None
    login_url: str
    broker: BrokerAddress
    devices: BrokerAddress
    panels: BrokerAddress


class Service:
    """Vigil on one machine. Use as a context manager, or call `start` and `stop`."""

    def __init__(
        self, settings: Settings, loaded: Loaded, *, console: TextIO | None = None, clock: Clock | None = None
    ) -> None:
        """Prepare; no file is touched before `start`. `clock` overrides what the settings say."""
        self.settings = settings
        self.configuration: Configuration = loaded.configuration
        self._loaded = loaded
        self._console = console
        self._directory = Directory(loaded.configuration)
        self.clock = clock if clock is not None else make_clock(settings)
        self.health = Health(self.clock)
        self._parts = ExitStack()
        self._deliveries = Deliveries(self.health.fault)
        self._senders: Sequence[Sender] = ()
        self._session = session_settings(settings, loaded.foreign)
        self._refusals: Callable[[], Mapping[str, int]] = dict
        self.journal: SqliteJournal
        self.state: StateStore
        self.loop: EngineLoop
        self.collector: Collector
        self.login_code: Callable[[], str]
        """Issues a code for one more login link."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Started:
        """Start every part; on failure what was started is stopped again.

        Raises:
            VigilError: naming the part that could not start, and the remedy.
        """
        try:
            return self._start()
        # supervision: the caller is told, after what was started has been stopped
        except BaseException:
            self._parts.close()
            raise

    @property
    def failed(self) -> bool:
        """Whether the engine has stopped for good: nothing is judged any more, and only a restart helps."""
        return self.loop.state is LoopState.FAILED

    def stop(self) -> None:
        """Stop taking messages, judge and store what was taken, close everything."""
        self._parts.close()

    def _start(self) -> Started:
        folder = DataFolder(Path(self.settings.data))
        folder.make_keys_folder()
        token = load_or_create_token(folder)
        self._senders = make_senders(self._loaded.channels, folder.root, load_or_create_history(folder))
        self._open_stores(folder)
        self._session = with_forgotten(folder.subscriptions, self._session)
        address, devices, panels = self._start_broker(folder)
        self.collector = Collector(
            address,
            lambda: self._directory,
            self.journal,
            self.clock,
            CollectorSettings(session=self._session, mapping=self._loaded.foreign),
            key=self._key,
            raw=self._raw,
            on_event=self._on_link,
        )
        self.loop = self._start_loop()
        self._link = LinkWatch(
            self.clock,
            self.health,
            keepalive=self._session.keepalive,
            report_gap=self.loop.report_gap,
            is_connected=self.collector.connected,
        )
        self._watch_itself(folder)
        self._housekeeping.start()
        self._parts.callback(self.collector.stop)
        self.collector.start()
        unmapped = UnmappedList(folder.unmapped, self.collector.unmapped, self.health.fault)
        self._parts.callback(unmapped.stop)
        unmapped.start()
        self._start_deliveries(address)
        if self.settings.home_assistant:
            self._start_panels(folder, address)
        self.login_code, server = self._start_api(token.digest, folder)
        self._start_heartbeat()
        keep_token(folder, token)
        self._parts.enter_context(calm_collector())
        return Started(
            api_url=server,
            token=token.made,
            login_url=f"{server}/login?once={self.login_code()}",
            broker=address,
            devices=devices,
            panels=panels,
        )

    def _open_stores(self, folder: DataFolder) -> None:
        fault = self.health.fault
        self.journal = SqliteJournal(
            folder.journal,
            load_or_create_key(folder.journal_key),
            self.clock,
            on_fault=lambda what: fault("journal", what),
        )
        self._parts.callback(self.journal.close)
        self.health.watch("journal", lambda: self.journal.trouble)
        self.state = self._parts.enter_context(open_state_store(folder.state))
        self.people = self._parts.enter_context(open_people_store(folder.people))
        for person in self._loaded.people:
            self.people.put(person)
        self.historian = ParquetHistorian(
            folder.telemetry, clock=self.clock, on_fault=lambda what: fault("historian", what)
        )
        self._parts.callback(self.historian.close)
        self._snapshots = SnapshotFiles(folder.snapshots)
        self._key = CredentialKey.load_or_create(folder.credential_key)
        self._raw = RawCopies(folder.raw, self._key)
        self._parts.callback(self._raw.close)
        self._photos = PhotoFiles(folder.photos)
        self._housekeeping = Housekeeping(
            self.journal,
            self.state.outbox,
            self.clock,
            fault,
            aside=(self._raw, self._photos),
            speed=speed_of(self.clock),
        )
        self._parts.callback(self._housekeeping.stop)

    def _watch_itself(self, folder: DataFolder) -> None:
        report = ResourceReports(self.journal, self.clock, partial(alarm_stands, self.state.reader))
        keeping_up = KeepingUp(
            sights_of(self.loop, self.journal, self.collector, folder),
            report,
            backup_days=self.settings.backup_days,
            speed=speed_of(self.clock),
        )
        self.health.watch("judging", keeping_up.trouble)
        running_out = RunningOut(
            folder.root,
            served_certificates(self.settings),
            self.health.fault,
            report,
            lambda: self.journal.refusals,
            others=(keeping_up.look,),
        )
        self._parts.callback(running_out.stop)
        running_out.start()

    def _start_broker(self, folder: DataFolder) -> tuple[BrokerAddress, BrokerAddress, BrokerAddress]:
        """Start the bundled broker or take the named one, and give Vigil's, devices' and panels' address."""
        if self.settings.broker != BUNDLED:
            address = named_broker(self.settings)
            return address, address, address
        if self.settings.plain_mqtt_beyond_loopback:
            _LOG.warning("mqtt_beyond_loopback_without_tls", host=self.settings.mqtt_host)
        broker = bundled_broker(self.settings, folder.broker, self._on_broker, self._loaded.foreign)
        self._parts.callback(broker.stop)
        self._session = session = structs.replace(self._session, secret=broker.claim().sessions)
        self._refusals = lambda: broker.refusals
        address = broker.start(lambda at: prepare_sessions(at, session), sessions=session_layout(session))
        self.health.watch("broker", lambda: "" if broker.is_alive() else "the bundled broker is not running")
        return address, broker.device_address, broker.panel_address

    def _start_loop(self) -> EngineLoop:
        state = self.state
        ports = LoopPorts(
            journal=self.journal,
            store=state.writer,
            snapshots=self._snapshots,
            historian=self.historian,
            clock=self.clock.watched if isinstance(self.clock, ScaledClock) else self.clock,
            on_fault=self.health.fault,
            quiet_seconds=self.collector.idle_seconds,
            committed=self._deliveries.wake,
            listening=self.collector.connected,
            channels=self.settings.channels,
            speed=speed_of(self.clock),
            jumps_are_gaps=self.clock is wall_clock,
            quiet_needed=BUNDLED_QUIET_SECONDS if self.settings.broker == BUNDLED else QUIET_SECONDS,
        )
        loop = EngineLoop(ports, self.configuration)
        self.health.watch("engine", lambda: "" if loop.state is LoopState.RUNNING else f"the engine is {loop.state}")
        self.health.watch("mqtt", lambda: "" if self.collector.connected() else "not connected to the MQTT broker")
        self._parts.callback(loop.stop)
        loop.start()
        return loop

    def _start_deliveries(self, address: BrokerAddress) -> None:
        outbox, epoch = self.state.outbox, self.loop.epoch
        self._parts.callback(self._deliveries.stop)
        # States wait until their channel is on again; a notice for a channel that is gone reaches nobody.
        known = {CONSOLE, MQTT_STATUS, *self._loaded.channels}
        if abandoned := outbox.abandon(known, wall_clock()):
            self.health.fault("outbox", f"{abandoned} messages are for channels that are not configured: refused")
        for channel in self.settings.channels:
            self._deliveries.start(outbox, self._sender(channel, address), epoch, STATUS)
        for sender in self._senders:
            watch = ChannelWatch(sender.channel, self.journal, self.clock, self.health.fault)
            self._deliveries.start(outbox, sender, epoch, NOTIFYING, watch)

    def _start_panels(self, folder: DataFolder, address: BrokerAddress) -> None:
        panel = MqttStatusSender(address, self._client_id("panels"), will=(PRESENCE, b"offline"))
        states = PanelStates(
            folder.panels,
            panel,
            self.state.reader,
            lambda: self.configuration,
            self.health.fault,
            self.settings.language,
        )
        self._parts.callback(states.stop)
        states.start()

    def _start_heartbeat(self) -> None:
        if not self.settings.heartbeat_url:
            return
        heartbeat = Heartbeat(self.settings.heartbeat_url, self.health.readiness, self.health.fault)
        self._parts.callback(heartbeat.stop)
        heartbeat.start()

    def _client_id(self, part: str) -> str:
        name = f"{self._session.instance}-{part}"
        return f"{name}-{self._session.secret}" if self._session.secret else name

    def _sender(self, channel: str, address: BrokerAddress) -> Sender:
        if channel == CONSOLE:
            return ConsoleSender(self._console, self.settings.language)
        if channel == MQTT_STATUS:
            return MqttStatusSender(address, self._client_id("status"))
        msg = f"channel '{channel}' is not known: give {CONSOLE}, {MQTT_STATUS}, or both"
        raise ValueError(msg)

    def _start_api(self, token_digest: str, folder: DataFolder) -> tuple[Callable[[], str], str]:
        """Start the API; gives what issues one-time login codes, and the URL."""
        settings = self.settings
        app = create_app(
            ApiPorts(
                journal=self.journal,
                models=self.state.reader,
                historian=self.historian,
                people=self.people,
                configuration=lambda: self.configuration,
                clock=self.clock,
                token_digest=token_digest,
                readiness=self.health.readiness,
                registry=register(
                    Figures(self.journal, self.loop, self.collector, self.state.outbox, self.health, self._refusals)
                ),
                unmapped=lambda: items_of(self.collector.unmapped.known()),
                outbox_counts=self.state.outbox.counts,
                message_counts=lambda: message_counts(self.collector),
                faults=self.health.faults,
                judged_seq=lambda: self.loop.seq,
                outbox=self.state.messages,
                release=release(),
                sessions=SessionFile(folder.sessions, token_digest, lambda what: self.health.fault("sessions", what)),
                phones=phone_ports(folder, self._photos, self.clock, lambda: self._directory),
            )
        )
        server = ApiServer(app, settings.host, settings.port, settings.tls_cert, settings.tls_key)
        port = server.start()
        self._parts.callback(server.stop)
        scheme = "https" if settings.tls_cert else "http"
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - compared
        return app.state.issue_login_code, f"{scheme}://{shown}:{port}"

    def _on_link(self, event: SessionEvent, detail: str) -> None:
        self._link.hear(event, detail)

    def _on_broker(self, event: BrokerEvent, detail: str) -> None:
        if event in _BROKER_FAULTS:
            self.health.fault(f"broker {event}", detail)


def release() -> str:
    """This release's number."""
    return version("vigil")
