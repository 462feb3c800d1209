"""Walking times: read with their line, estimated from positions, and the shortest ways over them."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.site import Checkpoint, Position, Site, Zone
from domain.text import same
from vigil.planning.walking import SECONDS_PER_STOREY, Walks, WalksUnusable, estimated_walks, read_walks

KNOWN = ("a", "b", "c", "d")


def walks_file(folder: Path, *lines: str) -> Path:
    path = folder / "walks.csv"
    path.write_text("\n".join(("from,to,seconds", *lines)) + "\n")
    return path


def test_a_leg_holds_both_ways_unless_its_way_back_stands_there_too(tmp_path: Path) -> None:
    walks = read_walks(walks_file(tmp_path, "a,b,60", "b,c,30", "c,b,45"), KNOWN)
    assert walks.seconds == {("a", "b"): 60, ("b", "a"): 60, ("b", "c"): 30, ("c", "b"): 45}


def test_the_shortest_way_may_lead_past_other_checkpoints(tmp_path: Path) -> None:
    walks = read_walks(walks_file(tmp_path, "a,b,10", "b,c,10", "a,c,100", "c,d,1"), KNOWN)
    assert walks.between(["a", "d", "c"]) == [[0, 21, 20], [21, 0, 1], [20, 1, 0]]


@given(st.dictionaries(st.tuples(st.sampled_from(KNOWN), st.sampled_from(KNOWN)), st.integers(1, 9), min_size=8))
def test_no_way_is_shorter_than_the_shortest(legs: dict[tuple[str, str], int]) -> None:
    walks = Walks({leg: float(seconds) for leg, seconds in legs.items() if leg[0] != leg[1]})
    try:
        found = walks.between(KNOWN)
    except WalksUnusable:
        return
    for (row, start), (column, end) in itertools.permutations(enumerate(KNOWN), 2):
        ways = [found[row][column]]
        for count in range(3):
            for between in itertools.permutations(set(KNOWN) - {start, end}, count):
                legs_of_way = list(itertools.pairwise((start, *between, end)))
                if all(leg in walks.seconds for leg in legs_of_way):
                    ways.append(sum(walks.seconds[leg] for leg in legs_of_way))
        assert min(ways) == found[row][column]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a,x,60", "walks.csv:2: 'x' is no checkpoint of this site"),
        ("a,b,soon", "walks.csv:2: 'soon' is no number of seconds"),
        ("a,b,-1", "no number of seconds from 0 to 86400"),
        ("a,b,nan", "no number of seconds"),
        ("a,b", "no number of seconds"),
    ],
)
def test_a_bad_leg_is_told_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(WalksUnusable, match=says):
        read_walks(walks_file(tmp_path, line), KNOWN)


def test_what_is_no_list_of_legs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("start,end\n")
    with pytest.raises(WalksUnusable, match="has not the columns from, to, seconds"):
        read_walks(tmp_path / "other.csv", KNOWN)
    with pytest.raises(WalksUnusable, match="cannot be read"):
        read_walks(tmp_path / "none.csv", KNOWN)
    with pytest.raises(WalksUnusable, match="no way is known from checkpoint 'a' to 'c'"):
        read_walks(walks_file(tmp_path, "a,b,1", "c,d,1"), KNOWN).between(["a", "c"])


SITE = Site(
    id="hq",
    name=same("HQ"),
    timezone="UTC",
    zones=(
        Zone(id="f1", name=same("1"), storey=1),
        Zone(id="f3", name=same("3"), storey=3),
        Zone(id="room", name=same("room"), parent="f3"),
    ),
    checkpoints=(
        Checkpoint(id="a", name=same("a"), zone="f1", position=Position(0.0, 0.0)),
        Checkpoint(id="b", name=same("b"), zone="f1", position=Position(12.0, 0.0)),
        Checkpoint(id="c", name=same("c"), zone="room", position=Position(0.0, 0.0)),
    ),
)


def test_estimates_know_detours_and_stairs() -> None:
    (_, ab, ac), _, _ = estimated_walks(SITE).between(["a", "b", "c"])
    assert ab == pytest.approx(13.0)
    assert ac == pytest.approx(2 * SECONDS_PER_STOREY)


def test_a_checkpoint_without_a_position_is_named() -> None:
    checkpoints = (*SITE.checkpoints, Checkpoint(id="lost", name=same("lost"), zone="f1"))
    with pytest.raises(WalksUnusable, match="checkpoint 'lost' has no position: give it one, or walking times"):
        estimated_walks(replace(SITE, checkpoints=checkpoints))
