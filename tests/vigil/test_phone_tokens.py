import hashlib
import json
from pathlib import Path

import pytest

from domain.instant import SECOND
from vigil.commands.device import NoSuchDevice, Place
from vigil.commands.phone_token import run
from vigil.phone_tokens import PhoneTokens, PhoneTokensUnusable

SITE = """site:
  id: tower
  name: T
  timezone: UTC
  devices: [{id: phone, kind: phone, name: P}, {id: gw, kind: gateway, name: G}]
"""


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def test_a_token_speaks_for_its_device_until_it_is_replaced_or_revoked(tmp_path: Path) -> None:
    tokens, service = PhoneTokens(tmp_path / "keys" / "t.json"), PhoneTokens(tmp_path / "keys" / "t.json")
    assert service.holder(digest("anything")) is None
    first = tokens.make("tower", "phone", SECOND)
    assert service.holder(digest(first)) == ("tower", "phone")
    second = tokens.make("tower", "phone", 2 * SECOND)
    assert (service.holder(digest(first)), service.holder(digest(second))) == (None, ("tower", "phone"))
    tokens.revoke("tower", "phone", 3 * SECOND)
    assert service.holder(digest(second)) is None
    assert [each.revoked_at for each in tokens.read()] == [2 * SECOND, 3 * SECOND]
    content = (tmp_path / "keys" / "t.json").read_text(encoding="utf-8")
    assert first not in content
    with pytest.raises(PhoneTokensUnusable, match="has no token"):
        tokens.revoke("tower", "phone", 4 * SECOND)


def test_a_file_that_is_open_or_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text("{", encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(PhoneTokensUnusable, match="holds no tokens"):
        PhoneTokens(path).read()
    path.chmod(0o644)
    with pytest.raises(PhoneTokensUnusable, match="chmod 600"):
        PhoneTokens(path).read()


def test_the_command_makes_a_token_for_a_configured_phone_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "tower.yaml").write_text(SITE, encoding="utf-8")
    place = Place(data=str(tmp_path / "data"), config=str(tmp_path / "config"))
    assert run(place, "tower", "phone", revoke=False, as_json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    token = shown["token"]
    assert shown["link"] == f"http://127.0.0.1:8080/phone/#token={token}"
    tokens = PhoneTokens(tmp_path / "data" / "keys" / "phone-tokens.json")
    assert tokens.holder(digest(token)) == ("tower", "phone")
    with pytest.raises(NoSuchDevice, match="no phone of the configuration"):
        run(place, "tower", "gw", revoke=False, as_json=False)
    assert run(place, "tower", "phone", revoke=False, as_json=False, url="https://vigil.example/") == 0
    assert "https://vigil.example/phone/#token=" in capsys.readouterr().out
    assert run(place, "tower", "phone", revoke=True, as_json=False) == 0
    assert "opens nothing any more" in capsys.readouterr().out
