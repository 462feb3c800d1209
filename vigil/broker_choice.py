"""Which broker Vigil speaks to, and how: the bundled one, or one by URL."""

from collections.abc import Callable, Sequence
from pathlib import Path

from collector.foreign.mapping import ForeignFormat
from collector.foreign.sources import foreign_filters
from collector.settings import Protocol, SessionSettings
from domain.broker_address import BrokerAddress
from domain.record import Urgency
from vigil.broker import BrokerEvent, BundledBroker
from vigil.broker_config import BrokerTls
from vigil.broker_tls import trusting
from vigil.settings import BUNDLED, Settings


def named_broker(settings: Settings) -> BrokerAddress:
    """The broker that the settings name by URL, with the credential they give beside it."""
    address = BrokerAddress.parse(settings.broker)
    if address.username is None and settings.mqtt_username is not None:
        address = address.with_login(settings.mqtt_username, settings.mqtt_password or "")
    return trusting(address, settings.mqtt_ca, settings.mqtt_client_cert, settings.mqtt_client_key)


def bundled_broker(
    settings: Settings,
    directory: Path,
    on_event: Callable[[BrokerEvent, str], None],
    mapping: Sequence[ForeignFormat] = (),
) -> BundledBroker:
    """The bundled broker as the settings and the mapping want it, not yet started."""
    tls = None
    if settings.mqtt_tls_cert is not None and settings.mqtt_tls_key is not None:
        tls = BrokerTls(
            Path(settings.mqtt_tls_cert).resolve(),
            Path(settings.mqtt_tls_key).resolve(),
            ca=_resolved(settings.mqtt_tls_ca),
            own_certificate=_resolved(settings.mqtt_client_cert),
            own_key=_resolved(settings.mqtt_client_key),
        )
    return BundledBroker(
        directory,
        host=settings.mqtt_host,
        port=settings.mqtt_port,
        tls=tls,
        shared_login=settings.shares_device_login,
        mapping=mapping,
        on_event=on_event,
    )


def _resolved(file: str | None) -> Path | None:
    return None if file is None else Path(file).resolve()


def session_settings(settings: Settings, mapping: Sequence[ForeignFormat] = ()) -> SessionSettings:
    """How Vigil speaks to the broker of the settings, and what it hears there."""
    bundled = settings.broker == BUNDLED
    return SessionSettings(
        instance=settings.instance,
        protocol=Protocol.V311 if bundled else Protocol.AUTO,
        expect_sessions=bundled,
        foreign_events=foreign_filters(mapping, Urgency.EVENT),
        foreign_readings=foreign_filters(mapping, Urgency.READING),
    )
