"""Rules that cannot be decided on something they watch."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "undecided",
        sa.Column("lane", sa.Text, primary_key=True, nullable=False),
        sa.Column("rule", sa.Text, primary_key=True, nullable=False),
        sa.Column("subject", sa.Text, primary_key=True, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("standing", sa.Boolean, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("undecided_since", "undecided", ["lane", "standing", sa.text("since DESC"), "rule", "subject"])
