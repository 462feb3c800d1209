"""`foreign:` in the configuration: short where that is enough, and each slip told with file, line and remedy."""

from pathlib import Path

import pytest

from collector.foreign.sources import foreign_filters
from domain.record import Urgency
from domain.site import DeviceKind
from tests.vigil.running_service import SITE
from vigil.configuration.loading import Loaded, load_configuration
from vigil.configuration.problem import ConfigurationInvalid

SHORTEST = """\
foreign:
  - format: zigbee2mqtt
    devices:
      back door: {door: d-1}
"""


def one(form: str, device: str) -> str:
    return f"foreign:\n  - format: {form}\n    devices:\n      {device}\n"


def load(folder: Path, foreign: str) -> Loaded:
    (folder / "site.yaml").write_text(SITE)
    (folder / "foreign.yaml").write_text(foreign)
    return load_configuration(folder)


def problems(folder: Path, foreign: str) -> list[str]:
    with pytest.raises(ConfigurationInvalid) as invalid:
        load(folder, foreign)
    return [f"{problem.line}: {problem.message}. {problem.remedy}" for problem in invalid.value.problems]


def test_four_lines_map_a_contact_and_make_its_device(tmp_path: Path) -> None:
    loaded = load(tmp_path, SHORTEST)
    (block,) = loaded.foreign
    assert (block.site, block.base, list(block.devices)) == ("hq", "zigbee2mqtt", ["back door"])
    device = loaded.configuration.sites[0].devices[-1]
    assert (device.id, device.kind, device.doors) == ("back-door", DeviceKind.CONTROLLER, ("d-1",))


def test_a_listed_device_carries_what_is_mapped_too(tmp_path: Path) -> None:
    loaded = load(tmp_path, "foreign:\n  - format: shelly\n    devices:\n      plug: {device: gw, points: {t: flow}}\n")
    gateway = next(each for each in loaded.configuration.sites[0].devices if each.id == "gw")
    assert gateway.points == ("flow",)
    assert loaded.foreign[0].devices["plug"].points["t"].unit == "m3/h"


def test_tags_stay_out_of_what_the_journal_gets(tmp_path: Path) -> None:
    tagged = SHORTEST + "    tags: {04A1B2C3: cp-1}\n"
    loaded = load(tmp_path, tagged)
    assert loaded.foreign[0].tags == {"04A1B2C3": "cp-1"}
    assert "04A1B2C3" not in repr(loaded.configuration)


