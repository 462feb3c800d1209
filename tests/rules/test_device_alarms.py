import pytest

from domain.effects import ConflictKind
from domain.instant import MINUTE, SECOND
from domain.priority import Priority
from rules import device_alarms
from rules.device_alarms import spec_of
from tests.rules.estate import SITE
from tests.rules.playbook import instant

PHONE = SITE.devices[0]


@pytest.mark.parametrize(
    ("rule", "priority"),
    [
        (device_alarms.MISSING_MESSAGES, Priority.MEDIUM),
        (device_alarms.IDENTITY_CONFLICT, Priority.HIGH),
        (device_alarms.DEVICE_SILENT, Priority.MEDIUM),
        (device_alarms.SITE_SILENT, Priority.HIGH),
    ],
)
def test_vigils_own_rules_have_a_procedure_and_make_no_order(rule: str, priority: Priority) -> None:
    spec = spec_of(rule, "tower")
    assert (spec.id, spec.kind, spec.site, spec.priority, spec.makes_order) == (rule, "vigil", "tower", priority, False)
    assert spec.procedure.en
    assert spec.procedure.zh


def test_missing_messages_are_named_as_far_as_a_sentence_goes() -> None:
    found = device_alarms.missing_messages(PHONE, "b1", [(2, 4, 3), (7, 7, 1)], 0, 9)
    assert found.name.en == "Messages of Phone missing: 2..4, 7"
    assert found.why.values == {"missing": 4.0, "numbers": "2..4, 7", "boot": "b1"}
    many = device_alarms.missing_messages(PHONE, "b1", [(2 * n, 2 * n, 1) for n in range(1, 9)], 0, 9)
    assert many.name.en == "Messages of Phone missing: 2, 4, 6, 8, 10, …"
    assert many.why.seen.en.startswith("8 messages did not come")
    one = device_alarms.missing_messages(PHONE, "b1", [(7, 7, 1)], 0, 9)
    assert one.why.seen.en.startswith("1 message did not come")


@pytest.mark.parametrize("kind", ConflictKind)
def test_each_sign_of_a_conflict_has_its_words(kind: ConflictKind) -> None:
    found = device_alarms.identity_conflict(PHONE, "b1", 17, kind, 0, 9, 10 * MINUTE)
    for text in (found.why.seen.en, found.why.seen.zh):
        assert "17" in text
        assert "b1" in text
    assert (found.why.values["sign"], found.why.clears.en) == (kind.value, "no further sign for 10 min")


def test_a_long_list_of_silent_devices_is_cut_in_the_sentence_alone() -> None:
    devices = [f"d{number}" for number in range(200)]
    found = device_alarms.site_silent(SITE, devices, instant("10:00"), instant("10:00") + 30 * SECOND, 9)
    assert found.name.en == "Tower: all 200 devices silent"
    assert found.why.seen.en.endswith("d19, …")
    assert str(found.why.values["devices"]).endswith("d199")
    assert found.why.values["silent_s"] == 30.0
