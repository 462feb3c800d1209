"""Alembic runs this file. The connection and its transaction belong to `stores.migrating`; nothing commits in here."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
