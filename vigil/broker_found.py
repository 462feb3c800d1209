"""Where devices publish: the broker that was named, or the bundled one of a data folder, where it last listened."""

from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from domain.broker_address import BrokerAddress
from domain.errors import VigilError
from vigil.broker_choice import named_broker
from vigil.broker_config import DEVICES, BrokerTls, load_or_create_secrets
from vigil.broker_tls import pinned_context
from vigil.settings import BUNDLED, read_settings


class NoBrokerFound(VigilError):
    """No broker was named and none of Vigil's own was found."""


class _TlsFiles(Struct, frozen=True):
    cert_file: str
    key_file: str


class _Listening(Struct, frozen=True):
    host: str
    port: int
    tls: _TlsFiles | None = None


class _NatsConf(Struct, frozen=True):
    """What the bundled broker was told (`vigil.broker_config.render`), as far as it says where it listens."""

    mqtt: _Listening


def publishing_address(data: str | None, broker: str | None) -> BrokerAddress:
    """Find the broker, with the credential of devices.

    Raises:
        NoBrokerFound: none was named, and on the data folder none has run.
    """
    settings = read_settings({"data": data, "broker": broker}).settings
    if settings.broker != BUNDLED:
        return named_broker(settings)
    folder = Path(settings.data) / "broker"
    try:
        told = msgspec.json.decode((folder / "nats.conf").read_bytes(), type=_NatsConf).mqtt
    except (FileNotFoundError, msgspec.DecodeError):
        remedy = "name a broker with --broker, or with --data the folder of a `vigil serve` that has its own"
        raise NoBrokerFound(f"no bundled broker has run on {settings.data}: {remedy}") from None
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(told.host, told.host)  # noqa: S104 - compared, not bound
    address = BrokerAddress(host, told.port, DEVICES, load_or_create_secrets(folder / "passwords.json").devices)
    if told.tls is None:
        return address
    own = (settings.mqtt_client_cert, settings.mqtt_client_key)
    own_certificate, own_key = (None if file is None else Path(file) for file in own)
    tls = BrokerTls(Path(told.tls.cert_file), Path(told.tls.key_file), own_certificate=own_certificate, own_key=own_key)
    return address.with_tls(partial(pinned_context, tls))
