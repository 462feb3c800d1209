"""What can be said of channels and routes, and what is wrong with it: each with its line and a remedy."""

from pathlib import Path

import pytest

from domain.notification import QuietHours, Route
from domain.priority import Priority
from notify.settings import ChatChannel, EmailChannel, Language, SecretPlace, Security, WebhookChannel
from tests.vigil.running_service import SITE
from vigil.configuration.loading import Loaded, load_configuration
from vigil.configuration.problem import ConfigurationInvalid

TELLING = """\
channels:
  mail:
    kind: email
    host: smtp.example.com
    sender: vigil@example.com
    username: vigil
    password: {env: VIGIL_SMTP_PASSWORD}
    recipients: {duty: [duty@example.com, second@example.com]}
  room:
    kind: webhook
    url: https://hooks.example.com/vigil
    secrets: [{file: keys/room.secret}]
  wecom:
    kind: chat
    language: zh
    recipients: {night: {env: VIGIL_WECOM}}
notification:
  wait_seconds: 20
  routes:
    - {id: urgent, to: [mail/duty, room], priorities: [critical, high]}
    - id: night
      to: [wecom/night]
      sites: [hq]
      rules: [forced, vigil-channel-fails]
      quiet: [{start: "22:00", end: "07:00", priorities: [low]}]
"""


def load(folder: Path, **files: str) -> Loaded:
    (folder / "site.yaml").write_text(SITE)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return load_configuration(folder)


def problems(folder: Path, **files: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ConfigurationInvalid) as refused:
        load(folder, **files)
    return [(problem.line, problem.message, problem.remedy) for problem in refused.value.problems]


def test_channels_stay_out_of_the_configuration_that_is_journalled(tmp_path: Path) -> None:
    loaded = load(tmp_path, telling=TELLING)
    assert loaded.channels == {
        "mail": EmailChannel(
            host="smtp.example.com",
            sender="vigil@example.com",
            recipients={"duty": ("duty@example.com", "second@example.com")},
            security=Security.STARTTLS,
            username="vigil",
            password=SecretPlace(env="VIGIL_SMTP_PASSWORD"),
        ),
        "room": WebhookChannel(url="https://hooks.example.com/vigil", secrets=(SecretPlace(file="keys/room.secret"),)),
        "wecom": ChatChannel(recipients={"night": SecretPlace(env="VIGIL_WECOM")}, language=Language.ZH),
    }
    assert "example.com" not in repr(loaded.configuration)


def test_routes_are_part_of_it_and_change_its_digest(tmp_path: Path) -> None:
    configuration = load(tmp_path, telling=TELLING).configuration
    assert configuration.notification.wait_seconds == 20.0
    assert configuration.notification.interval_seconds == 300.0
    assert configuration.notification.routes == (
        Route(id="urgent", to=("mail/duty", "room"), priorities=(Priority.CRITICAL, Priority.HIGH)),
        Route(
            id="night",
            to=("wecom/night",),
            sites=("hq",),
            rules=("forced", "vigil-channel-fails"),
            quiet=(QuietHours(start="22:00", end="07:00", priorities=(Priority.LOW,)),),
        ),
    )
    without = load(tmp_path, telling=TELLING.split("notification:", maxsplit=1)[0]).configuration
    assert without.digest() != configuration.digest()


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ("kind: email", "kind: e-mail", 2, "channel 'mail' is of no known kind"),
        ("    kind: chat\n", "", 13, "of no known kind"),
        ("  room:", "  mqtt:", 9, "'mqtt' is no id for a channel"),
        ("  room:", "  'a b':", 9, "'a b' is no id for a channel"),
        ("host: smtp", "hst: smtp", 4, "an email channel has no field 'hst'"),
        ("vigil@example.com", "Vigil <vigil@example.com>", 5, "is no mailbox"),
        ("duty@example.com,", "duty,", 8, "'duty' is no mailbox"),
        ("{duty: [duty@example.com, second@example.com]}", "{}", 8, "nobody can be told"),
        ("[duty@example.com, second@example.com]", "[]", 8, "recipient 'duty' has no mailbox"),
        ("{duty: [", "{'li wei': [", 8, "'li wei' is no id for a recipient"),
        ("    username: vigil\n", "", 2, "username and password go together"),
        ("host: smtp.example.com", "host: smtp.example.com\n    security: none", 5, "password would cross"),
        ("host: smtp.example.com", "host: smtp.example.com\n    port: 0", 5, "port 0 is no port"),
        ("{env: VIGIL_SMTP_PASSWORD}", "{env: A, file: b}", 7, "a secret lies in one place"),
        ("{env: VIGIL_SMTP_PASSWORD}", "secret", 7, "a secret place is written as a mapping"),
        ("https://hooks.example.com/vigil", "http://hooks.example.com/vigil", 11, "in the clear"),
        ("https://hooks.example.com/vigil", "ftp://hooks.example.com", 11, "cannot be posted to"),
        ("https://hooks.example.com/vigil", "https://a:b@hooks.example.com", 11, "holds a login"),
        ("[{file: keys/room.secret}]", "[]", 12, "proves nothing"),
        ("wait_seconds: 20", "wait_seconds: -1", 18, "wait_seconds of -1"),
        ("wait_seconds: 20", "repeat_seconds: 5", 18, "repeat_seconds of 5"),
        ("mail/duty, room", "mail, room", 20, "recipient 'mail' is not configured"),
        ("mail/duty, room", "mial/duty", 20, "channel 'mial' is not configured"),
        ("mail/duty, room", "room/duty", 20, "a webhook has no names"),
        ("mail/duty, room", "", 20, "leads to nobody"),
        ("sites: [hq]", "sites: [hk]", 23, "site 'hk' is not configured"),
        ("rules: [forced,", "rules: [forcd,", 24, "rule 'forcd' is not configured"),
        ('"22:00"', '"25:00"', 25, "'25:00' is not a time of day"),
        ('end: "07:00"', 'end: "22:00"', 25, "never end"),
        ("priorities: [low]", "priorities: [critical]", 25, "critical alarms know no quiet hours"),
        ("id: night\n", "id: urgent\n", 21, "route id 'urgent' stands more than once"),
    ],
)
def test_each_slip_is_told_with_its_line_and_a_remedy(
    tmp_path: Path, right: str, wrong: str, line: int, says: str
) -> None:
    assert right in TELLING
    found = problems(tmp_path, telling=TELLING.replace(right, wrong, 1))
    assert any(place == line and says in message and remedy for place, message, remedy in found), found


def test_a_plain_url_may_be_used_where_the_host_is_allowed(tmp_path: Path) -> None:
    inside = TELLING.replace("https://hooks.example.com/vigil", "http://10.0.0.5:8000/x\n    allow_hosts: [10.0.0.5]")
    assert load(tmp_path, telling=inside).configuration.notification.routes


def test_what_stands_in_two_files_is_told(tmp_path: Path) -> None:
    found = problems(tmp_path, telling=TELLING, again=TELLING)
    said = {message for _, message, _ in found}
    assert {"channel 'room' stands in two files", "wait_seconds is set in two files"} <= said
    assert "route id 'night' stands more than once" in said


def test_routes_may_use_what_another_file_has(tmp_path: Path) -> None:
    channels, routes = TELLING.split("notification:")
    loaded = load(tmp_path, channels=channels, routes=f"notification:{routes}")
    assert len(loaded.configuration.notification.routes) == 2
