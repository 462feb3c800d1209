"""Devices of other makers that nobody has mapped: what they send, and a mapping to start from."""

from fastapi import APIRouter

from api import examples
from api.answers import list_answer
from api.derived import Listing
from api.intake_views import UnmappedItem
from api.ports import Ports

router = APIRouter(prefix="/api/v1", tags=["unmapped"])


@router.get("/unmapped", **list_answer(examples.UNMAPPED_ITEM))
def list_unmapped(ports: Ports) -> Listing[UnmappedItem]:
    """Unmapped devices, by format, topic and name: at most 500, those that were heard last."""
    return Listing(list(ports.unmapped()), None)
