"""Who may log in at the bundled broker, and what each may say and hear there.

Nothing is granted that no session of the collector hears: nats-server acknowledges such a message and forgets it,
whereas one that is denied is counted and told.
"""

from collections.abc import Sequence
from typing import Final

from collector.foreign.mapping import ForeignFormat
from domain.directory import MessageKind
from vigil.broker_config import COLLECTOR, DEVICES, PANELS, BrokerSecrets, BrokerUser
from vigil.device_credentials import DeviceCredential

_RECEIPTS: Final = "vigil/v1/+/+/receipt"
_NATIVE: Final = tuple(f"vigil/v1/+/+/{kind}" for kind in MessageKind)
_DISCOVERY: Final = "homeassistant/+/vigil/+/config"
"""Where Home Assistant is told what there is; nobody but Vigil may say it."""

_REBIRTH: Final = "+/NCMD/+"
"""What Vigil itself says to foreign devices, below a Sparkplug topic."""


def users_of(
    passwords: BrokerSecrets,
    credentials: Sequence[DeviceCredential] = (),
    *,
    shared_login: bool = True,
    mapping: Sequence[ForeignFormat] = (),
) -> tuple[BrokerUser, ...]:
    """Build the collector first, then those who may log in once its sessions exist.

    A device with a credential of its own, and one whose credential was revoked, is nobody's to speak for: the shared
    login loses its topics, and those of the foreign formats whose gateway it is.
    """
    foreign = _filters(mapping)
    rebirths = tuple(f"{each.base}/{_REBIRTH}" for each in mapping if each.format == "sparkplug")
    known = [
        BrokerUser(
            COLLECTOR,
            passwords.collector,
            publish=("vigil/status/#", _DISCOVERY, _RECEIPTS, *dict.fromkeys(rebirths)),
            subscribe=("vigil/v1/#", *foreign),
        ),
        BrokerUser(PANELS, passwords.panels, subscribe=("vigil/status/#", _DISCOVERY)),
    ]
    if shared_login:
        owners = {(credential.site, credential.device) for credential in credentials}
        taken = tuple(f"vigil/v1/{credential.site}/{credential.device}/#" for credential in credentials)
        known.append(
            BrokerUser(
                DEVICES,
                passwords.devices,
                publish=(*_NATIVE, *_filters([each for each in mapping if (each.site, each.gateway) not in owners])),
                subscribe=(_RECEIPTS,),
                publish_denied=(_RECEIPTS, *taken),
                subscribe_denied=taken,
            )
        )
    return (*known, *(device_user(each, mapping) for each in credentials if each.revoked_at is None))


def device_user(credential: DeviceCredential, mapping: Sequence[ForeignFormat] = ()) -> BrokerUser:
    """Let a device say what devices say, about itself, and hear the receipts for that.

    A foreign device may publish in its format, and so may the gateway that brings the format's messages.
    """
    own = f"vigil/v1/{credential.site}/{credential.device}"
    speaks = [each for each in mapping if each.site == credential.site and credential.device in each.senders]
    return BrokerUser(
        credential.device,
        credential.password_hash,
        publish=(*(f"{own}/{kind}" for kind in MessageKind), *_filters(speaks)),
        subscribe=(f"{own}/receipt",),
    )


def _filters(mapping: Sequence[ForeignFormat]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.topic_filter for part in mapping for each in part.subscriptions))
