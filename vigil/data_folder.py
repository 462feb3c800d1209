"""Where everything lies in the data folder, and the secrets made at first start."""

import hashlib
import secrets
from pathlib import Path
from typing import Final

from msgspec import Struct

from domain.errors import VigilError
from domain.identity import is_id
from vigil.broker_config import write_private
from vigil.secret_strength import is_digest_of_well_known

TOKEN_BYTES: Final = 32
HISTORY_BYTES: Final = 4


class DataFolderUnusable(VigilError):
    """The data folder cannot be made or written."""


class DataFolder:
    """One installation's files. Readable by its owner only: it holds keys and what people did."""

    def __init__(self, root: Path) -> None:
        """Make the folder.

        Raises:
            DataFolderUnusable: it cannot be made or is not a folder.
        """
        self.root = root
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            msg = f"data folder {root} cannot be made: {error.strerror}. Give another with --data"
            raise DataFolderUnusable(msg) from error

    @property
    def journal(self) -> Path:
        return self.root / "journal"

    @property
    def state(self) -> Path:
        return self.root / "state.sqlite"

    @property
    def people(self) -> Path:
        return self.root / "people.sqlite"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def telemetry(self) -> Path:
        return self.root / "telemetry"

    @property
    def broker(self) -> Path:
        return self.root / "broker"

    @property
    def subscriptions(self) -> Path:
        """Which foreign topics the sessions at the broker may still have from earlier mappings."""
        return self.root / "subscriptions.json"

    @property
    def panels(self) -> Path:
        """What panels were told, so that what is no more can be taken back."""
        return self.root / "panels.json"

    @property
    def raw(self) -> Path:
        """Copies of foreign messages of the last week."""
        return self.root / "raw"

    @property
    def unmapped(self) -> Path:
        """The foreign devices that nobody has mapped, with what they send."""
        return self.root / "unmapped.json"

    @property
    def heads(self) -> Path:
        """Where the journal's segments ended at the last backup: witnesses for `vigil verify`."""
        return self.root / "heads.json"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def journal_key(self) -> Path:
        return self.keys / "journal.key"

    @property
    def credential_key(self) -> Path:
        return self.keys / "credentials.key"

    @property
    def token_digest(self) -> Path:
        return self.keys / "api-token.sha256"

    @property
    def sessions(self) -> Path:
        return self.keys / "sessions.json"

    @property
    def history(self) -> Path:
        """Holds the name of this folder's history; a backup leaves it out, so that what was restored gets a new one."""
        return self.root / "history"

    @property
    def phone_tokens(self) -> Path:
        """Digests of the tokens of officers' phones."""
        return self.keys / "phone-tokens.json"

    @property
    def photos(self) -> Path:
        return self.root / "photos"

    def make_keys_folder(self) -> None:
        """Make the folder of keys, for the owner only."""
        self.keys.mkdir(mode=0o700, exist_ok=True)


def load_or_create_history(folder: DataFolder) -> str:
    """The name by which receivers tell this history from an earlier one of the same installation (decision 0012).

    Raises:
        DataFolderUnusable: the file does not hold one.
    """
    path = folder.history
    if not path.exists():
        write_private(path, secrets.token_hex(HISTORY_BYTES).encode())
    name = path.read_text(encoding="ascii", errors="replace").strip()
    if not is_id(name):
        msg = f"{path} holds no name of a history: delete it to have a new one made at the next start"
        raise DataFolderUnusable(msg)
    return name


class ApiToken(Struct, frozen=True):
    """The digest the API compares with, and the token itself where it was made just now and is not kept yet."""

    digest: str
    made: str | None


def load_or_create_token(folder: DataFolder) -> ApiToken:
    """Give the API token's digest; on the first start make a token. `keep_token` keeps its digest once it can be shown.

    Raises:
        DataFolderUnusable: the file does not hold a digest, holds that of a word that anybody would try first, or is
            open to others.
    """
    path = folder.token_digest
    if not path.exists():
        token = secrets.token_urlsafe(TOKEN_BYTES)
        digest = hashlib.sha256(token.encode()).hexdigest()
        return ApiToken(digest, token)
    digest = path.read_text(encoding="ascii", errors="replace").strip()
    if len(digest) != hashlib.sha256().digest_size * 2 or not set(digest) <= set("0123456789abcdef"):
        msg = f"{path} holds no digest of an API token: delete it to have a new token made at the next start"
        raise DataFolderUnusable(msg)
    if is_digest_of_well_known(digest):
        msg = f"{path} stands for a token that anybody would try first: delete it to have one made at the next start"
        raise DataFolderUnusable(msg)
    if path.stat().st_mode & 0o077:
        msg = f"{path} is open to other users of this machine: run chmod 600 {path}"
        raise DataFolderUnusable(msg)
    return ApiToken(digest, None)


def keep_token(folder: DataFolder, token: ApiToken) -> None:
    """Keep the digest of a token made just now. A start that fails before this makes another one, so none is lost."""
    if token.made is not None:
        write_private(folder.token_digest, token.digest.encode())
