"""`vigil device`: who may log in at the bundled broker as which device, also while `vigil serve` runs."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from domain.directory import MessageKind
from domain.errors import VigilError
from domain.instant import to_iso
from runtime.clock import wall_clock
from vigil.broker import CREDENTIALS_FILE, OWNER_LOCK
from vigil.broker_config import BrokerError
from vigil.broker_process import FileLock, end_orphan, end_unnamed_orphan
from vigil.configuration.loading import load_configuration
from vigil.data_folder import DataFolder
from vigil.device_credentials import DeviceCredentials, MadeCredential
from vigil.settings import BUNDLED, Settings, read_settings

LOAD_SECONDS: Final = 12.0
"""How long a running broker may take to load a change; it looks for one four times a second."""

SHOWN: Final = 8
"""How many ids a sentence lists."""

_POLL_SECONDS: Final = 0.02


class NoSuchDevice(VigilError):
    """A device that the configuration does not list, a folder without any, or a broker that is not ours to manage."""


class Place(Struct, frozen=True, kw_only=True):
    """Which installation is meant: the options of the command line, each None where it was not given."""

    data: str | None = None
    config: str | None = None


class Force(Struct, frozen=True):
    """Whether a change holds now (`in_force`), and the sentence about it."""

    in_force: bool
    said: str
    is_late: bool = False


def add(place: Place, site: str, device: str, *, replace: bool, check: bool, as_json: bool) -> int:
    """Make a credential and show it, once; gives the exit status."""
    settings = _settings(place)
    if check:
        _require_configured(Path(settings.config), site, device)
    folder, credentials = _credentials(settings, may_begin=True)
    made = credentials.add(site, device, wall_clock(), replace=replace)
    force = _await_force(folder, credentials)
    if as_json:
        _write_json({**msgspec.structs.asdict(made), "in_force": force.in_force})
    else:
        _show(made, force)
    return 1 if force.is_late else 0


def revoke(place: Place, site: str, device: str, *, as_json: bool) -> int:
    """Revoke a credential and have the device cut off; gives the exit status."""
    folder, credentials = _credentials(_settings(place))
    revoked = credentials.revoke(site, device, wall_clock())
    force = _await_force(folder, credentials, ending_orphan=True)
    if as_json:
        shown = {"site": site, "device": device, "revoked_at": to_iso(revoked.revoked_at or 0)}
        _write_json({**shown, "in_force": force.in_force})
    else:
        Console(markup=False).print(
            f"The credential of {site}/{device} is revoked. {force.said}", soft_wrap=True, highlight=False
        )
    return 1 if force.is_late else 0


def show_all(place: Place, *, as_json: bool) -> int:
    """List all credentials, never a password or its hash; gives the exit status."""
    _, credentials = _credentials(_settings(place))
    rows = [
        {
            "site": credential.site,
            "device": credential.device,
            "made_at": to_iso(credential.made_at),
            "revoked_at": None if credential.revoked_at is None else to_iso(credential.revoked_at),
        }
        for credential in credentials.read()
    ]
    if as_json:
        _write_json({"devices": rows})
        return 0
    table = Table("site", "device", "made at", "revoked at")
    for row in rows:
        table.add_row(row["site"], row["device"], row["made_at"], row["revoked_at"] or "")
    Console(markup=False).print(
        table if rows else "No device has a credential of its own; make one with: vigil device add"
    )
    return 0


def _settings(place: Place) -> Settings:
    settings = read_settings({"data": place.data, "config": place.config}).settings
    if settings.broker != BUNDLED:
        raise NoSuchDevice(
            "the settings name a broker by URL, which has users of its own: add the device there (docs/security.md)"
        )
    return settings


def _credentials(settings: Settings, *, may_begin: bool = False) -> tuple[Path, DeviceCredentials]:
    """The broker's folder and its credentials; only the first of them `may_begin` a data folder."""
    if not may_begin and not Path(settings.data).is_dir():
        raise NoSuchDevice(f"{settings.data} is not a folder: name the data folder of your Vigil with --data")
    # As the service does it: the orphan's command line names the resolved folder.
    folder = DataFolder(Path(settings.data)).broker.resolve()
    return folder, DeviceCredentials(folder / CREDENTIALS_FILE)


def _require_configured(folder: Path, site: str, device: str) -> None:
    """Refuse a device whose messages would all be quarantined."""
    sites = {found.id: found for found in load_configuration(folder).configuration.sites}
    remedy = f"list it in {folder}, or give --no-check to make the credential first"
    if site not in sites:
        raise NoSuchDevice(f"site '{site}' is not configured ({_some(sites)}): {remedy}")
    devices = [found.id for found in sites[site].devices]
    if device not in devices:
        raise NoSuchDevice(f"device '{device}' is not configured at site '{site}' ({_some(devices)}): {remedy}")


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    shown = ", ".join(listed[:SHOWN])
    return f"there are {shown}{', ...' if len(listed) > SHOWN else ''}" if listed else "there is none"


def _await_force(folder: Path, credentials: DeviceCredentials, *, ending_orphan: bool = False) -> Force:
    """Wait until the broker of a running Vigil goes by the file."""
    owner = FileLock(folder / OWNER_LOCK)
    try:
        owner.acquire(complaint="a Vigil runs")
    except BrokerError:
        deadline = time.monotonic() + LOAD_SECONDS
        while not credentials.is_in_force():
            if time.monotonic() > deadline:
                said = (
                    f"It is stored, but the running broker has not loaded it within {LOAD_SECONDS:.0f} s: see its log."
                )
                return Force(in_force=False, said=said, is_late=True)
            time.sleep(_POLL_SECONDS)
        return Force(in_force=True, said="It holds now.")
    try:
        # A broker that outlived its Vigil knows nothing of the change, and nobody tells it.
        ended = _end_orphan(folder) if ending_orphan else None
    finally:
        owner.release()
    if ended is not None:
        return Force(
            in_force=True, said="The broker that a killed Vigil left behind was ended; devices wait for vigil serve."
        )
    return Force(in_force=ending_orphan, said="No Vigil runs here; it holds from the next start.")


def _end_orphan(folder: Path) -> int | None:
    config = folder / "nats.conf"
    return end_orphan(folder / "nats.pid", config) or end_unnamed_orphan(config, folder / "store.lock")


def _show(made: MadeCredential, force: Force) -> None:
    own = f"vigil/v1/{made.site}/{made.device}"
    lines = (
        f"{made.site}/{made.device} has a credential of its own. {force.said}",
        f"  user name  {made.username}",
        f"  password   {made.password}   (shown only this once)",
        f"  client id  {made.client_id}   (or an empty one; a guessable one can be taken over by other devices)",
        f"  publishes  {own}/KIND, where KIND is {', '.join(MessageKind)}",
        f"  hears      {own}/receipt",
    )
    Console(markup=False).print("\n".join(lines), soft_wrap=True, highlight=False)


def _write_json(shown: object) -> None:
    sys.stdout.write(msgspec.json.encode(shown).decode() + "\n")
