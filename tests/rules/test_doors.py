from domain.effects import DoorChanged
from domain.site import Site
from domain.text import same
from tests.rules.estate import configured
from tests.rules.playbook import Playbook, instant


def playbook() -> Playbook:
    return Playbook(configured(), "09:00")


def doors(book: Playbook) -> list[tuple[str, str, str | None]]:
    found = [effect.body for effect in book.unread if isinstance(effect.body, DoorChanged)]
    book.unread.clear()
    return [(told.state.value, told.last_event, told.person) for told in found]


def test_a_door_is_unknown_until_its_contact_speaks() -> None:
    book = playbook().at("10:00").door("front", "granted", person="p7").door("front", "opened").door("front", "closed")
    assert doors(book) == [("unknown", "granted", "p7"), ("open", "opened", "p7"), ("closed", "closed", "p7")]


def test_what_the_controller_reports_is_an_open_door() -> None:
    assert doors(playbook().at("10:00").door("front", "forced")) == [("open", "forced", None)]
    assert doors(playbook().at("10:00").door("front", "held")) == [("open", "held", None)]


def test_since_is_when_the_contact_changed() -> None:
    book = playbook().at("10:00").door("front", "opened").at("10:01").door("front", "opened")
    assert book.latest(DoorChanged).since == instant("10:00")


def test_an_event_that_comes_late_changes_nothing() -> None:
    book = playbook().at("10:00").door("front", "closed").door("front", "opened", "09:59")
    assert doors(book) == [("closed", "closed", None)]


def test_unknown_doors_are_not_shown() -> None:
    assert doors(playbook().at("10:00").door("cellar", "opened")) == []


def test_a_door_that_is_no_longer_configured_is_forgotten() -> None:
    book = playbook().at("10:00").door("front", "opened")
    book.configure(configured(site=Site(id="tower", name=same("Tower"), timezone="UTC")))
    assert book.engine._judgement.state().doors == []


def test_state_survives_a_restart() -> None:
    book = playbook().at("10:00").door("front", "opened", person="p").restarts().at("10:01").door("front", "tamper")
    assert doors(book)[-1] == ("open", "tamper", None)
    assert book.latest(DoorChanged).since == instant("10:00")
