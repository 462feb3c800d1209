"""W9: who is not what a certificate says, or speaks an old TLS, does not get through, in either direction."""

import shutil
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from domain.broker_address import BrokerAddress
from tests.brokers import wait_until
from tests.mqtt_clients import MqttClient
from tests.security.certificates import Authority
from tests.security.guarded import A_SCAN, A, Guarded, is_cut
from tests.vigil.running_service import Device, RunningService, SetClock, write_site
from vigil import broker_config
from vigil.broker import BrokerEvent
from vigil.broker_choice import named_broker
from vigil.broker_config import BrokerError, BrokerTls
from vigil.broker_process import may_log_in
from vigil.broker_tls import ClosingSocket, require_usable
from vigil.configuration.loading import load_configuration
from vigil.service import Service
from vigil.settings import Settings


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@contextmanager
def encrypted(tmp_path: Path, tls: BrokerTls) -> Iterator[Guarded]:
    guard = Guarded(tmp_path / f"broker-{tls.certificate.stem}", tls=tls)
    guard.add(A)
    try:
        guard.start()
        yield guard
    finally:
        guard.broker.stop()


def seen_from_outside(
    guard: Guarded, ca: Path | None, shows: BrokerTls | None = None, host: str = "127.0.0.1"
) -> BrokerAddress:
    """The address as `--broker mqtts://... --mqtt-ca ...` makes it, for the device's credential."""
    own = guard.addresses[A]
    return named_broker(
        Settings(
            broker=f"mqtts://{own.username}:{own.password}@{host}:{own.port}",
            mqtt_ca=None if ca is None else str(ca),
            mqtt_client_cert=None if shows is None else str(shows.certificate),
            mqtt_client_key=None if shows is None else str(shows.key),
        )
    )


def complaint(address: BrokerAddress) -> str:
    """Why a connection fails."""
    with pytest.raises(OSError) as failure:  # noqa: PT011 - whichever error TLS has
        MqttClient(address, "").paho.connect(address.host, address.port)
    return str(failure.value)


def test_whoever_believes_the_authority_gets_through_and_so_does_vigil(tmp_path: Path, authority: Authority) -> None:
    with encrypted(tmp_path, authority.issue("broker")) as guard:
        for host in ("127.0.0.1", "localhost"):
            assert may_log_in(seen_from_outside(guard, authority.certificate, host=host))
        with guard.device(A) as link, guard.collector() as collector:
            link.publish_and_wait(A_SCAN, "over TLS")
            assert collector.wait_for(1) == ["over TLS"]


def test_a_device_that_is_not_deceived_refuses_the_wrong_broker(tmp_path: Path, authority: Authority) -> None:
    stranger = Authority(tmp_path, "stranger")
    with encrypted(tmp_path, authority.issue("broker")) as guard:
        assert "local issuer certificate" in complaint(seen_from_outside(guard, stranger.certificate))
        # The system's authorities do not know ours.
        assert "local issuer certificate" in complaint(seen_from_outside(guard, None))
    with encrypted(tmp_path, authority.issue("elsewhere", "DNS:elsewhere.example")) as guard:
        assert "IP address mismatch" in complaint(seen_from_outside(guard, authority.certificate))
    with encrypted(tmp_path, authority.issue("expired", days=-1)) as guard:
        assert "certificate has expired" in complaint(seen_from_outside(guard, authority.certificate))


def test_tls_1_1_is_refused_by_the_broker(tmp_path: Path, authority: Authority) -> None:
    def old() -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=authority.certificate)
        context.sslsocket_class = ClosingSocket
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        return context

    with encrypted(tmp_path, authority.issue("broker")) as guard:
        assert "ALERT_PROTOCOL_VERSION" in complaint(guard.addresses[A].with_tls(old))
        guard.wait_for_refusals("tls_refused", 1)


def test_plain_mqtt_on_the_tls_port_is_refused(tmp_path: Path, authority: Authority) -> None:
    with encrypted(tmp_path, authority.issue("broker")) as guard:
        assert not may_log_in(replace(guard.addresses[A], tls=False, tls_context=None))


def test_in_mutual_mode_a_certificate_of_the_authority_is_asked_for(tmp_path: Path, authority: Authority) -> None:
    with encrypted(tmp_path, mutual(authority)) as guard:
        only_a_known_certificate_passes(guard, authority, Authority(tmp_path, "stranger"))


