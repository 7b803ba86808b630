"""Index what the publisher and moderators ask of submissions, flags and what expires, so that no run reads whole tables."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_submission_rejected", "submission", ["id"], postgresql_where=sa.text("status = 'rejected'"))
    op.create_index("ix_flag_unresolved", "flag", ["record"], postgresql_where=sa.text("review IS NULL"))
    op.create_index("ix_flag_review", "flag", ["review"], postgresql_where=sa.text("review IS NOT NULL"))
    op.create_index("ix_spent_proof_expires_at", "spent_proof", ["expires_at"])
    op.create_index("ix_rate_hour", "rate", ["hour"])


def downgrade() -> None:
    op.drop_index("ix_rate_hour", table_name="rate")
    op.drop_index("ix_spent_proof_expires_at", table_name="spent_proof")
    op.drop_index("ix_flag_review", table_name="flag")
    op.drop_index("ix_flag_unresolved", table_name="flag")
    op.drop_index("ix_submission_rejected", table_name="submission")
