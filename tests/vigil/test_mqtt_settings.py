"""Settings about TLS and credentials of MQTT: what fits together, what is refused, and what holds by default."""

import pytest

from vigil.settings import Settings, SettingsInvalid

PAIR = {"mqtt_tls_cert": "c.pem", "mqtt_tls_key": "k.pem"}
OWN = {"mqtt_client_cert": "c.pem", "mqtt_client_key": "k.pem"}


def refusal(**settings: object) -> str:
    with pytest.raises(SettingsInvalid) as refused:
        Settings(**settings).check()  # type: ignore[arg-type]
    return str(refused.value)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"mqtt_host": "::1"},
        {"mqtt_host": "0.0.0.0", **PAIR},
        {"mqtt_host": "0.0.0.0", "allow_plain_mqtt": True},
        {**PAIR, **OWN, "mqtt_tls_ca": "ca.pem"},
        {"broker": "mqtts://broker", "mqtt_ca": "ca.pem", **OWN},
        {"broker": "mqtt://broker", "mqtt_host": "0.0.0.0"},
    ],
)
def test_what_fits_together_is_taken(settings: dict[str, object]) -> None:
    Settings(**settings).check()  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "broker.example"])
def test_plain_mqtt_beyond_loopback_needs_a_word(host: str) -> None:
    said = refusal(mqtt_host=host)
    assert f"mqtt-host '{host}' is not loopback and there is no TLS" in said
    assert "--mqtt-tls-cert" in said
    assert "--allow-plain-mqtt" in said
    assert Settings(mqtt_host=host, allow_plain_mqtt=True).plain_mqtt_beyond_loopback
    assert not Settings(mqtt_host=host, mqtt_tls_cert="c.pem", mqtt_tls_key="k.pem").plain_mqtt_beyond_loopback


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"mqtt_tls_cert": "c"}, "mqtt-tls-cert and mqtt-tls-key go together"),
        ({"mqtt_tls_key": "k"}, "mqtt-tls-cert and mqtt-tls-key go together"),
        ({**PAIR, "mqtt_tls_ca": "ca"}, "Vigil's own with --mqtt-client-cert"),
        ({**OWN, "mqtt_tls_ca": "ca"}, "give --mqtt-tls-cert"),
        ({"mqtt_ca": "ca"}, "mqtt-ca is for a broker by URL"),
        ({"broker": "mqtts://b", **PAIR}, "are for the bundled broker"),
        ({"broker": "mqtts://b", "mqtt_client_cert": "c"}, "mqtt-client-cert and mqtt-client-key go together"),
        ({"broker": "mqtt://b", "mqtt_ca": "ca"}, "give its URL as mqtts://"),
    ],
)
def test_what_would_not_work_or_not_protect_is_refused(settings: dict[str, object], said: str) -> None:
    assert said in refusal(**settings)


@pytest.mark.parametrize(
    ("host", "told", "shared"),
    [
        ("127.0.0.1", None, True),
        ("0.0.0.0", None, False),
        ("0.0.0.0", True, True),
        ("127.0.0.1", False, False),
    ],
)
def test_the_shared_login_is_for_loopback_unless_told(host: str, told: bool | None, shared: bool) -> None:
    assert Settings(mqtt_host=host, shared_device_login=told).shares_device_login is shared
