"""The chat channel: WeCom, DingTalk, Feishu, Telegram and whatever else Apprise speaks to.

A service's URL holds its token, so it is a secret: it stands in no message, and Apprise's own log is not listened to.
"""

from collections.abc import Mapping

import apprise
import msgspec

from domain.notification import Notice, name_of
from domain.priority import Priority
from notify import wording
from notify.sender import Attempt, Verdict
from notify.settings import Language

_KINDS = {
    Priority.CRITICAL: apprise.NotifyType.FAILURE,
    Priority.HIGH: apprise.NotifyType.FAILURE,
    Priority.MEDIUM: apprise.NotifyType.WARNING,
    Priority.LOW: apprise.NotifyType.INFO,
}


class ChatSender:
    """Hands notices to Apprise, which says only whether the service took them."""

    def __init__(self, channel: str, urls: Mapping[str, str], language: Language) -> None:
        """`urls` are the services behind each recipient's name.

        Raises:
            ValueError: a URL is none that Apprise knows; the message names the recipient, not the URL.
        """
        self._channel = channel
        self._language = language
        self._services: dict[str, apprise.Apprise] = {}
        for name, url in urls.items():
            service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Vigil", storage_mode="memory"))
            if not service.add(url):
                raise ValueError(f"the URL of recipient '{name}' of channel '{channel}' is none that Apprise knows")
            self._services[name] = service

    @property
    def channel(self) -> str:
        return self._channel

    def send(self, message_id: str, address: str, payload: bytes, *, retain: bool) -> Attempt:  # noqa: ARG002
        """Send one notice to the service of a recipient."""
        service = self._services.get(name_of(address))
        if service is None:
            return Attempt(Verdict.REFUSED, f"recipient '{address}' is not configured any more")
        try:
            notice = msgspec.json.decode(payload, type=Notice)
        except msgspec.DecodeError as error:
            return Attempt(Verdict.REFUSED, f"payload of {message_id}: {error}")
        taken = service.notify(
            title=wording.subject(notice, self._language),
            body=wording.text(notice, self._language),
            notify_type=_KINDS[notice.items[0].priority],
            body_format=apprise.NotifyFormat.TEXT,
        )
        return Attempt(Verdict.SENT) if taken else Attempt(Verdict.RETRY, "the service did not take it")

    def close(self) -> None:
        """Nothing is kept open."""
