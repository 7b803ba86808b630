"""Drop the note of a rejection from submissions: it is in the table `review`, and contributors no longer see it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("submission", "reason")


def downgrade() -> None:
    op.add_column("submission", sa.Column("reason", sa.Text(), nullable=True))
