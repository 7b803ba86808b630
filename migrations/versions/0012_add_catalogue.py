"""Add the catalogue of data sets; `payrank migrate` and `payrank serve` then load it with the reference data."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

GRANTS = (
    "GRANT SELECT ON catalogue_entry TO payrank_reader, payrank_intake, payrank_publisher",
    "GRANT ALL ON catalogue_entry TO payrank_owner",
)


def upgrade() -> None:
    op.create_table(
        "catalogue_entry",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("megabytes", sa.Double(), nullable=False),
        sa.Column("factors", ARRAY(sa.Text()), nullable=False),
        sa.Column("measures", ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_catalogue_entry")),
    )
    for grant in GRANTS:
        op.execute(grant)


def downgrade() -> None:
    op.drop_table("catalogue_entry")
