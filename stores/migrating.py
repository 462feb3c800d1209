"""Bringing a database to the schema of this release."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, column, inspect, select, table

from domain.errors import VigilError

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_REVISION: Final = table("alembic_version", column("version_num"))

HEADS: Final = {"state": "0008", "people": "0001"}
"""The newest revision of each database. It stands here so that a start without work to do need not load Alembic."""


class SchemaUnknown(VigilError):
    """The database was written by a release that this one does not know."""


def migrate(engine: Engine, database: str, name: str) -> None:
    """Bring the database to this release's schema, from nothing or from any earlier one.

    All steps are one transaction that holds the write lock from before the present revision is read. A process that is
    killed therefore leaves the schema as it was, and of two that start at once the second finds the work done.

    Raises:
        SchemaUnknown: a newer release wrote the database (`name` in the error); nothing was changed.
    """
    with engine.connect() as connection, connection.begin():
        revision = _revision(connection)
        if revision == HEADS[database]:
            return
        if revision is not None and revision > HEADS[database]:
            raise SchemaUnknown(
                f"{name} has schema {revision}, this release knows schemas up to {HEADS[database]}: start the newer "
                f"release that wrote it, or restore a backup made before that release was installed"
            )
        _upgrade(connection, database)


def require_current(connection: Connection, database: str, name: str) -> None:
    """Refuse to read a database that another release wrote.

    Raises:
        SchemaUnknown: it has another schema than this release's.
    """
    revision = _revision(connection)
    if revision != HEADS[database]:
        raise SchemaUnknown(
            f"{name} has schema {revision}, this release reads schema {HEADS[database]}: start `vigil serve` once, "
            "which brings an older one up to date, or use the release that wrote it"
        )


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_REVISION.name):
        return None
    return connection.execute(select(_REVISION.c.version_num)).scalar_one_or_none()


def _upgrade(connection: Connection, database: str, revision: str = "head") -> None:
    # Alembic costs 0.2 s to load: only those pay who have something to upgrade.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", _escaped(_MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _escaped(_MIGRATIONS / database))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _escaped(path: Path) -> str:
    """Options are interpolated: a % in the name of a folder would be taken for a reference."""
    return str(path).replace("%", "%%")
