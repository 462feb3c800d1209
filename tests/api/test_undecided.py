"""Rules that cannot be decided, over HTTP: counted with the rule, and listed with the reason."""

from msgspec.structs import replace

from domain.effects import UndecidedChanged
from domain.undecided import UndecidedCause
from tests.api.building import an_undecided
from tests.api.serving import Backstage, LocalClient
from tests.samples import NOW

URL = "/api/v1/undecided"


def test_what_cannot_be_decided_is_counted_listed_and_gone_when_it_is_over(
    behind: Backstage, client: LocalClient
) -> None:
    rule = behind.configuration.rules[0].id
    zero = replace(an_undecided("p2"), rule=rule)
    silent = replace(zero, subject="p3", cause=UndecidedCause.SILENT, points=("p3",), since=NOW + 1)
    behind.engine.commit([UndecidedChanged(undecided=zero), UndecidedChanged(undecided=silent)], 4)
    counts = {each["id"]: each["undecided"] for each in client.get("/api/v1/rules").json()["items"]}
    assert counts.pop(rule) == 2
    assert set(counts.values()) <= {0}
    first, second = client.get(f"{URL}?site=tower&rule={rule}").json()["items"]
    assert (first["subject"], first["points"], first["over_at"]) == ("p3", ["p3"], None)
    assert (second["cause"], second["because"]["en"]) == ("division_by_zero", zero.because.en)
    assert client.get(f"{URL}?rule={rule}&limit=1").json()["next"] is not None
    assert client.get(f"{URL}?site=annex").json()["items"] == []
    behind.engine.commit([UndecidedChanged(undecided=replace(silent, over_at=NOW + 2))], 5)
    assert [each["subject"] for each in client.get(f"{URL}?rule={rule}").json()["items"]] == ["p2"]
