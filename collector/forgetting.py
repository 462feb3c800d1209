"""Makes a broker forget the collector's sessions, for a Vigil that will not come back: a demo, a played recording.

A persistent session that nobody reads gathers whatever is published, until the broker's limit or its disk ends that.
"""

import time
from typing import Final

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector.ingest import URGENCIES
from collector.session import link_plan, session_name
from collector.settings import SessionSettings
from domain.broker_address import BrokerAddress
from domain.errors import VigilError

_WAIT_SECONDS: Final = 0.1


class SessionsNotForgotten(VigilError):
    """The broker could not be reached, or did not let us in."""


def forget_sessions(address: BrokerAddress, settings: SessionSettings) -> None:
    """End both sessions and whatever waits in them; whoever uses them at the time is cut off.

    Raises:
        SessionsNotForgotten: names the broker and why.
    """
    for urgency in URGENCIES:
        plan = link_plan(urgency, address, settings, mqtt.MQTTv311, must_subscribe=False)
        try:
            why = _take_over(address, plan.client_id, plan.connect_timeout)
        except OSError as error:
            why = f"{type(error).__name__}: {error}"
        if why:
            remedy = "is the broker up, and are address and credential right?"
            name = session_name(urgency, settings)
            raise SessionsNotForgotten(f"no session '{name}' at {address.masked_url}: {why}; {remedy}")


def _take_over(address: BrokerAddress, client_id: str, seconds: float) -> str:
    """Connect with a clean session, which discards the kept one, and leave; say why that failed, or nothing.

    MQTT 3.1.1 serves: brokers that speak 5 as well know a client by its id alone.
    """
    answers: list[ReasonCode] = []

    def on_connect(
        _client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, code: ReasonCode, _: Properties | None
    ) -> None:
        answers.append(code)

    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=True,
        protocol=mqtt.MQTTv311,
        reconnect_on_failure=False,
    )
    client.connect_timeout = seconds
    if address.username is not None:
        client.username_pw_set(address.username, address.password)
    if address.tls_context is not None:
        client.tls_set_context(address.tls_context())
    elif address.tls:
        client.tls_set()
    client.on_connect = on_connect
    client.connect(address.host, address.port)
    deadline = time.monotonic() + seconds
    code = MQTTErrorCode.MQTT_ERR_SUCCESS
    while not answers and code is MQTTErrorCode.MQTT_ERR_SUCCESS and time.monotonic() < deadline:
        code = client.loop(timeout=_WAIT_SECONDS)
    if not answers:
        return "no answer to CONNECT" if code is MQTTErrorCode.MQTT_ERR_SUCCESS else mqtt.error_string(code)
    if answers[0].is_failure:
        return f"the broker refused the connection: {answers[0]}"
    client.disconnect()
    return ""