@pytest.mark.parametrize(
    ("foreign", "told"),
    [
        ("foreign: zigbee2mqtt\n", "1: foreign formats are a list. Begin each with `- format: ...`."),
        ("foreign:\n  - format: zigbee\n", "2: format 'zigbee' is not known. Did you mean 'zigbee2mqtt'?"),
        (SHORTEST.replace("d-1", "d-9"), "4: door 'd-9' is not configured. Did you mean 'd-1'?"),
        (SHORTEST.replace("door:", "dor:"), "4: a foreign device has no field 'dor'. Did you mean 'door'?"),
        (SHORTEST + "    gateway: gx\n", "5: device 'gx' is not configured. Known are: phone, ctl, gw."),
        (SHORTEST + "    timezone: Mars\n", "5: time zone 'Mars' is unknown. Use an IANA name such as Asia/Shanghai."),
        (
            SHORTEST + "    topic: vigil/x\n",
            (
                "5: topic 'vigil/x' cannot be used. "
                "Write levels parted by '/', without wildcards, $ and Vigil's own topics."
            ),
        ),
        (SHORTEST + "    topic: a/\n", "5: topic 'a/' has an empty level. Leave the outer '/' away."),
        (SHORTEST + "    tags: {AA: nobody}\n", "5: person or checkpoint 'nobody' is not configured. Known are: cp-1."),
        (
            "foreign:\n  - format: senml\n    devices: {}\n",
            "2: senml has no topics of its own. Add `topic:` with the topic, or the filter, that its messages come on.",
        ),
        (
            "foreign:\n  - format: tasmota\n    topic: tele\n",
            "3: topic 'tele' lacks %topic% or %prefix%. Copy the FullTopic of the devices, such as %prefix%/%topic%.",
        ),
        (
            "foreign:\n  - format: zigbee2mqtt\n    devices:\n      前门: {door: d-1}\n",
            "4: '前门' makes no id. Add `device:` with 1 to 64 of A-Z a-z 0-9 _ -.",
        ),
        (
            "foreign:\n  - format: zigbee2mqtt\n    devices:\n      a b: {}\n      a.b: {}\n",
            "5: 'a.b' and 'a b' are both device 'a-b'. Give one of them another `device:`.",
        ),
        (
            one("chirpstack", "aa: {door: d-1}"),
            (
                "4: chirpstack does not say which field tells of a door. "
                "Use `doors: {FIELD: {door: ..., open_when: ...}}`."
            ),
        ),
        (
            one("chirpstack", "aa: {doors: {x: d-1}}"),
            "4: nothing says which value of 'x' means open. Add `open_when:` with that value, such as true, 1 or open.",
        ),
        (
            one("chirpstack", "aa: {doors: {x: {door: d-1, open_when: up}}}"),
            (
                "4: 'x' is a text, of which any other than 'up' would mean closed. "
                "Add `closed_when:` with the text that means closed."
            ),
        ),
        (
            one("shelly", "aa: {points: {t: flow}}"),
            "4: point 'flow' is carried by device 'gw' already. Let one device report each point.",
        ),
        (
            one("shelly", "aa: {device: gw, points: {t: {point: flow, unit: L/min}}}"),
            (
                "4: the device measures in L/min, point 'flow' is in m3/h. "
                "Add `scale:` and, where needed, `offset:` to convert it."
            ),
        ),
        (
            one("shelly", "aa: {device: gw, points: {t: {point: flow, unit: foo}}}"),
            (
                "4: 'foo' is no unit that Vigil knows. Use one such as degC, %RH, kPa, m3/h, A, kW or kWh, "
                "or add `scale:` to the device's own."
            ),
        ),
        (
            one("shelly", "aa: {device: phone, door: d-1}"),
            (
                "4: 'phone' is a phone, which may not send access. "
                "Make it a gateway, or leave it out of the site's devices."
            ),
        ),
        (
            one("owntracks", "a/b: {device: p2, regions: {Roof: cp-1}}"),
            "4: regions need a person. Add `person:`, who carries the device.",
        ),
        (
            SHORTEST + "  - format: zigbee2mqtt\n    devices:\n      back door: {door: d-1}\n",
            "7: 'back door' is mapped twice. Keep one of the two.",
        ),
        (
            SHORTEST + "  - format: senml\n    topic: zigbee2mqtt/+\n",
            (
                "6: topic filters 'zigbee2mqtt/+' (senml) and 'zigbee2mqtt/#' (zigbee2mqtt) overlap. "
                "Give one of them a topic of its own."
            ),
        ),
        (SHORTEST.replace("- format", "- site: nix\n    format"), "2: site 'nix' is not configured. Known sites: hq."),
    ],
    ids=lambda value: value if isinstance(value, str) and value[:1].isdigit() else "",
)
def test_a_slip_is_told_with_its_line_and_what_to_do(tmp_path: Path, foreign: str, told: str) -> None:
    assert told in problems(tmp_path, foreign)


def test_what_mixes_events_and_readings_goes_with_the_readings_only_where_points_alone_are_mapped(
    tmp_path: Path,
) -> None:
    doors = load(tmp_path, SHORTEST).foreign
    assert foreign_filters(doors, Urgency.EVENT) == ("zigbee2mqtt/#",)
    assert foreign_filters(doors, Urgency.READING) == ()
    points = load(tmp_path, SHORTEST.replace("{door: d-1}", "{device: gw, points: {t: flow}}")).foreign
    assert foreign_filters(points, Urgency.EVENT) == ()
    assert foreign_filters(points, Urgency.READING) == ("zigbee2mqtt/#",)
