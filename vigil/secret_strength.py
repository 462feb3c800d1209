"""Which secrets are no secrets: too short, too plain, or on every list of words to try first."""

import hashlib
from typing import Final

SHORTEST: Final = 22
"""Characters that 128 random bits take as base64; whatever is shorter was not made here."""

_FEWEST_DIFFERENT: Final = 8

_WORDS: Final = """
    123456 12345678 123456789 1234567890 admin admin123 administrator alarm broker change-me changeme collector default
    demo device devices example guest guard hunter2 letmein login mosquitto mqtt mqttpassword nats none null operator
    panels pass passw0rd password password1 patrol public qwerty root secret security service supersecret system test
    tenant thingsboard token user vigil vigil-demo vigil123 welcome
"""
WELL_KNOWN: Final = frozenset(_WORDS.split()) | {""}
"""Defaults of products and the words that are tried first."""

_WELL_KNOWN_DIGESTS: Final = frozenset(hashlib.sha256(word.encode()).hexdigest() for word in WELL_KNOWN)


def is_weak(secret: str) -> bool:
    """Tell whether a secret that we should have made ourselves may be guessed."""
    return len(secret) < SHORTEST or len(set(secret)) < _FEWEST_DIFFERENT


def is_well_known(secret: str) -> bool:
    """Tell whether a secret that somebody else chose is the first thing anybody would try."""
    return secret.strip().lower() in WELL_KNOWN


def is_digest_of_well_known(digest: str) -> bool:
    """Tell the same of a secret of which only the SHA-256 is there."""
    return digest.lower() in _WELL_KNOWN_DIGESTS
