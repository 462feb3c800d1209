"""In or out of service: taken out for maintenance, with a name and a reason, until somebody brings it back."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Service(StrEnum):
    """Whether the alarm is in service."""

    IN_SERVICE = "in_service"
    OUT_OF_SERVICE = "out_of_service"


class ServiceTrigger(StrEnum):
    """What an operator does."""

    TAKE_OUT = "take_out"
    BRING_BACK = "bring_back"


SERVICE_TABLE: Final[Mapping[tuple[Service, ServiceTrigger], Service]] = {
    (Service.IN_SERVICE, ServiceTrigger.TAKE_OUT): Service.OUT_OF_SERVICE,
    (Service.OUT_OF_SERVICE, ServiceTrigger.BRING_BACK): Service.IN_SERVICE,
}
