"""What officers' phones need of the API, put together: their messages are decoded as those of the broker are."""

from collections.abc import Callable, Sequence

from api.ports import PhonePorts
from collector.credentials import CredentialKey
from collector.message import MessageDecoder
from domain.directory import Directory
from domain.record import Record
from runtime.clock import Clock
from stores.photos import PhotoFiles
from vigil.data_folder import DataFolder
from vigil.phone_tokens import PhoneTokens


def phone_ports(
    folder: DataFolder, photos: PhotoFiles, clock: Clock, directory_source: Callable[[], Directory]
) -> PhonePorts:
    """Make the ports; `directory_source` is asked on every message."""
    decoder = MessageDecoder(CredentialKey.load_or_create(folder.credential_key))

    def decode(topic: str, payload: bytes) -> Sequence[Record]:
        directory = directory_source()
        return decoder.decode_message(topic, payload, retain=False, received_at=clock(), directory=directory)

    return PhonePorts(decode=decode, holder=PhoneTokens(folder.phone_tokens).holder, photos=photos)
