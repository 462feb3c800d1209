"""Which site an alarm of Vigil's own concerns; of those of before it is not known, so they concern every site."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("alarm", sa.Column("concerns", sa.Text))
