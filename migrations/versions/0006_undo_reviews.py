"""Let moderators undo decisions."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _allow("'accept', 'reject', 'undo'")


def downgrade() -> None:
    op.execute("DELETE FROM review WHERE decision = 'undo'")  # their submissions are pending, as before the decisions
    _allow("'accept', 'reject'")


def _allow(decisions: str) -> None:
    op.drop_constraint(op.f("ck_review_decision"), "review")
    op.create_check_constraint(op.f("ck_review_decision"), "review", f"decision IN ({decisions})")
