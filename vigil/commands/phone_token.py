"""`vigil device token`: make or revoke the token of an officer's phone. Works while `serve` runs."""

import sys
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from domain.site import DeviceKind
from runtime.clock import wall_clock
from vigil.commands.device import NoSuchDevice, Place
from vigil.configuration.loading import load_configuration
from vigil.data_folder import DataFolder
from vigil.phone_tokens import PhoneTokens
from vigil.qr_code import qr_in_terminal
from vigil.settings import Settings, read_settings

_SAID: Final = (
    "{phone} sends observations with this token, shown only this once:\n  {token}\n"
    "Open this on the phone, or point its camera at the code:\n  {link}\n\n{code}"
)


def run(place: Place, site: str, device: str, *, revoke: bool, as_json: bool, url: str | None = None) -> int:
    """Make a token and show it, once, or revoke it; gives the exit status. `url` is where phones reach Vigil."""
    settings = read_settings({"data": place.data, "config": place.config}).settings
    folder = DataFolder(Path(settings.data))
    folder.make_keys_folder()
    tokens = PhoneTokens(folder.phone_tokens)
    if revoke:
        tokens.revoke(site, device, wall_clock())
        said, shown = f"The token of {site}/{device} opens nothing any more.", {"site": site, "device": device}
    else:
        _require_phone(Path(settings.config), site, device)
        token = tokens.make(site, device, wall_clock())
        link = f"{(url or _own_url(settings)).rstrip('/')}/phone/#token={token}"
        shown = {"site": site, "device": device, "token": token, "link": link}
        said = _SAID.format(phone=f"{site}/{device}", token=token, link=link, code=qr_in_terminal(link))
    if as_json:
        sys.stdout.write(msgspec.json.encode(shown).decode() + "\n")
    else:
        Console(markup=False).print(said, soft_wrap=True, highlight=False)
    return 0


def _own_url(settings: Settings) -> str:
    """Where this machine itself reaches the page; phones need an address that they know, given by --url."""
    scheme = "http" if settings.tls_cert is None else "https"
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - compared
    return f"{scheme}://{host}:{settings.port}"


def _require_phone(folder: Path, site: str, device: str) -> None:
    """A token for a device that nobody would believe helps nobody."""
    found = load_configuration(folder).configuration.site(site)
    phones = [] if found is None else [each.id for each in found.devices if each.kind is DeviceKind.PHONE]
    if device not in phones:
        known = ", ".join(phones[:8]) or "none is configured"
        raise NoSuchDevice(
            f"'{site}/{device}' is no phone of the configuration: list it there, or name one of: {known}"
        )
