"""The e-mail channel: a notice by SMTP, as plain text and simple HTML."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

import msgspec

from domain.instant import to_datetime
from domain.notification import Notice, name_of
from notify import wording
from notify.sender import Attempt, Verdict
from notify.settings import EmailChannel, Security
from notify.wording import plain

SECONDS: Final = 10.0
"""How long each step of a conversation with the server may take."""

_PERMANENT: Final = 500


class EmailSender:
    """Sends through one server. What it refuses for good (5xx) is refused; all else is worth another attempt.

    A login that fails is tried again too: passwords get mended, and the message is none the worse for it.
    """

    def __init__(
        self, channel: str, settings: EmailChannel, password: str | None, history: str, *, seconds: float = SECONDS
    ) -> None:
        """`history` is this installation's name for its past; with the message's id it makes the Message-ID.

        Raises:
            OSError: the file of authorities cannot be read.
        """
        self._channel = channel
        self._settings = settings
        self._password = password
        self._history = history
        self._seconds = seconds
        self._context = ssl.create_default_context(cafile=settings.ca)

    @property
    def channel(self) -> str:
        return self._channel

    def send(self, message_id: str, address: str, payload: bytes, *, retain: bool) -> Attempt:  # noqa: ARG002
        """Send one notice to the mailboxes of a recipient."""
        mailboxes = self._settings.recipients.get(name_of(address), ())
        if not mailboxes:
            return Attempt(Verdict.REFUSED, f"recipient '{address}' is not configured any more")
        try:
            notice = msgspec.json.decode(payload, type=Notice)
        except msgspec.DecodeError as error:
            return Attempt(Verdict.REFUSED, f"payload of {message_id}: {error}")
        attempt = self._attempt(self._message(message_id, notice, mailboxes))
        return Attempt(attempt.verdict, self._without_addresses(attempt.detail, mailboxes))

    def close(self) -> None:
        """Connections end with their message."""

    def _message(self, message_id: str, notice: Notice, mailboxes: tuple[str, ...]) -> EmailMessage:
        language = self._settings.language
        message = EmailMessage()
        message["Subject"] = wording.subject(notice, language)
        message["From"] = self._settings.sender
        message["To"] = ", ".join(mailboxes)
        message["Date"] = format_datetime(to_datetime(notice.at))
        message["Message-ID"] = f"<{self._history}-{message_id}@{self._settings.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(wording.text(notice, language))
        message.add_alternative(wording.markup(notice, language), subtype="html")
        return message

    def _attempt(self, message: EmailMessage) -> Attempt:
        try:
            with self._connected() as server:
                refused = server.send_message(message)
        except smtplib.SMTPAuthenticationError as error:
            return Attempt(Verdict.RETRY, f"login refused: {_said(error)}")
        except smtplib.SMTPRecipientsRefused as error:
            permanent = all(code >= _PERMANENT for code, _ in error.recipients.values())
            said = "; ".join(f"{code} {_text(words)}" for code, words in error.recipients.values())
            return Attempt(Verdict.REFUSED if permanent else Verdict.RETRY, f"no mailbox accepted: {said}")
        except smtplib.SMTPResponseException as error:
            permanent = error.smtp_code >= _PERMANENT
            return Attempt(Verdict.REFUSED if permanent else Verdict.RETRY, _said(error))
        except (smtplib.SMTPException, OSError) as error:
            return Attempt(Verdict.RETRY, plain(f"{type(error).__name__}: {error}"))
        detail = "; ".join(f"one mailbox refused: {code} {_text(words)}" for code, words in refused.values())
        return Attempt(Verdict.SENT, detail or "accepted")

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security is Security.TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=self._seconds, context=self._context
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=self._seconds)
        try:
            if settings.security is Security.STARTTLS:
                server.starttls(context=self._context)
            if settings.username is not None:
                server.login(settings.username, self._password or "")
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        return server

    def _without_addresses(self, detail: str, mailboxes: tuple[str, ...]) -> str:
        """Servers repeat addresses in what they say; records of attempts are no place for them."""
        for mailbox in mailboxes:
            detail = detail.replace(mailbox, "(mailbox)")
        return detail


def _said(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}"


def _text(words: bytes | str) -> str:
    return plain(words.decode("utf-8", "replace") if isinstance(words, bytes) else words)[:200]
