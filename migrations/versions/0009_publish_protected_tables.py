"""Publish protected tables of contributed answers once a year, and the ledger of what they cost."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

GRANTS = (
    "GRANT SELECT ON protected_cell, privacy_ledger TO payrank_reader, payrank_intake, payrank_publisher",
    "GRANT INSERT ON protected_cell, privacy_ledger TO payrank_publisher",
    "GRANT ALL ON protected_cell, privacy_ledger TO payrank_owner",
)


def upgrade() -> None:
    op.add_column("submission", sa.Column("tabulated_in", sa.Integer(), nullable=True))
    op.create_table(
        "protected_cell",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("country", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("year", "table_name", "value", "country", name=op.f("pk_protected_cell")),
    )
    op.create_table(
        "privacy_ledger",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("epsilon", sa.Double(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", "table_name", name=op.f("pk_privacy_ledger")),
    )
    for grant in GRANTS:
        op.execute(grant)


def downgrade() -> None:
    op.drop_table("privacy_ledger")
    op.drop_table("protected_cell")
    op.drop_column("submission", "tabulated_in")
