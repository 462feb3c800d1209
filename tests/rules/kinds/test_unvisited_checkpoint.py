from domain.site import Site
from tests.rules.estate import a_rule, changed_site, configured
from tests.rules.playbook import Playbook

RULE = a_rule("unvisited", "unvisited_checkpoint")
SITE: Site = changed_site("checkpoints", "gate", visit_every_seconds=3300.0)
NAME = "(Gate: nobody came for 1 h)"


def playbook() -> Playbook:
    return Playbook(configured(RULE, site=SITE), "10:00")


def test_nobody_comes_then_somebody_does() -> None:
    book = playbook().tick("10:59:59").tick("11:00:30").at("11:20").scan("gate")
    book.says(
        f"11:00:00 alarm raised unvisited checkpoint:gate #1 {NAME} UNACK",
        f"11:20:00 alarm cleared unvisited checkpoint:gate #1 {NAME} RTNUN",
    )


def test_a_visit_uploaded_late_corrects_by_name() -> None:
    book = playbook().tick("11:00").at("11:30").restarts().scan("gate", "10:50")
    book.says(
        f"11:00:00 alarm raised unvisited checkpoint:gate #1 {NAME} UNACK",
        "11:30:00 alarm corrected unvisited checkpoint:gate #1 (Gate: walked 10:50, uploaded 11:30) RTNUN",
    )


def test_visits_in_a_gap_are_judged_after_it() -> None:
    book = playbook().gap("10:10", "12:30").at("12:30").scan("gate", "12:00").scan("gate", "11:00").says_nothing()
    book.drained("12:31").says_nothing()
    book.tick("13:00").says(f"13:00:00 alarm raised unvisited checkpoint:gate #1 {NAME} UNACK")


def test_only_checkpoints_with_an_interval_are_watched() -> None:
    Playbook(configured(RULE), "10:00").tick("23:00").says_nothing()
