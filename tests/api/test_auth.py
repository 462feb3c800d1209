"""Who gets in: the token, the session, the one-time link; and nobody else, anywhere."""

import json
import logging
from collections.abc import Mapping

import pytest

from api.auth import Credentials, digest_of
from api.ports import ApiLimits
from tests.api.document import operations
from tests.api.serving import BEARER, TOKEN, Backstage, LocalClient

OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/login"), ("POST", "/api/v1/session")}
GUARDED = [(method, path) for method, path, _ in operations() if (method, path) not in OPEN]
OWN = {"Origin": "http://vigil.test", "Host": "vigil.test"}
SESSION = "/api/v1/session"
ACKNOWLEDGE = "/api/v1/alarms/alarm-1/acknowledge"


def refused(shared: Backstage, reason: str) -> float:
    return shared.registry.get_sample_value("vigil_http_auth_failures_total", {"reason": reason}) or 0.0


@pytest.fixture
def browser(stranger: LocalClient) -> LocalClient:
    assert stranger.post(SESSION, json={"token": TOKEN}).status_code == 204
    return stranger


@pytest.mark.parametrize(("method", "path"), [*GUARDED, ("GET", "/api/v1/openapi.json"), ("GET", "/x")])
def test_nothing_is_told_without_a_credential(stranger: LocalClient, method: str, path: str) -> None:
    answer = stranger.request(method, path, content=b"{not json")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer é"],
)
def test_a_wrong_token_is_refused_and_counted(shared: Backstage, stranger: LocalClient, authorization: str) -> None:
    before = refused(shared, "unauthenticated")
    headers = {"Authorization": authorization.encode("latin-1")}
    assert stranger.get("/api/v1/sites", headers=headers).status_code == 401
    assert refused(shared, "unauthenticated") == before + 1


def test_the_scheme_is_not_case_sensitive(stranger: LocalClient) -> None:
    assert stranger.get("/api/v1/sites", headers={"Authorization": f"bearer {TOKEN}"}).status_code == 200


def test_two_authorizations_are_none(stranger: LocalClient) -> None:
    twice = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", f"Bearer {TOKEN}")]
    assert stranger.get("/api/v1/sites", headers=twice).status_code == 401


def test_health_tells_nothing_else(shared: Backstage, stranger: LocalClient) -> None:
    assert stranger.get("/healthz").json() == {"status": "ok"}
    assert stranger.get("/readyz").json() == {"status": "ok"}
    shared.readiness = {"journal": "disk full on /dev/sda1", "engine": ""}
    answer = stranger.get("/readyz")
    shared.readiness = {}
    assert answer.status_code == 503
    assert answer.json() == {
        "type": "urn:vigil:problem:not_ready",
        "title": "Not ready",
        "status": 503,
        "code": "not_ready",
    }
    assert stranger.get("/healthz").status_code == 200


def test_a_session_is_opened_with_the_token_and_ends(stranger: LocalClient) -> None:
    answer = stranger.post(SESSION, json={"token": TOKEN})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    assert stranger.get(SESSION).json() == {
        "actor": "operator",
        "roles": ["operator", "supervisor"],
        "by": "session",
    }
    kept = dict(stranger.cookies)
    assert stranger.request("DELETE", SESSION, headers=OWN).status_code == 204
    stranger.cookies.update(kept)
    assert stranger.get(SESSION).status_code == 401


def test_over_https_the_cookie_is_secure(stranger: LocalClient) -> None:
    answer = stranger.post(f"https://vigil.test{SESSION}", json={"token": TOKEN})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_wrong_token_opens_no_session_and_is_not_repeated(shared: Backstage, stranger: LocalClient) -> None:
    before = refused(shared, "login")
    answer = stranger.post(SESSION, json={"token": "wrong-secret"})
    assert answer.status_code == 401
    assert "wrong-secret" not in answer.text
    assert "set-cookie" not in answer.headers
    assert refused(shared, "login") == before + 1
    invalid = stranger.post(SESSION, json={"token": ["wrong-secret"]})
    assert invalid.status_code == 422
    assert "wrong-secret" not in invalid.text


def test_a_session_ends_by_itself(shared: Backstage, browser: LocalClient) -> None:
    shared.seconds += 12 * 3600 - 1
    assert browser.get(SESSION).status_code == 200
    shared.seconds += 2
    assert browser.get(SESSION).status_code == 401


