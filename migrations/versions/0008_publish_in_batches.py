"""Publish contributed pay in batches of a class: releases, counting marks, invitations, and reviews of employer names.

Submissions that were published under the first design wait again, with all classes open to them, so that the first release
under the new rules publishes together whatever fits; their records leave with that release.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KINDS = (  # as they were when this was written
    "employer-family-level-country",
    "metro-role-level",
    "role-level-country",
    "role-country",
    "family-level-country",
    "family-country",
    "role-continent",
    "family-continent",
)
RELEASES_TO_COARSEST = 6
"""Releases after which a contribution may be published in every class."""
COUNTED = f"""
    UPDATE submission SET counted = (
        SELECT jsonb_object_agg(kind, extract(year FROM submitted_at AT TIME ZONE 'UTC')::int)
        FROM unnest(ARRAY{list(KINDS[2:])}) AS kind
    ) WHERE answers IS NOT NULL
"""
"""The networks of earlier submissions are unknown: each counts by itself, in the year of its arrival."""
REPUBLISHED = f"""
    UPDATE submission SET status = 'accepted', base_record = NULL, published_in = NULL,
    releases_before = -{RELEASES_TO_COARSEST} WHERE status = 'published'
"""
POLICY = "CREATE POLICY submit ON submission FOR INSERT TO payrank_intake WITH CHECK ({} AND status IN ('held', 'accepted'))"
STORED = """
    CREATE FUNCTION stored_submissions(ids uuid[]) RETURNS SETOF uuid STABLE SECURITY DEFINER
    BEGIN ATOMIC SELECT id FROM submission WHERE id = ANY (ids); END
"""
"""Which of the ids of new submissions exist, without access to their rows: a repeated submission must not count again."""
STATISTICS = [
    f"ALTER TABLE submission {', '.join(f'ALTER {column} {change}' for column in ('answers', 'findings'))}"
    for change in ("TYPE jsonb", "SET STATISTICS 0")
]
"""The planner's statistics of a column are copies of some of its values, which a withdrawal does not delete. Those that are
there go with the new type, which is the old one."""
MODERATOR = """EXISTS (
    SELECT FROM api_token WHERE api_token.id = nullif(current_setting('payrank.token', true), '')::uuid
    AND token_hash = decode(current_setting('payrank.token_hash', true), 'hex')
    AND role = 'moderator' AND revoked_at IS NULL AND expires_at > now()
)"""
EMPLOYER_POLICIES = (
    "ALTER TABLE employer_review ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY decide ON employer_review FOR INSERT TO payrank_intake WITH CHECK ({MODERATOR})",
    f"CREATE POLICY look ON employer_review FOR SELECT TO payrank_intake USING ({MODERATOR})",
    "CREATE POLICY publish ON employer_review TO payrank_publisher USING (true)",
)
TABLES = ("release", "batch", "batch_record", "withdrawn_record", "counting_mark", "invitation", "employer_review")
GRANTS = (
    "GRANT SELECT ON release, batch, batch_record TO payrank_reader, payrank_intake, payrank_publisher",
    "GRANT INSERT, DELETE ON release, batch, batch_record TO payrank_publisher",
    "GRANT UPDATE (withdrawn_at, withdrawn_by, withdrawal_note) ON batch TO payrank_publisher",
    "GRANT INSERT ON withdrawn_record TO payrank_intake",
    "GRANT SELECT, INSERT, DELETE ON withdrawn_record TO payrank_publisher",
    "GRANT SELECT, INSERT ON counting_mark TO payrank_intake",
    "GRANT SELECT, INSERT, DELETE ON counting_mark TO payrank_publisher",
    "REVOKE ALL ON FUNCTION stored_submissions FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION stored_submissions TO payrank_intake",
    "GRANT SELECT ON invitation TO payrank_intake",
    "GRANT UPDATE (used) ON invitation TO payrank_intake",
    "GRANT SELECT, INSERT, DELETE ON invitation TO payrank_publisher",
    "GRANT SELECT, INSERT ON employer_review TO payrank_intake, payrank_publisher",
    f"GRANT ALL ON {', '.join(TABLES)} TO payrank_owner",
)


def upgrade() -> None:
    op.execute("DROP POLICY submit ON submission")
    op.drop_index(op.f("ix_submission_record"), table_name="submission")
    op.alter_column("submission", "record", new_column_name="base_record")
    op.add_column("submission", sa.Column("total_record", sa.Uuid(), nullable=True))
    op.add_column(
        "submission", sa.Column("earlier_records", postgresql.ARRAY(sa.Uuid()), nullable=False, server_default="{}")
    )
    op.add_column(
        "submission",
        sa.Column("counted", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'{}'")),
    )
    op.add_column("submission", sa.Column("invited", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("submission", sa.Column("releases_before", sa.Integer(), nullable=False, server_default="0"))
    for column in ("earlier_records", "counted", "invited", "releases_before"):
        op.alter_column("submission", column, server_default=None)
    for column in ("base_record", "total_record"):
        op.create_index(op.f(f"ix_submission_{column}"), "submission", [column], unique=False)
    _create_tables()
    op.execute(COUNTED)
    op.execute(REPUBLISHED)
    op.execute(POLICY.format("base_record IS NULL AND total_record IS NULL"))
    for statement in (STORED, *STATISTICS, *GRANTS, *EMPLOYER_POLICIES):
        op.execute(statement)


def _create_tables() -> None:
    op.create_table(
        "release",
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("class_size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("due_at", name=op.f("pk_release")),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Integer(), nullable=False),
        sa.Column("country", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("metro", sa.Integer(), nullable=True),
        sa.Column("employer", sa.Integer(), nullable=True),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("coarse", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawal_note", sa.Text(), nullable=True),
        sa.CheckConstraint("measure IN ('base_salary', 'total_compensation')", name=op.f("ck_batch_measure")),
        sa.CheckConstraint(f"kind IN {KINDS}", name=op.f("ck_batch_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_table(
        "batch_record",
        sa.Column("record", sa.Uuid(), nullable=False),
        sa.Column("batch", sa.Uuid(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_batch_record")),
    )
    op.create_index(op.f("ix_batch_record_batch"), "batch_record", ["batch"], unique=False)
    op.create_table(
        "withdrawn_record",
        sa.Column("record", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_withdrawn_record")),
    )
    op.create_table(
        "counting_mark",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("year", "mark", name=op.f("pk_counting_mark")),
    )
    op.create_table(
        "invitation",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_invitation")),
    )
    op.create_table(
        "employer_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision IN ('accept', 'reject', 'undo')", name=op.f("ck_employer_review_decision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employer_review")),
    )
    op.create_index(op.f("ix_employer_review_name"), "employer_review", ["name"], unique=False)


def downgrade() -> None:
    op.execute("DROP FUNCTION stored_submissions")
    op.execute("DROP POLICY submit ON submission")
    op.execute("ALTER TABLE submission ALTER answers SET STATISTICS -1, ALTER findings SET STATISTICS -1")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute(
        "UPDATE submission SET status = 'accepted', base_record = NULL, published_in = NULL WHERE status = 'published'"
    )
    for column in ("base_record", "total_record"):
        op.drop_index(op.f(f"ix_submission_{column}"), table_name="submission")
    for column in ("releases_before", "invited", "counted", "earlier_records", "total_record"):
        op.drop_column("submission", column)
    op.alter_column("submission", "base_record", new_column_name="record")
    op.create_index(op.f("ix_submission_record"), "submission", ["record"], unique=False)
    op.execute(POLICY.format("record IS NULL"))
