from domain.effects import AlarmChanged, ScanJudged, WorkOrderChanged
from domain.site import Question, QuestionType
from domain.text import Text
from tests.rules.estate import a_rule, changed_site, configured
from tests.rules.playbook import Playbook

PRESSURE = Question(
    id="bar",
    text=Text("pressure", "压力"),
    type=QuestionType.NUMBER,
    unit="bar",
    low=2.0,
    high=6.0,
    fault="hydrant.pressure",
)
SEALED = Question(id="sealed", text=Text("sealed?", "铅封"))
RULE = a_rule("inspect", "failed_inspection", makes_order=True)
SITE = changed_site("checkpoints", "gate", asset="pump", questions=(PRESSURE, SEALED))


def playbook() -> Playbook:
    return Playbook(configured(RULE, site=SITE), "10:00")


def test_a_failing_answer_opens_a_fault_on_the_asset_and_an_order_with_the_photograph() -> None:
    book = playbook().scan("gate", answers={"bar": 1.2, "sealed": True}, photo="photo-1")
    book.says(
        "10:00:00 alarm raised inspect question:gate/bar #1 (Gate: pressure: 1.2 bar) UNACK",
        "10:00:00 order created pump/hydrant.pressure requested x1",
    )
    why = book.latest(AlarmChanged).occurrence.why
    assert (why.values["photo"], why.expected.en) == ("photo-1", "from 2 to 6 bar")
    assert book.latest(WorkOrderChanged).order.fault == "hydrant.pressure"


def test_the_next_passing_answer_clears_it() -> None:
    book = playbook().scan("gate", answers={"sealed": False}).at("11:00").scan("gate", answers={"sealed": True})
    said = [effect.body.change for effect in book.effects if isinstance(effect.body, AlarmChanged)]
    assert said[:2] == ["raised", "cleared"]


def test_an_answer_that_comes_late_is_put_in_its_place() -> None:
    book = playbook().at("11:00").scan("gate", answers={"bar": 3})
    book.at("12:00").restarts().scan("gate", "10:00", answers={"bar": 1})
    said = [(effect.at, effect.body.change) for effect in book.effects if isinstance(effect.body, AlarmChanged)]
    assert [change for _, change in said][:2] == ["raised", "cleared"]


def test_a_wrong_type_or_unit_is_flagged_and_opens_nothing() -> None:
    book = playbook().scan("gate", answers={"bar": "3 kPa", "sealed": "maybe"}).says_nothing()
    flags = [str(flag) for flag in book.latest(ScanJudged).flags]
    assert flags == ["answer_of_wrong_type", "answer_in_wrong_unit"]
