"""Who may log in at the bundled broker, and what each may say and hear there."""

from collections.abc import Sequence
from typing import Final

from domain.directory import MessageKind
from vigil.broker_config import COLLECTOR, DEVICES, PANELS, BrokerSecrets, BrokerUser
from vigil.device_credentials import DeviceCredential

_RECEIPTS: Final = "vigil/v1/+/+/receipt"


def users_of(
    passwords: BrokerSecrets, credentials: Sequence[DeviceCredential] = (), *, shared_login: bool = True
) -> tuple[BrokerUser, ...]:
    """Build the collector first, then those who may log in once its sessions exist.

    A device with a credential of its own, and one whose credential was revoked, is nobody's to speak for: the shared
    login loses its topics.
    """
    known = [
        BrokerUser(COLLECTOR, passwords.collector, publish=("vigil/status/#", _RECEIPTS), subscribe=("vigil/v1/#",)),
        BrokerUser(PANELS, passwords.panels, subscribe=("vigil/status/#",)),
    ]
    if shared_login:
        taken = tuple(f"vigil/v1/{credential.site}/{credential.device}/#" for credential in credentials)
        known.append(
            BrokerUser(
                DEVICES,
                passwords.devices,
                publish=("vigil/v1/#",),
                subscribe=(_RECEIPTS,),
                publish_denied=(_RECEIPTS, *taken),
                subscribe_denied=taken,
            )
        )
    return (*known, *(device_user(credential) for credential in credentials if credential.revoked_at is None))


def device_user(credential: DeviceCredential) -> BrokerUser:
    """Let a device say what devices say, about itself, and hear the receipts for that."""
    own = f"vigil/v1/{credential.site}/{credential.device}"
    return BrokerUser(
        credential.device,
        credential.password_hash,
        publish=tuple(f"{own}/{kind}" for kind in MessageKind),
        subscribe=(f"{own}/receipt",),
    )
