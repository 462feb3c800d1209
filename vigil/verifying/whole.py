"""All of a data folder, part by part, and whether the parts are of one history."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from domain.errors import VigilError
from domain.identity import REAL_LANE
from journal.chain import Head, load_chain, load_or_create_key
from journal.sqlite_archive import SqliteArchive
from runtime.engine_identity import engine_identity
from runtime.replay import compare
from stores.state.opening import open_state_reader
from vigil.data_folder import DataFolder
from vigil.verifying.file_checks import SNAPSHOTS, TELEMETRY, check_people, check_snapshots, check_telemetry
from vigil.verifying.flaw import REBUILD, RESTORE, Flaw
from vigil.verifying.journal_check import check_journal
from vigil.verifying.state_check import THING as STATE
from vigil.verifying.state_check import check_state


class NothingToVerify(VigilError):
    """There is no data folder to judge, or its key is missing."""


class CannotCompare(VigilError):
    """The effects cannot be held against the journal here."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What a verification found. Seqs say how far each part reaches; the state's is the real lane's."""

    flaws: list[Flaw]
    records: int
    effects: int
    segments: int
    journal_seq: int
    state_seq: int
    stored_seq: int


def journal_key(folder: DataFolder) -> bytes:
    """The key of the journal's chain; never makes one.

    Raises:
        NothingToVerify: it is not there.
    """
    if not folder.journal_key.is_file():
        raise NothingToVerify(
            f"{folder.journal_key} is missing, and without it no journal can be judged: put back the key that belongs "
            "to this journal (backups keep keys apart)"
        )
    return load_or_create_key(folder.journal_key)


def differences_from_journal(folder: DataFolder, key: bytes, until: int) -> list[Flaw]:
    """Judge the journal again, from its beginning up to a seq, and hold every effect against what is said now.

    Raises:
        CannotCompare: the journal's beginning is gone, or another engine judged it: differences would prove nothing.
        SchemaUnknown, StoreUnavailable: the state cannot be read.
    """
    if any(link.retired for link in load_chain(folder.journal, key)):
        raise CannotCompare("the retention of the journal's beginning is over: it cannot be judged again as a whole")
    archive = SqliteArchive(folder.journal, key)
    try:
        with open_state_reader(folder.state) as reader:
            report = compare(archive, reader, until)
    finally:
        archive.close()
    if any(identity != engine_identity() for identity in report.identities):
        raise CannotCompare(
            "another engine version judged this journal: `vigil replay --compare` lists the differences"
        )
    return [
        Flaw(
            thing=STATE,
            place=f"effect {difference.n} of record {difference.cause}",
            what="is not what the journal leads to",
            remedy=RESTORE,
        )
        for difference in report.differences
    ]


def verify_data(
    folder: DataFolder, key: bytes, witnesses: Sequence[Head] = (), told: Callable[[str], None] = lambda _part: None
) -> Verdict:
    """Judge a data folder by its journal's key; `told` hears which part is looked at.

    Each part is looked at before the one that is ahead of it in a running service, which may go on meanwhile.

    Raises:
        SchemaUnknown: another release wrote the state.
    """
    told("snapshots")
    snapshots = check_snapshots(folder.snapshots)
    told("telemetry")
    telemetry = check_telemetry(folder.telemetry)
    told("people")
    people = check_people(folder.people)
    told("state")
    state = check_state(folder.state)
    told("journal")
    journal = check_journal(folder.journal, key, witnesses, state.causes)
    flaws = [*journal.flaws, *state.flaws, *snapshots.flaws, *telemetry.flaws, *people]
    reaches = {(STATE, f"lane {lane}"): seq for lane, seq in state.last_seq.items()}
    reaches[TELEMETRY, folder.telemetry.name] = telemetry.stored_seq
    for (thing, place), seq in sorted(reaches.items()):
        if journal.last_seq is not None and seq > journal.last_seq:
            what = f"reaches to seq {seq}, and the journal ends at seq {journal.last_seq}"
            flaws.append(Flaw(thing=thing, place=place, what=what, remedy=RESTORE))
    for lane, seq in sorted(snapshots.newest.items()):
        if not state.flaws and seq > state.last_seq.get(lane, 0):
            what = f"is of seq {seq}, and the state stands at {state.last_seq.get(lane, 0)}: of another history"
            flaws.append(Flaw(thing=SNAPSHOTS, place=f"lane {lane}", what=what, remedy=REBUILD))
    return Verdict(
        flaws=flaws,
        records=journal.records,
        effects=state.effects,
        segments=telemetry.segments,
        journal_seq=journal.last_seq or 0,
        state_seq=state.last_seq.get(REAL_LANE, 0),
        stored_seq=telemetry.stored_seq,
    )
