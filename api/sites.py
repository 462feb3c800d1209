"""Sites, and the live picture of one in a single call."""

from fastapi import APIRouter

from api import examples
from api.answers import answer, list_answer
from api.derived import Listing
from api.live import live_of, values_of
from api.live_views import Live, SiteSummary
from api.parameters import Id
from api.patrol_proposals import with_accepted
from api.ports import ApiPorts, Ports
from api.problems import NOT_FOUND, nothing
from api.reading_views import SiteValues
from domain.site import Site

router = APIRouter(prefix="/api/v1", tags=["sites"])


def _site(ports: ApiPorts, site: str) -> Site:
    found = ports.configuration().site(site)
    if found is None:
        raise nothing("site", site)
    return found


@router.get("/sites", **list_answer(examples.SITE_SUMMARY))
def list_sites(ports: Ports) -> Listing[SiteSummary]:
    """All configured sites, by id. There are few: they come on one page."""
    sites = sorted(ports.configuration().sites, key=lambda site: site.id)
    return Listing([_summary(site) for site in sites])


@router.get("/sites/{site}", **answer(examples.SITE, NOT_FOUND))
def get_site(ports: Ports, site: Id) -> Site:
    """A site's whole model as configured: zones, checkpoints, doors, equipment, points, devices, tours.

    Tours that a supervisor has accepted stand in place of the configured ones (`/patrol-proposals`).
    """
    return with_accepted(ports, _site(ports, site))


@router.get("/sites/{site}/live", **answer(examples.LIVE, NOT_FOUND))
def get_live(ports: Ports, site: Id) -> Live:
    """All of a site as it stands now; go on from its `position` in the live stream."""
    return live_of(ports, _site(ports, site))


@router.get("/sites/{site}/values", **answer(examples.SITE_VALUES, NOT_FOUND))
def get_values(ports: Ports, site: Id) -> SiteValues:
    """The newest value of each point, to be asked for every few seconds: readings do not go through the live stream."""
    return values_of(ports, _site(ports, site))


def _summary(site: Site) -> SiteSummary:
    return SiteSummary(
        id=site.id,
        name=site.name,
        timezone=site.timezone,
        checkpoints=len(site.checkpoints),
        doors=len(site.doors),
        equipment=len(site.equipment),
        points=len(site.points),
        devices=len(site.devices),
        tours=len(site.tours),
    )
