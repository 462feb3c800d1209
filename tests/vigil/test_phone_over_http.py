"""An officer's phone and a whole Vigil: a token, a queue sent over HTTP, a run that is walked, and a photograph."""

from pathlib import Path

import httpx

from domain.instant import MINUTE, to_iso
from tests.brokers import PATIENCE_SECONDS, wait_until
from tests.vigil.running_service import START, RunningService, SetClock
from vigil.phone_tokens import PhoneTokens


def test_a_phone_sends_what_it_queued_and_the_run_is_walked(tmp_path: Path) -> None:
    clock = SetClock()
    with RunningService(tmp_path, None, clock) as running:
        token = PhoneTokens(tmp_path / "data" / "keys" / "phone-tokens.json").make("hq", "phone", clock.at)
        clock.at = START + 5 * MINUTE
        bearer = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=running.api.url, headers=bearer, timeout=PATIENCE_SECONDS) as phone:
            picture = phone.post("/api/v1/photos", content=b"\xff\xd8\xff picture").json()["reference"]
            scan = {
                "boot": "b1",
                "seq": 1,
                "at": to_iso(START + 3 * MINUTE),
                "officer": "li",
                "checkpoint": "cp-1",
                "method": "qr",
                "photo": picture,
            }
            queue = {"observations": [{"kind": "scan", "body": scan}]}
            answers = [phone.post("/api/v1/observations", json=queue) for _ in range(2)]
            assert [answer.status_code for answer in answers] == [200, 200]
            assert answers[0].json()["receipts"][0]["outcome"] == "stored"
            assert phone.get("/api/v1/tour-runs").status_code == 403

        def is_walked() -> bool:
            return any(run["state"] == "completed" for run in running.api.items("tour-runs"))

        wait_until(is_walked, "the run to be walked")
        (run,) = [run for run in running.api.items("tour-runs") if run["state"] == "completed"]
        assert run["stops"][0]["verdict"] == "on_time"
        assert running.api.get("sites/hq/patrol-report", start=to_iso(START), end=to_iso(START + 60 * MINUTE))["tours"]
