"""The mail sender against a real SMTP server: what arrives, what is refused for good, and what nothing can inject."""

import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import msgspec
import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from msgspec.structs import replace

from domain.text import Text
from notify.email import EmailSender
from notify.sender import Attempt, Verdict
from notify.settings import EmailChannel, Language, Security
from tests.notify.receivers import Mailbox, smtp_server
from tests.samples import a_notice, an_alarm
from tests.security.certificates import Authority

DUTY, SECOND = "duty@example.com", "second@example.com"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as started:
        yield started


def settings(mailbox: Mailbox, **fields: object) -> EmailChannel:
    plain = EmailChannel(
        host="127.0.0.1",
        port=mailbox.port,
        security=Security.NONE,
        sender="vigil@example.com",
        recipients={"duty": (DUTY,), "both": (DUTY, SECOND)},
    )
    return replace(plain, **fields)


def send(channel: EmailChannel, to: str = "mail/duty", *, password: str | None = None, name: str = "") -> Attempt:
    alarm = an_alarm() if not name else replace(an_alarm(), name=Text(name, name))
    payload = msgspec.json.encode(a_notice("notice-1", to, alarm))
    return EmailSender("mail", channel, password, "abcd1234", seconds=5.0).send("notice-1", to, payload, retain=False)


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_a_notice_arrives_in_both_languages_as_text_and_html(mailbox: Mailbox) -> None:
    assert send(settings(mailbox), "mail/both") == Attempt(Verdict.SENT, "accepted")
    [(to, mail)] = mailbox.mails
    assert to == [DUTY, SECOND]
    assert mail["Subject"] == "[high] Tower: Door d1 forced open / [高] 塔楼：d1 门被强行打开"
    assert (mail["From"], mail["To"]) == ("vigil@example.com", f"{DUTY}, {SECOND}")
    assert mail["Message-ID"] == "<abcd1234-notice-1@example.com>"
    assert mail["Date"] == "Fri, 15 Jan 2027 08:00:00 +0000"
    assert "opened without a grant" in part(mail, "plain")
    assert "无授权开门" in part(mail, "html")


def test_each_attempt_bears_the_same_id(mailbox: Mailbox) -> None:
    for _ in range(2):
        send(settings(mailbox))
    assert len({mail["Message-ID"] for _, mail in mailbox.mails}) == 1


@pytest.mark.parametrize("evil", ["a\r\nBcc: x@evil.example", "a\nTo: x@evil.example\n\nhello", "a\x00\x1b[31mb\u202e"])
def test_a_name_cannot_add_headers_or_end_them(mailbox: Mailbox, evil: str) -> None:
    assert send(settings(mailbox, language=Language.EN), name=evil).verdict is Verdict.SENT
    [(to, mail)] = mailbox.mails
    assert to == [DUTY]
    assert mail["Bcc"] is None
    assert mail.get_all("To") == [DUTY]
    assert str(mail["Subject"]).isprintable()


def test_markup_in_names_is_shown_as_text(mailbox: Mailbox) -> None:
    send(settings(mailbox), name="<script>alert(1)</script> & {{7*7}} =cmd()")
    html = part(mailbox.mails[0][1], "html")
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{7*7}} =cmd()" in html
    assert "<script>alert(1)</script> & {{7*7}} =cmd()" in part(mailbox.mails[0][1], "plain")


def test_what_the_server_refuses_for_good_is_refused_and_the_rest_tried_again(mailbox: Mailbox) -> None:
    mailbox.refusals = {DUTY: f"550 <{DUTY}> no such user", SECOND: "450 busy"}
    assert send(settings(mailbox)) == Attempt(Verdict.REFUSED, "no mailbox accepted: 550 <(mailbox)> no such user")
    assert send(settings(mailbox), "mail/both").verdict is Verdict.RETRY
    mailbox.refusals = {SECOND: "550 no"}
    assert send(settings(mailbox), "mail/both") == Attempt(Verdict.SENT, "one mailbox refused: 550 no")
    mailbox.refusals = {}
    mailbox.verdict = "451 later"
    assert send(settings(mailbox)) == Attempt(Verdict.RETRY, "451 later")
    mailbox.verdict = "554 spam"
    assert send(settings(mailbox)) == Attempt(Verdict.REFUSED, "554 spam")


def test_a_recipient_that_is_gone_is_refused_and_a_payload_of_another_release_too(mailbox: Mailbox) -> None:
    assert send(settings(mailbox), "mail/gone").verdict is Verdict.REFUSED
    sender = EmailSender("mail", settings(mailbox), None, "h")
    assert sender.send("m", "mail/duty", b"{}", retain=False).verdict is Verdict.REFUSED
    assert mailbox.mails == []


def test_a_server_that_is_away_is_tried_again(mailbox: Mailbox) -> None:
    assert send(settings(mailbox, port=1)).verdict is Verdict.RETRY


def test_starttls_and_login_and_no_password_without_them(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate = authority.issue("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)

    def login(_s: object, _n: object, _e: object, _m: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"vigil", b"right"), handled=False)

    options = {"tls_context": context, "require_starttls": True, "authenticator": login, "auth_required": True}
    with smtp_server(**options) as mailbox:
        channel = settings(mailbox, security=Security.STARTTLS, username="vigil", ca=str(authority.certificate))
        assert send(channel, password="right").verdict is Verdict.SENT
        wrong = send(channel, password="wrong")
        assert (wrong.verdict, "login refused: 535" in wrong.detail) == (Verdict.RETRY, True)
        untrusted = send(replace(channel, ca=None), password="right")
        assert (untrusted.verdict, "certificate" in untrusted.detail.lower()) == (Verdict.RETRY, True)
    assert len(mailbox.mails) == 1
