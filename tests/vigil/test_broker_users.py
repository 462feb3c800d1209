"""Who may say and hear what at the bundled broker, as data."""

from collector.foreign.mapping import ForeignDevice, ForeignFormat
from vigil.broker_config import BrokerSecrets, BrokerUser
from vigil.broker_users import users_of
from vigil.device_credentials import DeviceCredential

NOW = 1_795_000_000_000_000
SECRETS = BrokerSecrets("c" * 32, "d" * 32, "p" * 32, "s" * 32)
DISCOVERY = "homeassistant/+/vigil/+/config"
KINDS = ("scan", "access", "readings", "status", "person", "video", "panel")
PHONE = DeviceCredential(site="hq", device="phone-7", password_hash="hash", made_at=NOW)
GONE = DeviceCredential(site="annex", device="gw-4", password_hash="other", made_at=NOW, revoked_at=NOW + 1)


def by_name(*credentials: DeviceCredential, shared_login: bool = True) -> dict[str, BrokerUser]:
    return {user.name: user for user in users_of(SECRETS, credentials, shared_login=shared_login)}


def test_without_devices_there_are_three_with_what_they_need_and_no_more() -> None:
    users = users_of(SECRETS)
    assert [(user.name, user.password[0]) for user in users] == [("collector", "c"), ("panels", "p"), ("devices", "d")]
    collector, panels, devices = users
    assert (collector.publish, collector.subscribe) == (
        ("vigil/status/#", DISCOVERY, "vigil/v1/+/+/receipt"),
        ("vigil/v1/#",),
    )
    assert (panels.publish, panels.subscribe) == ((), ("vigil/status/#", DISCOVERY))
    native = tuple(f"vigil/v1/+/+/{kind}" for kind in KINDS)
    assert (devices.publish, devices.subscribe) == (native, ("vigil/v1/+/+/receipt",))
    assert (devices.publish_denied, devices.subscribe_denied) == (("vigil/v1/+/+/receipt",), ())


def test_a_device_says_what_devices_say_about_itself_and_hears_its_receipts() -> None:
    user = by_name(PHONE)["phone-7"]
    assert user.password == "hash"
    assert user.publish == tuple(f"vigil/v1/hq/phone-7/{kind}" for kind in KINDS)
    assert user.subscribe == ("vigil/v1/hq/phone-7/receipt",)
    assert not any(wildcard in topic for topic in (*user.publish, *user.subscribe) for wildcard in "+#$*>")


def test_the_shared_login_loses_the_topics_of_those_who_have_or_had_their_own() -> None:
    devices = by_name(PHONE, GONE)["devices"]
    taken = ("vigil/v1/hq/phone-7/#", "vigil/v1/annex/gw-4/#")
    assert devices.publish_denied == ("vigil/v1/+/+/receipt", *taken)
    assert devices.subscribe_denied == taken


def test_a_revoked_device_is_no_user() -> None:
    assert set(by_name(PHONE, GONE)) == {"collector", "panels", "devices", "phone-7"}


def test_without_the_shared_login_each_speaks_as_itself_or_not_at_all() -> None:
    assert set(by_name(PHONE, GONE, shared_login=False)) == {"collector", "panels", "phone-7"}


ZIGBEE = ForeignFormat(format="zigbee2mqtt", site="hq", gateway="gw-4", devices={"door": ForeignDevice(device="d")})
PLANT = ForeignFormat(format="sparkplug", site="hq")


def test_the_shared_login_may_publish_the_mapped_foreign_topics_and_no_others() -> None:
    collector, _, devices = users_of(SECRETS, mapping=(ZIGBEE, PLANT))
    foreign = ("zigbee2mqtt/#", "spBv1.0/+/+/+", "spBv1.0/+/+/+/+")
    assert devices.publish[-3:] == foreign
    assert collector.subscribe == ("vigil/v1/#", *foreign)
    assert collector.publish[-1] == "spBv1.0/+/NCMD/+"
    assert users_of(SECRETS)[2].publish == devices.publish[:-3]


def test_a_gateway_with_a_credential_of_its_own_is_the_only_one_to_publish_its_format() -> None:
    gateway = DeviceCredential(site="hq", device="gw-4", password_hash="hash", made_at=NOW)
    users = {user.name: user for user in users_of(SECRETS, (gateway, PHONE), mapping=(ZIGBEE,))}
    assert "zigbee2mqtt/#" in users["gw-4"].publish
    assert "zigbee2mqtt/#" not in users["devices"].publish
    assert "zigbee2mqtt/#" not in users["phone-7"].publish


def test_a_mapped_device_with_a_credential_of_its_own_may_publish_in_its_format() -> None:
    own = DeviceCredential(site="hq", device="d", password_hash="hash", made_at=NOW)
    users = {user.name: user for user in users_of(SECRETS, (own,), mapping=(ZIGBEE,))}
    assert "zigbee2mqtt/#" in users["d"].publish
