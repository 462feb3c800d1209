"""Since when a message waits for its next attempt: a clock that stands before that was set back.

Of what waits already it is only known that it was written before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("waits_since", sa.BigInteger))
    op.execute("UPDATE outbox SET waits_since = created_at WHERE sent_at IS NULL AND refused_at IS NULL")
