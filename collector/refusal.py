"""Why a message was not believed: stable codes, listed with their meaning in docs/native-format.md."""

from enum import StrEnum

from domain.errors import VigilError


class Reason(StrEnum):
    """The code a quarantined message bears. Codes are never renamed: filters and statistics hang on them."""

    BAD_TOPIC = "bad_topic"
    RETAINED = "retained"
    OVERSIZE = "oversize"
    NOT_UTF8 = "not_utf8"
    NOT_PROTOBUF = "not_protobuf"
    NOT_JSON = "not_json"
    TOO_NESTED = "too_nested"
    DUPLICATE_KEY = "duplicate_key"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    INVALID_ID = "invalid_id"
    INVALID_VALUE = "invalid_value"
    INVALID_TEXT = "invalid_text"
    INVALID_TIME = "invalid_time"
    LENGTH_MISMATCH = "length_mismatch"
    UNKNOWN_SITE = "unknown_site"
    UNKNOWN_DEVICE = "unknown_device"
    IDENTITY_MISMATCH = "identity_mismatch"
    KIND_NOT_ALLOWED = "kind_not_allowed"
    NOT_CARRIED = "not_carried"
    UNLISTED_POINTS = "unlisted_points"
    CONFLICTING_VALUES = "conflicting_values"
    DECODER_FAULT = "decoder_fault"
    ENCRYPTED = "encrypted"
    BEFORE_BIRTH = "before_birth"
    NOT_AUTHENTIC = "not_authentic"
    WRONG_UNIT = "wrong_unit"
    UNSTORABLE = "unstorable"


class Refused(VigilError):
    """A message that cannot be believed as it stands; it goes to quarantine and its neighbours go on."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Keep the stable `reason` beside the sentence for people."""
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")
