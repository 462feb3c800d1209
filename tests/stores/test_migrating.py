import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, text

from domain.instant import HOUR
from stores import migrating
from stores.migrating import HEADS, SchemaUnknown
from stores.people import open_people_store
from stores.schema import PEOPLE, STATE
from stores.state.opening import StateStore, open_state_store
from tests.brokers import PATIENCE_SECONDS
from tests.samples import NOW

FOLDER = Path(migrating.__file__).parent / "migrations"


def open_and_close(path: Path, database: str) -> None:
    (open_state_store(path) if database == "state" else open_people_store(path)).close()


@pytest.mark.parametrize(("database", "tables"), [("state", STATE), ("people", PEOPLE)])
def test_the_steps_lead_to_the_tables_that_the_code_uses(tmp_path: Path, database: str, tables: MetaData) -> None:
    path = tmp_path / "x.sqlite"
    open_and_close(path, database)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables) == []
    engine.dispose()


def index_definitions(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return {name: " ".join(sql.replace('"', "").split()) for name, sql in rows}


def test_the_steps_lead_to_the_same_indexes_with_their_conditions(tmp_path: Path) -> None:
    open_and_close(tmp_path / "steps.sqlite", "state")
    engine = create_engine(f"sqlite:///{tmp_path / 'tables.sqlite'}")
    STATE.create_all(engine)
    engine.dispose()
    indexes = index_definitions(tmp_path / "steps.sqlite")
    assert indexes == index_definitions(tmp_path / "tables.sqlite")
    assert "WHERE subject IS NOT NULL" in indexes["effect_history"]


@pytest.mark.parametrize("database", ["state", "people"])
def test_the_newest_step_is_the_one_the_code_expects(database: str) -> None:
    script = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / database)])
    assert script.get_heads() == [HEADS[database]]


def test_opening_again_changes_nothing_and_needs_no_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_and_close(tmp_path / "state.sqlite", "state")
    before = (tmp_path / "state.sqlite").read_bytes()
    monkeypatch.setattr(migrating, "_upgrade", None)
    open_and_close(tmp_path / "state.sqlite", "state")
    assert (tmp_path / "state.sqlite").read_bytes() == before


@pytest.mark.parametrize("database", ["state", "people"])
def test_a_database_of_a_newer_release_is_refused_with_the_remedy(tmp_path: Path, database: str) -> None:
    path = tmp_path / "x.sqlite"
    open_and_close(path, database)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(SchemaUnknown, match=r"x\.sqlite has schema 9999.*start the newer release"):
        open_and_close(path, database)
    assert path.read_bytes() == before


def test_an_older_database_is_brought_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    open_and_close(tmp_path / "state.sqlite", "state")
    monkeypatch.setitem(HEADS, "state", "9998")
    monkeypatch.setattr(migrating, "_upgrade", lambda _, database: asked.append(database))
    open_and_close(tmp_path / "state.sqlite", "state")
    assert asked == ["state"]


def test_of_two_that_start_at_once_one_makes_the_schema(tmp_path: Path) -> None:
    together = threading.Barrier(2)
    stores: list[StateStore] = []

    def start() -> None:
        together.wait(timeout=PATIENCE_SECONDS)
        stores.append(open_state_store(tmp_path / "state.sqlite"))

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.writer.last_seq() for store in stores] == [0, 0]
    for store in stores:
        store.close()


def test_a_folder_with_a_percent_sign_is_no_obstacle(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", migrating._escaped(tmp_path / "100%(x)s"))
    assert config.get_main_option("script_location") == str(tmp_path / "100%(x)s")


def test_what_waits_since_before_the_clock_was_noted_does_not_wait_for_one_that_was_set_back(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'state.sqlite'}")
    with engine.begin() as connection:
        migrating._upgrade(connection, "state", "0007")
        insert = text(
            "INSERT INTO outbox (id, lane, channel, address, payload, retain, created_at, attempt, due, sent_at, error)"
            " VALUES (:id, 'real', 'console', 'all', '', 0, :at, 0, :due, :sent_at, '')"
        )
        for message, due, sent_at in (("untried", NOW, None), ("retried", NOW + HOUR, None), ("sent", NOW, NOW)):
            connection.execute(insert, {"id": message, "at": NOW, "due": due, "sent_at": sent_at})
    engine.dispose()
    with open_state_store(tmp_path / "state.sqlite") as store:
        claimed = store.outbox.claim_messages(store.writer.claim(), "console", 9, NOW - 1)
        assert [each.message.id for each in claimed] == ["untried", "retried"]
