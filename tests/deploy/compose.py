"""What must hold for the Compose file beyond its schema: health checks, kept data, no secret of its own."""

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from jsonschema.validators import validator_for

SECRET = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY", re.IGNORECASE)
# `${NAME:?message}` alone makes Compose refuse an unset or empty value.
REQUIRED = re.compile(r"\$\{\w+:\?[^}]+\}")
LOOPBACK = re.compile(r"127\.0\.0\.1:|\$\{\w+:-127\.0\.0\.1\}:")
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<rest>[^}]*)\}")


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def schema() -> dict[str, Any]:
    """The Compose specification's own schema, out of the development dependency that carries it."""
    vendor = resources.files("check_jsonschema").joinpath("builtin_schemas", "vendor", "compose-spec.json")
    document: dict[str, Any] = json.loads(vendor.read_text(encoding="utf-8"))
    return document


def schema_errors(document: dict[str, Any]) -> list[str]:
    specification = schema()
    validator = validator_for(specification)(specification)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def texts(node: object, path: str = "") -> Iterator[tuple[str, str]]:
    match node:
        case dict():
            for key, value in node.items():
                yield from texts(value, f"{path}.{key}")
        case list():
            for index, value in enumerate(node):
                yield from texts(value, f"{path}[{index}]")
        case _:
            yield path, str(node)


def default_secrets(document: dict[str, Any]) -> list[str]:
    """Secrets that have a value in the file, or a default, or may be empty."""
    found = []
    for name, service in document["services"].items():
        environment = service.get("environment", {})
        pairs = (
            environment.items()
            if isinstance(environment, dict)
            else (entry.partition("=")[::2] for entry in environment)
        )
        for key, value in pairs:
            if SECRET.search(key) and not REQUIRED.fullmatch(str(value)):
                found.append(f"{name}: {key} must be given from outside with ${{NAME:?message}}")
    for path, text in texts(document):
        named = [variable for variable in VARIABLE.finditer(text) if SECRET.search(variable["name"])]
        weak = [variable["name"] for variable in named if not variable["rest"].startswith(":?")]
        found += [f"{path}: ${{{name}}} may be empty or has a default" for name in weak]
        if re.search(r"://[^/\s:@$]+:[^/\s@$]+@", text):
            found.append(f"{path}: a password in an address")
    return found


def weak_services(document: dict[str, Any]) -> list[str]:
    """Services without a health check, without a restart, open to the network, or started before what they need."""
    found = []
    for name, service in document["services"].items():
        if not service.get("healthcheck", {}).get("test") or service["healthcheck"].get("disable"):
            found.append(f"{name}: no health check")
        if service.get("restart") not in {"unless-stopped", "always"}:
            found.append(f"{name}: not restarted")
        if "build" not in service and not re.search(r":\d+\.\d+", service.get("image", "")):
            found.append(f"{name}: image without a version")
        open_ports = [port for port in service.get("ports", []) if not LOOPBACK.match(str(port))]
        found += [f"{name}: port {port} is open to the network by default" for port in open_ports]
        needed = service.get("depends_on", {})
        conditions = needed if isinstance(needed, dict) else {on: {"condition": "service_started"} for on in needed}
        found += [
            f"{name}: does not wait for {on}" for on, how in conditions.items() if how["condition"] != "service_healthy"
        ]
    return found


def unkept_data(document: dict[str, Any], kept: dict[str, str]) -> list[str]:
    """Folders that hold data (service -> folder) and are not on a declared named volume."""
    declared = set(document.get("volumes") or {})
    found = []
    for name, folder in kept.items():
        mounts = [str(mount).split(":") for mount in document["services"][name].get("volumes", [])]
        if not any(mount[0] in declared and mount[1] == folder for mount in mounts):
            found.append(f"{name}: {folder} is not on a named volume")
    return found
