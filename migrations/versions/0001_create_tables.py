"""Create the tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('moderator')", name=op.f("ck_api_token_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
    )
    op.create_table(
        "edition",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("records", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_edition")),
    )
    op.create_table(
        "factor_value",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("factor", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("aliases", sa.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["factor_value.id"], name=op.f("fk_factor_value_parent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_value")),
    )
    op.create_index(op.f("ix_factor_value_factor_code"), "factor_value", ["factor", "code"], unique=True)
    op.create_table(
        "flag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("flagged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
    )
    op.create_index(op.f("ix_flag_record"), "flag", ["record"], unique=False)
    op.create_table(
        "fx_rate",
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("usd", sa.Double(), nullable=False),
        sa.CheckConstraint("usd > 0", name=op.f("ck_fx_rate_usd")),
        sa.PrimaryKeyConstraint("currency", "year", name=op.f("pk_fx_rate")),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision IN ('accept', 'reject')", name=op.f("ck_review_decision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index(op.f("ix_review_submission"), "review", ["submission"], unique=False)
    op.create_table(
        "salary_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("added_in", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("removed_in", sa.Integer(), nullable=True),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("role", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("experience", sa.Integer(), nullable=True),
        sa.Column("employment_type", sa.Integer(), nullable=True),
        sa.Column("work_mode", sa.Integer(), nullable=True),
        sa.Column("country", sa.Integer(), nullable=True),
        sa.Column("subdivision", sa.Integer(), nullable=True),
        sa.Column("metro", sa.Integer(), nullable=True),
        sa.Column("industry", sa.Integer(), nullable=True),
        sa.Column("employer", sa.Integer(), nullable=True),
        sa.Column("employer_size", sa.Integer(), nullable=True),
        sa.Column("employer_type", sa.Integer(), nullable=True),
        sa.Column("education", sa.Integer(), nullable=True),
        sa.Column("field_of_study", sa.Integer(), nullable=True),
        sa.Column("competing_offers", sa.Integer(), nullable=True),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("specialization", sa.ARRAY(sa.Integer()), nullable=True),
        sa.Column("certification", sa.ARRAY(sa.Integer()), nullable=True),
        sa.Column("skill", sa.ARRAY(sa.Integer()), nullable=True),
        sa.Column("benefit", sa.ARRAY(sa.Integer()), nullable=True),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("base_reported", sa.BigInteger(), nullable=True),
        sa.Column("base_low", sa.BigInteger(), nullable=True),
        sa.Column("base_high", sa.BigInteger(), nullable=True),
        sa.Column("bonus_reported", sa.BigInteger(), nullable=True),
        sa.Column("equity_reported", sa.BigInteger(), nullable=True),
        sa.Column("base_salary", sa.Integer(), nullable=True),
        sa.Column("bonus", sa.Integer(), nullable=True),
        sa.Column("equity", sa.Integer(), nullable=True),
        sa.Column("total_cash", sa.Integer(), nullable=True),
        sa.Column("total_compensation", sa.Integer(), nullable=True),
        sa.Column("negotiation_uplift", sa.Integer(), nullable=True),
        sa.Column("job_satisfaction", sa.Integer(), nullable=True),
        sa.Column("career_growth", sa.Integer(), nullable=True),
        sa.Column("work_life_balance", sa.Integer(), nullable=True),
        sa.CheckConstraint("base_low <= base_high", name=op.f("ck_salary_record_base_range")),
        sa.CheckConstraint("base_salary BETWEEN 1 AND 100000000", name=op.f("ck_salary_record_base_salary")),
        sa.CheckConstraint("bonus BETWEEN 0 AND 100000000", name=op.f("ck_salary_record_bonus")),
        sa.CheckConstraint("career_growth BETWEEN 1 AND 5", name=op.f("ck_salary_record_career_growth")),
        sa.CheckConstraint("equity BETWEEN 0 AND 1000000000", name=op.f("ck_salary_record_equity")),
        sa.CheckConstraint("extract(day FROM effective) = 1", name=op.f("ck_salary_record_effective")),
        sa.CheckConstraint("job_satisfaction BETWEEN 1 AND 5", name=op.f("ck_salary_record_job_satisfaction")),
        sa.CheckConstraint("negotiation_uplift BETWEEN -100 AND 1000", name=op.f("ck_salary_record_negotiation_uplift")),
        sa.CheckConstraint("removed_in > added_in", name=op.f("ck_salary_record_removed_in")),
        sa.CheckConstraint("total_cash BETWEEN 1 AND 200000000", name=op.f("ck_salary_record_total_cash")),
        sa.CheckConstraint("total_compensation BETWEEN 1 AND 1200000000", name=op.f("ck_salary_record_total_compensation")),
        sa.CheckConstraint("work_life_balance BETWEEN 1 AND 5", name=op.f("ck_salary_record_work_life_balance")),
        sa.PrimaryKeyConstraint("id", "added_in", name=op.f("pk_salary_record")),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "status IN ('held', 'accepted', 'published', 'rejected', 'withdrawn')", name=op.f("ck_submission_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
    )
    op.create_index(op.f("ix_submission_receipt_hash"), "submission", ["receipt_hash"], unique=False)
    op.create_table(
        "watermark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_watermark_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watermark")),
    )
    op.create_table(
        "price_level",
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("level", sa.Double(), nullable=False),
        sa.CheckConstraint("level > 0", name=op.f("ck_price_level_level")),
        sa.ForeignKeyConstraint(["place"], ["factor_value.id"], name=op.f("fk_price_level_place")),
        sa.PrimaryKeyConstraint("place", "year", name=op.f("pk_price_level")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('self-reported', 'verified', 'survey', 'posted-range', 'government-filing', 'sample')",
            name=op.f("ck_source_kind"),
        ),
        sa.ForeignKeyConstraint(["id"], ["factor_value.id"], name=op.f("fk_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )


def downgrade() -> None:
    op.drop_table("source")
    op.drop_table("price_level")
    op.drop_table("watermark")
    op.drop_index(op.f("ix_submission_receipt_hash"), table_name="submission")
    op.drop_table("submission")
    op.drop_table("salary_record")
    op.drop_index(op.f("ix_review_submission"), table_name="review")
    op.drop_table("review")
    op.drop_table("fx_rate")
    op.drop_index(op.f("ix_flag_record"), table_name="flag")
    op.drop_table("flag")
    op.drop_index(op.f("ix_factor_value_factor_code"), table_name="factor_value")
    op.drop_table("factor_value")
    op.drop_table("edition")
    op.drop_table("api_token")
