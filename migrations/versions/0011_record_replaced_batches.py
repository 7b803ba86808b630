"""Record which edition of a protected import removed a batch, so that a version that only removes classes counts as one."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch", sa.Column("replaced_in", sa.Integer(), nullable=True))
    op.execute("GRANT UPDATE (replaced_in) ON batch TO payrank_publisher")  # which discards unfinished editions


def downgrade() -> None:
    op.drop_column("batch", "replaced_in")
