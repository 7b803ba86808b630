"""Add official wages and the occupations of roles; `payrank migrate` and `payrank serve` then load them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FIGURES = ("employment", "mean", "p10", "p25", "p50", "p75", "p90")
GRANTS = (
    "GRANT SELECT ON official_wage, role_occupation TO payrank_reader, payrank_intake, payrank_publisher",
    "GRANT ALL ON official_wage, role_occupation TO payrank_owner",
)


def upgrade() -> None:
    op.create_table(
        "official_wage",
        sa.Column("occupation_code", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("naics_code", sa.Text(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("occupation", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("naics_title", sa.Text(), nullable=False),
        sa.Column("industry", sa.Integer(), nullable=True),
        *(sa.Column(figure, sa.Integer(), nullable=True) for figure in FIGURES),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name=op.f("fk_official_wage_source")),
        sa.ForeignKeyConstraint(["place"], ["factor_value.id"], name=op.f("fk_official_wage_place")),
        sa.ForeignKeyConstraint(["industry"], ["factor_value.id"], name=op.f("fk_official_wage_industry")),
        sa.PrimaryKeyConstraint("occupation_code", "area_code", "naics_code", name=op.f("pk_official_wage")),
    )
    op.create_table(
        "role_occupation",
        sa.Column("role", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("occupation_code", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("filings", sa.Integer(), nullable=False),
        sa.CheckConstraint("share > 0 AND share <= 1", name=op.f("ck_role_occupation_share")),
        sa.ForeignKeyConstraint(["role"], ["factor_value.id"], name=op.f("fk_role_occupation_role")),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_role_occupation")),
    )
    for grant in GRANTS:
        op.execute(grant)


def downgrade() -> None:
    op.drop_table("role_occupation")
    op.drop_table("official_wage")
