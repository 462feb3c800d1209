"""Labels of checkpoints: what their codes and tags say, and that the command refuses what it cannot print."""

import json
import re
from pathlib import Path

import pytest

from domain.errors import VigilError
from domain.site import Checkpoint, Site
from domain.text import Text
from vigil.commands.labels import run
from vigil.labels import labels_pdf, tag_text

RIVERSIDE = str(Path(__file__).resolve().parents[2] / "simulators" / "site")


def checkpoints(count: int, name: str = "Roof hatch") -> list[Checkpoint]:
    return [Checkpoint(id=f"cp-{number}", name=Text(name, "屋顶出口"), zone="z") for number in range(count)]


def site(*things: Checkpoint) -> Site:
    return Site(id="tower", name=Text("Tower", "塔楼"), timezone="UTC", checkpoints=things)


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (8, 1), (9, 2)])
def test_there_are_eight_on_a_page(count: int, pages: int) -> None:
    made = labels_pdf(site(), checkpoints(count))
    assert made.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", made)) == pages
    # Chinese by a font that readers of PDF bring along; nothing is embedded.
    assert b"/STSong-Light" in made
    assert b"/FontFile" not in made


def test_the_same_labels_give_the_same_bytes() -> None:
    assert labels_pdf(site(), checkpoints(3)) == labels_pdf(site(), checkpoints(3))
    assert labels_pdf(site(), checkpoints(3)) != labels_pdf(site(), checkpoints(2))


def test_a_long_name_is_made_to_fit() -> None:
    assert labels_pdf(site(), checkpoints(1, "A very long name of a checkpoint, " * 9)).startswith(b"%PDF-")


def test_the_command_says_what_the_tags_are_to_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "labels.pdf"
    assert run(RIVERSIDE, "riverside", out, ("cp-roof", "cp-pump"), as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["labels"] == [
        {"checkpoint": "cp-roof", "text": tag_text("riverside", "cp-roof")},
        {"checkpoint": "cp-pump", "text": "vigil:riverside/cp-pump"},
    ]
    assert out.read_bytes().startswith(b"%PDF-")
    assert run(RIVERSIDE, "riverside", out, (), as_json=False) == 0
    assert capsys.readouterr().out.startswith(f"5 labels in {out}.")


@pytest.mark.parametrize(
    ("where", "only", "said"),
    [
        ("nowhere", (), "has no site 'nowhere': name one of: riverside"),
        ("riverside", ("cp-x",), "has no checkpoint 'cp-x': name one of: cp-lobby"),
    ],
)
def test_what_is_not_there_is_refused(tmp_path: Path, where: str, only: tuple[str, ...], said: str) -> None:
    with pytest.raises(VigilError, match=said):
        run(RIVERSIDE, where, tmp_path / "labels.pdf", only, as_json=False)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(VigilError, match="name another place with --out"):
        run(RIVERSIDE, "riverside", tmp_path / "no" / "labels.pdf", (), as_json=False)
