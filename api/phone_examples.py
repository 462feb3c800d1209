"""What the OpenAPI document shows as an example of a phone's day."""

from typing import Final

from api.examples import AT, PERSON_NAME, RUN
from api.phone_views import PhoneCheckpoint, PhoneDay, PhoneRun, PhoneStop
from domain.instant import MINUTE
from domain.observations import ScanMethod
from domain.site import Question, QuestionType, TourOrder
from domain.text import Text

PHONE_DAY: Final = PhoneDay(
    at=AT,
    site=RUN.site,
    name=Text("Riverside House", "滨江大厦"),
    timezone="Asia/Shanghai",
    device="phone-1",
    officers=(PERSON_NAME,),
    checkpoints=(
        PhoneCheckpoint(
            id="roof",
            name=Text("Roof hatch", "屋顶出口"),
            methods=(ScanMethod.NFC,),
            questions=(
                Question(
                    id="pressure-bar",
                    text=Text("Pressure of the hydrant", "消火栓压力"),
                    type=QuestionType.NUMBER,
                    unit="bar",
                    low=2.5,
                ),
            ),
        ),
    ),
    runs=(
        PhoneRun(
            id=RUN.id,
            name=RUN.name,
            state=RUN.state,
            order=TourOrder.STRICT,
            opens_at=AT - 5 * MINUTE,
            starts_at=RUN.starts_at,
            ends_at=RUN.ends_at,
            officers=("officer-3",),
            stops=tuple(
                PhoneStop(
                    checkpoint=stop.checkpoint,
                    not_before=AT - 5 * MINUTE,
                    due_at=stop.due_at,
                    missed_at=stop.missed_at,
                    verdict=stop.verdict,
                    scanned_at=stop.scanned_at,
                )
                for stop in RUN.stops
            ),
        ),
    ),
)
