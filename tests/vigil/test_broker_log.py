"""The log of nats-server 2.15.1: what its lines mean, that clients cannot forge them, and reading on over rotations."""

from pathlib import Path

import pytest

from vigil.broker_log import LogReader, Notice, Sort, notice_of

HEAD = "[31247] 2026/11/23 08:57:57.465197 "
CLIENT = '[ERR] 127.0.0.1:42095 - mid:27 - "phone-7" - '
DENIED = HEAD + CLIENT + 'Publish Violation - Subject "vigil.v1.hq.gw-4.scan"'


@pytest.mark.parametrize(
    ("said", "notice"),
    [
        (
            CLIENT + 'Publish Violation - Subject "vigil.v1.hq.gw-4.scan"',
            Notice(Sort.PUBLISH_DENIED, '"phone-7"', '"vigil.v1.hq.gw-4.scan"'),
        ),
        (
            CLIENT + 'Subscription Violation - Subject "$SYS.>", SID $SYS.>',
            Notice(Sort.SUBSCRIBE_DENIED, '"phone-7"', '"$SYS.>"'),
        ),
        (CLIENT + 'authentication error - User "a"', Notice(Sort.LOGIN_REFUSED, '"phone-7"', 'user "a"')),
        (CLIENT + "authentication error", Notice(Sort.LOGIN_REFUSED, '"phone-7"', "user not given")),
        (CLIENT + "unable to connect: authentication error", None),
        (
            "[ERR] 127.0.0.1:33 - mid:33 - TLS handshake error: tls: client didn't provide a certificate",
            Notice(Sort.TLS_REFUSED, "", "tls: client didn't provide a certificate"),
        ),
        (
            '[WRN] 127.0.0.1:52025 - mid:30 - "x" - Replacing old client "127.0.0.1:4 - mid:2 - \\"x\\"" since both',
            Notice(Sort.CLIENT_ID_TAKEN, '"x"'),
        ),
        ("[INF] Reloaded server configuration (sha256:767e)", Notice(Sort.LOADED)),
        ("[ERR] Failed to reload server configuration: no key", Notice(Sort.NOT_LOADED, detail="no key")),
        ("[INF] Reloaded: authorization users", None),
        ("[INF] Server is ready", None),
    ],
)
def test_a_line_that_matters_is_understood(said: str, notice: Notice | None) -> None:
    assert notice_of(HEAD + said) == notice


@pytest.mark.parametrize(
    "client",
    [
        "[INF] Reloaded server configuration",
        'x\\" - Publish Violation - Subject \\"y',
        "authentication error",
        "- TLS handshake error: x",
        "\\nTLS",
    ],
)
def test_a_client_id_cannot_make_a_line_mean_something_else(client: str) -> None:
    assert notice_of(f'{HEAD}[INF] 127.0.0.1:1 - mid:2 - "{client}" - Server is ready') is None
    denied = notice_of(f'{HEAD}[ERR] 127.0.0.1:1 - mid:2 - "{client}" - Publish Violation - Subject "s"')
    assert denied == Notice(Sort.PUBLISH_DENIED, f'"{client}"', '"s"')


def test_what_a_client_wrote_is_shown_in_part_only() -> None:
    notice = notice_of(f'{HEAD}[ERR] 1:1 - mid:2 - "{"c" * 500}" - Publish Violation - Subject "{"s" * 65_000}"')
    assert notice is not None
    assert (len(notice.client), len(notice.detail)) == (120, 120)


def sorts(reader: LogReader) -> list[Sort]:
    return [notice.sort for notice in reader.read()]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "nats.log"
    path.write_text(DENIED + "\n")
    return path


def append(log: Path, text: str) -> None:
    with log.open("a") as stream:
        stream.write(text)


def test_it_begins_at_the_end_and_reads_whole_lines(log: Path) -> None:
    reader = LogReader(log)
    assert sorts(reader) == []
    append(log, DENIED + "\n" + DENIED[:50])
    assert sorts(reader) == [Sort.PUBLISH_DENIED]
    append(log, DENIED[50:])
    assert sorts(reader) == []
    append(log, "\n")
    assert sorts(reader) == [Sort.PUBLISH_DENIED]
    reader.close()


def test_nothing_is_missed_when_the_log_is_rotated(log: Path) -> None:
    reader = LogReader(log)
    append(log, DENIED + "\n")
    log.rename(log.with_name("nats.log.2026"))
    append(log, DENIED + "\n" + DENIED + "\n")
    assert sorts(reader) == [Sort.PUBLISH_DENIED] * 3
    assert sorts(reader) == []
    reader.close()


def test_a_log_that_comes_later_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "nats.log"
    reader = LogReader(log)
    assert sorts(reader) == []
    append(log, DENIED + "\n")
    assert sorts(reader) == [Sort.PUBLISH_DENIED]
    log.unlink()
    assert sorts(reader) == []
    reader.close()


def test_bytes_that_are_no_text_and_endless_lines_do_no_harm(log: Path) -> None:
    reader = LogReader(log)
    with log.open("ab") as stream:
        stream.write(b"\xff\xfe\n" + b"x" * 3_000_000)
    assert sorts(reader) == []
    append(log, "\n" + DENIED + "\n")
    assert sorts(reader) == [Sort.PUBLISH_DENIED]
    reader.close()
