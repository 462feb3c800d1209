"""The real samples beside the checkout: each of a known format decodes, or is quarantined with the right reason."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from collector.formats.report import Arrival, Decode, Link, Value
from collector.formats.sparkplug import SparkplugDecoder
from collector.formats.table import FORMATS
from collector.refusal import Reason, Refused
from domain.instant import SECOND, from_iso, to_iso
from tests.collector.formats.telling import NOW, told
from tests.collector.formats.test_sparkplug import BIRTH, body

SAMPLES: Final = Path(__file__).parents[4] / "shared" / "payloads"
BESIDE: Final = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no samples at {SAMPLES}")
pytestmark = BESIDE

REFUSED: Final = {
    "esp_rfid/access_two_doors.json": Reason.INVALID_VALUE,  # "the access state door 1" is a placeholder
    "owntracks/android_invalid_location_message_missing_tid_and_topic.json": Reason.MISSING_FIELD,
    "owntracks/android_invalid_location_message_zero_timestamp.json": Reason.INVALID_TIME,
    "owntracks/android_unknown_message.json": Reason.INVALID_VALUE,
    "senml/ex3.cbor.hex": Reason.NOT_JSON,
    "tasmota/sensor_mcp230xx_invalid.txt": Reason.NOT_JSON,
}
SAYS_NOTHING: Final = frozenset(
    {
        "chirpstack/ack.json", "chirpstack/location.json", "chirpstack/log.json", "chirpstack/txack.json",
        "esp_rfid/doorbell.json", "esp_rfid/warn_unknown_tag.json",
        "owntracks/android_card_message_with_face.json", "owntracks/android_cmd_set_waypoints.json",
        "owntracks/android_cmd_status.json", "owntracks/android_waypoint_message.json",
        "owntracks/booklet_waypoints_cmd_l90.json", "owntracks/booklet_waypoints_waypoint_l39.json",
        "zigbee2mqtt/docs_bridge_logging.json", "zigbee2mqtt/docs_device_joined.json",
        "zigbee2mqtt/docs_device_leave.json",
    }
)  # fmt: skip
# Not messages as they come: JSON pictures of protocol buffers, a table, what Home Assistant
# is told, a recording of many. Those of them that hold messages have tests of their own below.
OTHERWISE: Final = ("spec_", "pcap_patterns", "ha_discovery", "demo-iphone")


def _index() -> list[dict[str, Any]]:
    if not SAMPLES.is_dir():
        return []
    known = json.loads((SAMPLES / "index.json").read_text(encoding="utf-8"))
    return [
        entry
        for entry in known
        if entry["file"].split("/")[0] in FORMATS and not entry["file"].split("/")[1].startswith(OTHERWISE)
    ]


def _arrival(entry: dict[str, Any]) -> Arrival:
    raw = (SAMPLES / entry["file"]).read_bytes()
    payload = bytes.fromhex(raw.decode().strip()) if entry["file"].endswith(".hex") else raw.strip()
    form, topic = FORMATS[entry["file"].split("/")[0]], entry["topic"] or "any/senml"
    base = form.base
    match form.name:
        case "chirpstack":
            topic = topic.replace("DEV_EUI", "0101010101010101")
        case "esp_rfid":
            base = "TOPIC"
        case "zigbee2mqtt":
            base = topic.rpartition("/")[0] if topic.startswith("base/") else base
        case "shelly" if topic.startswith("RPC"):
            # The answer to a question; a notification carries the same as its params.
            topic = "mini/events/rpc"
            payload = b'{"method": "NotifyFullStatus", "params": ' + payload + b"}"
        case "senml":
            base = topic
    return Arrival(topic, base or "", payload, NOW)


@pytest.mark.parametrize("entry", _index(), ids=lambda entry: entry["file"])
def test_sample(entry: dict[str, Any]) -> None:
    file, arrival = entry["file"], _arrival(entry)
    decode = FORMATS[file.split("/")[0]].decoder()
    if file in REFUSED:
        with pytest.raises(Refused) as refused:
            decode(arrival)
        assert refused.value.reason is REFUSED[file]
    else:
        lines = told(decode(arrival))
        before_birth = file.startswith("sparkplug/ndata")
        assert bool(lines) is not (file in SAYS_NOTHING or before_birth), lines


def test_the_samples_that_are_not_walked_are_known() -> None:
    walked = {entry["file"] for entry in _index()}
    there = {f"{name}/{path.name}" for name in FORMATS for path in (SAMPLES / name).iterdir()}
    assert all(file.split("/")[1].startswith(OTHERWISE) for file in there - walked)
    assert len(walked) > 60


def test_a_closed_contact_is_told_as_the_format_says() -> None:
    assert FORMATS["zigbee2mqtt"].contacts == {"contact": False}


@pytest.mark.parametrize("number", [4])
def test_senml_resolves_as_its_authors_do(number: int) -> None:
    pack = (SAMPLES / "senml" / f"ex{number}.json").read_bytes()
    expected = json.loads((SAMPLES / "senml" / f"ex{number}.resolved.json").read_bytes())
    (report,) = FORMATS["senml"].decoder()(Arrival("x", "x", pack, NOW))
    made = [(said.value, said.at) for said in report.said if isinstance(said, Value)]
    assert made == [(each["v"], round(each["t"] * SECOND)) for each in expected]


def test_sparkplug_samples_in_their_order() -> None:
    decode = SparkplugDecoder()
    assert _hex(decode, "ndata_before_birth", "NDATA")[1] == []
    assert _hex(decode, "nbirth_v1", "NBIRTH")[1][-1].endswith("Temperature = 21.5")
    assert _hex(decode, "ndata_v1", "NDATA")[1][-1].endswith("Temperature = 22.5")
    assert _hex(decode, "ndata_gap", "NDATA")[0] == 3
    # Its count is 0 where 6 was due: 250 are missing, as far as that can be told.
    assert _hex(decode, "ndata_wraparound", "NDATA")[0] == 250
    assert _hex(decode, "nbirth_large", "NBIRTH")[1].count("GROUP/NODE") == 0


def _hex(decode: Decode, name: str, kind: str) -> tuple[int, list[str]]:
    payload = bytes.fromhex((SAMPLES / "sparkplug" / f"{name}.hex").read_text().strip())
    reports = decode(Arrival(f"spBv1.0/GROUP/{kind}/NODE", "spBv1.0", payload, NOW))
    return sum(report.lost for report in reports), told(reports)


def test_a_plant_that_wraps_its_count_every_47_seconds_has_16_gaps_and_no_repetition() -> None:
    """Node 702 of the captured plant: 509 messages sent, 7 of them without a count, 18 lost in 16 gaps."""
    decode = SparkplugDecoder()
    decode(Arrival("spBv1.0/org_A/NBIRTH/702", "spBv1.0", BIRTH, NOW))
    decode(Arrival("spBv1.0/org_A/NDATA/702", "spBv1.0", body(seq=20), NOW))
    gaps: Counter[int] = Counter()
    lines = (SAMPLES / "sparkplug" / "pcap_patterns.csv").read_text().splitlines()
    for row in csv.DictReader(line for line in lines if not line.startswith("#") and line):
        if row["edge_node_id"] != "702" or not row["seq"]:
            continue
        payload = body(seq=int(row["seq"]), made=int(row["payload_timestamp"]))
        for report in decode(Arrival(row["topic"], "spBv1.0", payload, NOW)):
            gaps[report.lost] += 1
    assert sum(count for lost, count in gaps.items() if lost) == 16
    assert sum(lost * count for lost, count in gaps.items()) == 18
    assert sum(gaps.values()) == 502  # Seven bear no count.


def test_a_recording_of_a_phone_decodes_line_by_line() -> None:
    decode = FORMATS["owntracks"].decoder()
    fixes = wills = 0
    for line in (SAMPLES / "owntracks" / "demo-iphone.rec").read_text().splitlines():
        received, _, payload = line.split("\t")
        if not payload.startswith("{"):
            continue
        reports = decode(Arrival("owntracks/demo/iphone", "owntracks", payload.encode(), from_iso(received)))
        for report in reports:
            if isinstance(report.said[0], Link):
                wills += 1
            else:
                fixes += 1
                assert report.at is not None
                assert to_iso(report.at) <= received
    assert fixes > 20
    assert wills == 2