def test_a_wrong_token_is_not_healed_by_a_good_cookie(browser: LocalClient) -> None:
    assert browser.get(SESSION, headers={"Authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OWN, 200),
        ({**OWN, "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 403),
        ({"Origin": "http://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://vigil.test"}, 403),
        ({"Origin": "http://vigil.test:81"}, 403),
        ({"Origin": "http://vigil.test.evil.test"}, 403),
        ({**OWN, "Sec-Fetch-Site": "cross-site"}, 403),
        ({**OWN, "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.test", "Sec-Fetch-Site": "same-origin"}, 403),
    ],
)
def test_a_session_changes_things_only_from_its_own_page(
    shared: Backstage, browser: LocalClient, headers: dict[str, str], status: int
) -> None:
    before = len(shared.engine.commands)
    assert browser.post(ACKNOWLEDGE, headers=headers).status_code == status
    assert len(shared.engine.commands) - before == (status == 200)


def test_a_session_may_read_from_anywhere(browser: LocalClient) -> None:
    # Another site's page cannot see the answer: no CORS header allows it.
    answer = browser.get("/api/v1/sites", headers={"Origin": "http://evil.test"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


class Kept:
    """What a file would keep, and how often it was written."""

    def __init__(self, sessions: Mapping[str, float]) -> None:
        self.sessions = dict(sessions)
        self.saved = 0

    def load(self) -> Mapping[str, float]:
        return self.sessions

    def save(self, sessions: Mapping[str, float]) -> None:
        self.sessions = dict(sessions)
        self.saved += 1


def test_sessions_outlive_a_restart_for_as_long_as_they_had_left() -> None:
    now = [50.0]
    kept = Kept({})

    def restart() -> Credentials:
        return Credentials("0" * 64, ApiLimits(session_seconds=100.0), lambda: now[0], kept)

    before = restart()
    one, other = before.open_session(), before.open_session()
    before.end_session(other)
    assert (list(kept.sessions.values()), kept.saved) == ([100.0], 3)
    assert one not in str(kept.sessions)
    now[0] = 7.0
    after = restart()
    assert after.by_session(one) is not None
    assert after.by_session(other) is None
    now[0] = 107.0
    assert after.by_session(one) is None


def test_what_was_kept_never_lasts_longer_than_a_session_may() -> None:
    now = [0.0]
    kept = Kept({digest_of("forged"): 1e9})
    credentials = Credentials("0" * 64, ApiLimits(session_seconds=100.0), lambda: now[0], kept)
    assert credentials.by_session("forged") is not None
    now[0] = 100.0
    assert credentials.by_session("forged") is None


def test_login_codes_are_kept_nowhere() -> None:
    kept = Kept({})
    Credentials("0" * 64, ApiLimits(), lambda: 0.0, kept).issue_login_code()
    assert kept.saved == 0


def test_a_login_link_works_once(shared: Backstage, stranger: LocalClient) -> None:
    code = stranger.app.state.issue_login_code()
    answer = stranger.get("/login", params={"once": code})
    assert answer.status_code == 200
    assert 'content="0; url=/"' in answer.text
    assert stranger.get(SESSION).json()["by"] == "session"
    again = stranger.get("/login", params={"once": code})
    assert again.status_code == 401
    assert code not in again.text


def test_a_login_link_expires(shared: Backstage, stranger: LocalClient) -> None:
    code = stranger.app.state.issue_login_code()
    shared.seconds += 601
    assert stranger.get("/login", params={"once": code}).status_code == 401


def test_a_login_code_is_no_session_and_no_token(stranger: LocalClient) -> None:
    code = stranger.app.state.issue_login_code()
    assert stranger.get(SESSION, headers={"Authorization": f"Bearer {code}"}).status_code == 401
    assert stranger.get(SESSION, headers={"Cookie": f"vigil_session={code}"}).status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/sites", "/nothing", "/api/v1/alarms?limit=x"])
@pytest.mark.parametrize("known", [True, False])
def test_every_answer_carries_the_security_headers(stranger: LocalClient, path: str, known: bool) -> None:
    headers = stranger.get(path, headers=BEARER if known else {}).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


def test_no_secret_reaches_a_log(shared: Backstage, stranger: LocalClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code = stranger.app.state.issue_login_code()
    stranger.get("/login", params={"once": code})
    stranger.post(SESSION, json={"token": TOKEN})
    stranger.get("/api/v1/sites", headers=BEARER)
    secrets = [TOKEN, code, *dict(stranger.cookies).values()]
    # The test's own HTTP client logs addresses; ours must not.
    logged = json.dumps([record.getMessage() for record in caplog.records if not record.name.startswith("httpx")])
    exposed = stranger.get("/metrics", headers=BEARER).text
    assert not [secret for secret in secrets if secret in logged or secret in exposed]
