"""Store which submission a proof of work was spent for, so that a repeated request may show the same proof again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("spent_proof", sa.Column("submission", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("spent_proof", "submission")
