"""Store totals as reported, so that they can be compared in their own currency."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


TOTALS = ("total_cash_reported", "total_compensation_reported")


def upgrade() -> None:
    for name in TOTALS:
        op.add_column("salary_record", sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for name in TOTALS:
        op.drop_column("salary_record", name)
