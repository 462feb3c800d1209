"""A disk that refuses: run as `python -m tests.stores.limited_process FOLDER`, prints what each commit came to.

The kernel's limit on file sizes stands for a full disk: writes beyond it fail inside SQLite's COMMIT. It holds for the
whole process, hence one of its own.
"""

import resource
import sys
from pathlib import Path

from stores.ports import StoreUnavailable
from stores.state.opening import open_state_store
from tests.stores.commits import Owner, a_message
from tests.stores.dying_process import commit_next, consequences

ROOM = 8 * 1024


def main(folder: Path) -> None:
    with open_state_store(folder / "state.sqlite") as store:
        owner = Owner(store.writer)
        commit_next(owner)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = (folder / "state.sqlite-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + ROOM, hard))
        bodies, _ = consequences(owner.seq + 1)
        big = [a_message(f"big-{number}", "x" * 4096) for number in range(20)]
        try:
            owner.commit(*bodies, outbox=big)
        except StoreUnavailable as error:
            print(f"refused: {error}")  # noqa: T201
        print(f"seq {store.writer.last_seq()}")  # noqa: T201
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        commit_next(owner)
        print(f"seq {store.writer.last_seq()}")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