def test_mutual_mode_that_asks_nobody_would_be_noticed(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = broker_config._tls
    monkeypatch.setattr(broker_config, "_tls", lambda asked: tls(replace(asked, ca=None)))
    with encrypted(tmp_path, mutual(authority)) as guard, pytest.raises(AssertionError):
        only_a_known_certificate_passes(guard, authority, Authority(tmp_path, "stranger"))


def mutual(authority: Authority) -> BrokerTls:
    own = authority.issue("vigil-itself", "DNS:vigil")
    broker = authority.issue("broker")
    return replace(broker, ca=authority.certificate, own_certificate=own.certificate, own_key=own.key)


def only_a_known_certificate_passes(guard: Guarded, authority: Authority, stranger: Authority) -> None:
    known, unknown = authority.issue("phone", "DNS:phone"), stranger.issue("phone", "DNS:phone")
    assert may_log_in(seen_from_outside(guard, authority.certificate, known))
    assert not may_log_in(seen_from_outside(guard, authority.certificate))
    assert not may_log_in(seen_from_outside(guard, authority.certificate, unknown))
    # The certificate alone is not enough.
    assert not may_log_in(seen_from_outside(guard, authority.certificate, known).with_login(A, "wrong"))


def test_a_renewed_certificate_is_shown_to_the_next_and_open_links_stay(tmp_path: Path, authority: Authority) -> None:
    tls = authority.issue("broker")
    renewing = Authority(tmp_path, "renewing")
    with encrypted(tmp_path, tls) as guard, guard.device(A) as link:
        renewed = renewing.issue("broker")
        shutil.copy(renewed.key, tls.key)
        shutil.copy(renewed.certificate, tls.certificate)
        believing = seen_from_outside(guard, renewing.certificate)
        wait_until(lambda: may_log_in(believing), "the new certificate to be shown")
        assert not may_log_in(seen_from_outside(guard, authority.certificate))
        assert not is_cut(link)
        # Vigil believes the file, so it follows.
        assert may_log_in(guard.broker.address)


def test_half_a_renewal_is_told_and_the_old_certificate_stays(tmp_path: Path, authority: Authority) -> None:
    tls = authority.issue("broker")
    with encrypted(tmp_path, tls) as guard:
        shutil.copy(authority.issue("other").certificate, tls.certificate)
        wait_until(lambda: guard.told(BrokerEvent.NOT_LOADED) != [], "the half renewal to be told")
        assert "private key does not match" in guard.told(BrokerEvent.NOT_LOADED)[0]
        assert may_log_in(seen_from_outside(guard, authority.certificate))


def test_files_that_do_not_fit_are_refused_before_the_start(tmp_path: Path, authority: Authority) -> None:
    sound, other = authority.issue("one"), authority.issue("two")
    wrong = replace(sound, key=other.key)
    with (
        pytest.raises(BrokerError, match=r"mqtt-tls-key .*cannot be used.*KEY_VALUES_MISMATCH"),
        encrypted(tmp_path, wrong),
    ):
        pass
    with pytest.raises(BrokerError, match=r"mqtt-tls-cert .*cannot be used.*No such file"):
        require_usable(replace(sound, certificate=tmp_path / "none.pem"))
    with pytest.raises(BrokerError, match=r"mqtt-tls-ca .*cannot be used"):
        require_usable(replace(sound, ca=sound.key))
    with pytest.raises(BrokerError, match="Vigil too: give its own with --mqtt-client-cert"):
        require_usable(replace(sound, ca=authority.certificate))
    with pytest.raises(BrokerError, match=r"mqtt-ca .*cannot be used"):
        named_broker(Settings(broker="mqtts://host", mqtt_ca=str(tmp_path / "none.pem")))


def test_a_whole_vigil_takes_messages_in_over_tls_alone(tmp_path: Path, authority: Authority) -> None:
    tls = mutual(authority)
    running = RunningService(
        tmp_path,
        None,
        SetClock(),
        mqtt_tls_cert=str(tls.certificate),
        mqtt_tls_key=str(tls.key),
        mqtt_tls_ca=str(tls.ca),
        mqtt_client_cert=str(tls.own_certificate),
        mqtt_client_key=str(tls.own_key),
    )
    with running:
        address = running.started.devices
        assert address.masked_url.startswith("mqtts://")
        with MqttClient(address, "") as link:
            identity = Device(link, "phone").scan(running.clock())
        journal = running.service.journal
        wait_until(lambda: identity in {record.identity for record in journal.read(0, 100)}, "the scan in the journal")
        context = partial(ssl.create_default_context, cafile=str(authority.certificate))
        assert not may_log_in(address.with_tls(context)), "no certificate was shown"


def test_a_vigil_believes_a_named_broker_only_with_the_right_authority(tmp_path: Path, authority: Authority) -> None:
    with encrypted(tmp_path, authority.issue("broker")) as guard:
        with by_url(tmp_path / "wrong", guard.broker.address) as service:
            guard.wait_for_refusals("tls_refused", 2)
            assert not service.collector.connected()
        with by_url(tmp_path / "right", guard.broker.address, mqtt_ca=str(authority.certificate)) as service:
            wait_until(service.collector.connected, "the collector to connect")


@contextmanager
def by_url(folder: Path, broker: BrokerAddress, **settings: str) -> Iterator[Service]:
    url = f"mqtts://{broker.username}:{broker.password}@{broker.host}:{broker.port}"
    loaded = load_configuration(write_site(folder / "config"))
    with Service(Settings(data=str(folder / "data"), port=0, broker=url, **settings), loaded) as service:  # type: ignore[arg-type]
        service.start()
        yield service
