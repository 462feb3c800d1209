import copy
import os
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.architecture.source_tree import PACKAGES, ROOT
from tests.deploy.compose import default_secrets, load, schema_errors, unkept_data, weak_services
from vigil.example_sites import EXAMPLES

COMPOSE = load(ROOT / "docker-compose.yml")
KEPT = {"mosquitto": "/mosquitto/data", "vigil": "/var/lib/vigil"}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")

Document = dict[str, Any]


def all_problems(document: Document) -> list[str]:
    problems = schema_errors(document)
    return problems or default_secrets(document) + weak_services(document) + unkept_data(document, KEPT)


def test_the_compose_file_is_right() -> None:
    assert all_problems(COMPOSE) == []


PLANTED: list[tuple[str, Callable[[Document], object], str]] = [
    ("unknown key", lambda d: d["services"]["vigil"].update(helthcheck={}), "helthcheck"),
    ("wrong type", lambda d: d["services"]["vigil"].update(command=5), "is not valid"),
    ("bad condition", lambda d: d["services"]["vigil"]["depends_on"]["mosquitto"].update(condition="ready"), "ready"),
    ("unknown top level", lambda d: d.update(service={}), "service"),
    ("bad interval", lambda d: d["services"]["vigil"]["healthcheck"].update(interval=10), "10"),
    ("default secret", lambda d: secret(d, "${VIGIL_MQTT_PASSWORD:-vigil}"), "may be empty or has a default"),
    ("empty secret", lambda d: secret(d, "${VIGIL_MQTT_PASSWORD}"), "must be given"),
    ("unset or empty secret", lambda d: secret(d, "${VIGIL_MQTT_PASSWORD?set}"), "must be given"),
    ("literal secret", lambda d: secret(d, "changeme"), "must be given"),
    (
        "address",
        lambda d: d["services"]["vigil"]["command"].append("mqtt://vigil:x@mosquitto"),
        "password in an address",
    ),
    ("argument", lambda d: d["services"]["vigil"]["command"].append("${MQTT_TOKEN:-a}"), "has a default"),
    ("no health check", lambda d: d["services"]["mosquitto"].pop("healthcheck"), "no health check"),
    ("no restart", lambda d: d["services"]["vigil"].pop("restart"), "not restarted"),
    ("no version", lambda d: d["services"]["mosquitto"].update(image="eclipse-mosquitto:latest"), "without a version"),
    ("open port", lambda d: d["services"]["mosquitto"].update(ports=["1883:1883"]), "open to the network"),
    ("does not wait", lambda d: d["services"]["vigil"].update(depends_on=["mosquitto"]), "does not wait"),
    ("no volume", lambda d: d["services"]["mosquitto"].pop("volumes"), "not on a named volume"),
    (
        "host folder",
        lambda d: d["services"]["vigil"].update(volumes=["./data:/var/lib/vigil"]),
        "not on a named volume",
    ),
]


def secret(document: Document, value: str) -> None:
    document["services"]["vigil"]["environment"]["VIGIL_MQTT_PASSWORD"] = value


@pytest.mark.parametrize(("change", "says"), [row[1:] for row in PLANTED], ids=[row[0] for row in PLANTED])
def test_a_planted_fault_is_found(change: Callable[[Document], object], says: str) -> None:
    document = copy.deepcopy(COMPOSE)
    change(document)
    problems = all_problems(document)
    assert any(says in problem for problem in problems), problems


def test_mounted_files_exist() -> None:
    mounts = [mount for service in COMPOSE["services"].values() for mount in service["volumes"]]
    sources = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert sources != []
    assert [source for source in sources if not (ROOT / source).is_file()] == []
    assert os.access(ROOT / "deploy" / "mosquitto" / "start.sh", os.X_OK)


def test_the_image_holds_the_packages_and_the_sites_that_come_with_vigil() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    needed = {*PACKAGES, *(folder.relative_to(ROOT).parts[0] for folder in EXAMPLES.values())}
    assert kept == {*needed, "pyproject.toml", "requirements.lock"}


def test_the_image_is_built_from_the_lock_and_runs_as_nobody_special() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "--require-hashes" in DOCKERFILE
    assert re.search(r"^USER (?!root|0)\w+$", last_stage, flags=re.MULTILINE)
    assert re.search(r"^HEALTHCHECK [^\n]*\\\n[^\n]*/readyz", last_stage, flags=re.MULTILINE)
    assert not re.search(r"^(?:ARG|ENV)\b.*(?:PASSWORD|TOKEN|SECRET)", DOCKERFILE, flags=re.MULTILINE | re.IGNORECASE)
