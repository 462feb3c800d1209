"""Throwaway authorities and certificates, made by the openssl command."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from vigil.broker_config import BrokerTls

HERE = "IP:127.0.0.1,DNS:localhost"


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder / name
        self._folder.mkdir()
        self.certificate = self._folder / "ca.pem"
        self._key = self._folder / "ca.key"
        _openssl(
            "req", "-x509", *_NEW_KEY, "-keyout", str(self._key), "-out", str(self.certificate), "-days", "2",
            "-subj", f"/CN={name}",
        )  # fmt: skip

    def issue(self, name: str, names: str = HERE, *, days: int = 2) -> BrokerTls:
        """Give certificate and key; `days` below zero makes one that has expired."""
        made = BrokerTls(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\n")
        _openssl("req", *_NEW_KEY, "-keyout", str(made.key), "-out", str(request), "-subj", f"/CN={name}")
        _openssl(
            "x509", "-req", "-in", str(request), "-CA", str(self.certificate), "-CAkey", str(self._key),
            "-CAcreateserial", "-out", str(made.certificate), "-days", str(days), "-extfile", str(extensions),
        )  # fmt: skip
        return made


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def _openssl(*arguments: str) -> None:
    if shutil.which("openssl") is None:
        message = "openssl is not installed; install it with: apt-get install openssl"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    made = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=20, check=False)
    assert made.returncode == 0, made.stderr
