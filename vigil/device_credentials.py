"""The devices' own credentials: made here, shown once, kept as hashes, revoked for good.

The file belongs to the bundled broker. `vigil device` writes it while the service runs; the service notices and has the
broker load it (`vigil.broker_watch`).
"""

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import bcrypt
import msgspec
from msgspec import Struct

from domain.identity import is_id
from domain.instant import Instant
from vigil.broker_config import COLLECTOR, DEVICES, PANELS, BrokerError, write_private
from vigil.broker_process import FileLock

RESERVED: Final = frozenset({COLLECTOR, DEVICES, PANELS})
"""Users the broker has already."""

# 160 bits, in digits that any keyboard, shell and device takes.
_SECRET_BYTES: Final = 20
_CLIENT_ID_BYTES: Final = 8
# The least bcrypt knows. The cost protects words that people choose; 160 random bits need none. And it is paid at each
# log-in, and for each link when the broker loads its users anew: 2 ms here, 50 ms at the usual cost of 10.
_COST: Final = 4
_HASH: Final = re.compile(rf"\$2b\${_COST:02}\$[./A-Za-z0-9]{{53}}")


class CredentialsUnusable(BrokerError):
    """The file of credentials cannot be used, or says no to what was asked of it."""


class DeviceCredential(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lets one device in; its user name is its id. A revoked one is kept, so that nobody speaks for the device."""

    site: str
    device: str
    password_hash: str
    made_at: Instant
    revoked_at: Instant | None = None

    def __repr__(self) -> str:
        return f"DeviceCredential({self.site}/{self.device})"


class MadeCredential(Struct, frozen=True, kw_only=True):
    """A credential that was made just now, with the password that stands nowhere else.

    `client_id` is a proposal that no other device can guess; a device may also connect with an empty one.
    """

    site: str
    device: str
    username: str
    password: str
    client_id: str

    def __repr__(self) -> str:
        return f"MadeCredential({self.site}/{self.device})"


class _Contents(Struct, frozen=True, forbid_unknown_fields=True):
    devices: tuple[DeviceCredential, ...] = ()
    version: int = 1


class DeviceCredentials:
    """The file of credentials. Whoever changes it holds its lock; whoever reads sees a whole file."""

    def __init__(self, path: Path) -> None:
        """Know the file; it is made with the first credential."""
        self.path = path
        self._in_force = path.with_name(path.name + ".in-force")

    def read(self) -> tuple[DeviceCredential, ...]:
        """Give all credentials, revoked ones among them, in the order they were made.

        Raises:
            CredentialsUnusable: the file is open to others, damaged, or holds what was not made here.
        """
        return self.read_with_digest()[0]

    def read_with_digest(self) -> tuple[tuple[DeviceCredential, ...], str]:
        """Give the credentials with the digest of the file they came from."""
        try:
            content = self.path.read_bytes()
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            return (), _digest(b"")
        if mode & 0o077:
            raise CredentialsUnusable(
                f"device credentials in {self.path} are open to other users of this machine: run chmod 600 {self.path}"
            )
        try:
            found = msgspec.json.decode(content, type=_Contents)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise CredentialsUnusable(
                f"device credentials in {self.path} cannot be read: restore the file from a backup, or delete it and "
                "make each device a new one with 'vigil device add'"
            ) from None
        _require_sound(found.devices, self.path)
        return found.devices, _digest(content)

    def add(self, site: str, device: str, now: Instant, *, replace: bool = False) -> MadeCredential:
        """Make a credential for a device that has none, or, with `replace`, in place of the one it has.

        Raises:
            CredentialsUnusable: the ids cannot be used, or the device has one already.
            BrokerError: another writer is at work.
        """
        _require_usable(site, device)
        password = secrets.token_hex(_SECRET_BYTES)
        with self._changing() as devices:
            present = devices.get(device)
            if present is not None and present.revoked_at is None and not replace:
                raise CredentialsUnusable(
                    f"device '{device}' has a credential already: give it a new one with --replace, or revoke it"
                )
            hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(_COST)).decode()
            devices[device] = DeviceCredential(site=site, device=device, password_hash=hashed, made_at=now)
        client_id = f"{device}-{secrets.token_hex(_CLIENT_ID_BYTES)}"
        return MadeCredential(site=site, device=device, username=device, password=password, client_id=client_id)

    def revoke(self, site: str, device: str, now: Instant) -> DeviceCredential:
        """Mark a credential as revoked; one that is revoked stays so, and keeps its time.

        Raises:
            CredentialsUnusable: the device has none.
            BrokerError: another writer is at work.
        """
        with self._changing() as devices:
            present = devices.get(device)
            if present is None or present.site != site:
                known = ", ".join(f"{one.site}/{one.device}" for one in devices.values()) or "none"
                raise CredentialsUnusable(f"device '{site}/{device}' has no credential of its own; these have: {known}")
            if present.revoked_at is None:
                present = devices[device] = msgspec.structs.replace(present, revoked_at=now)
        return present

    def mark_in_force(self, digest: str) -> None:
        """Say that the broker goes by the contents with this digest."""
        write_private(self._in_force, digest.encode())

    def is_in_force(self) -> bool:
        """Tell whether the broker went by what the file says now when it last loaded it."""
        try:
            return self._in_force.read_text(encoding="ascii") == self.read_with_digest()[1]
        except FileNotFoundError:
            return False

    @contextmanager
    def _changing(self) -> Iterator[dict[str, DeviceCredential]]:
        """Hold the lock, give the credentials by device, and write what became of them unless an error ended it."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(self.path.with_name(self.path.name + ".lock"))
        lock.acquire(complaint=f"{self.path} is being changed by another 'vigil device': try again")
        try:
            before = self.read()
            devices = {credential.device: credential for credential in before}
            yield devices
            if tuple(devices.values()) != before:
                write_private(self.path, msgspec.json.format(msgspec.json.encode(_Contents(tuple(devices.values())))))
        finally:
            lock.release()


def _require_usable(site: str, device: str) -> None:
    for what, name in (("site", site), ("device", device)):
        if not is_id(name):
            raise CredentialsUnusable(f"{what} '{name[:80]}' is not an id: use 1 to 64 of A-Z a-z 0-9 _ -")
    if device in RESERVED:
        raise CredentialsUnusable(f"'{device}' is a user of the broker itself: give the device another id")


def _require_sound(devices: Sequence[DeviceCredential], path: Path) -> None:
    seen: set[str] = set()
    for credential in devices:
        _require_usable(credential.site, credential.device)
        if credential.device in seen:
            raise CredentialsUnusable(f"device '{credential.device}' stands twice in {path}: remove one of the two")
        if _HASH.fullmatch(credential.password_hash) is None:
            # Whatever made it, it may be the hash of a word that can be guessed.
            raise CredentialsUnusable(
                f"the credential of device '{credential.device}' in {path} was not made by 'vigil device add', so "
                "nobody knows how strong it is: remove it from the file, then make one with 'vigil device add'"
            )
        seen.add(credential.device)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
