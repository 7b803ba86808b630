"""Accept contributions: columns of submissions, spent proofs, rates, secrets, and row-level security."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The service has the role intake and sees a row of these tables only in a transaction with credentials for it: the hash of a
# receipt, the id derived from an idempotency key, or a valid token of a moderator.
RECEIPT = "receipt_hash = decode(current_setting('payrank.receipt', true), 'hex')"
REPLAY = "id = nullif(current_setting('payrank.submission', true), '')::uuid"
TOKEN = "id = nullif(current_setting('payrank.token', true), '')::uuid"
MODERATOR = f"""EXISTS (
    SELECT FROM api_token WHERE api_token.{TOKEN}
    AND token_hash = decode(current_setting('payrank.token_hash', true), 'hex')
    AND role = 'moderator' AND revoked_at IS NULL AND expires_at > now()
)"""
UNNAMED = "unnamed"  # the names of earlier tokens and reviewers are not known
POLICIES = (
    ("submission", "submit", "FOR INSERT TO payrank_intake WITH CHECK (record IS NULL AND status IN ('held', 'accepted'))"),
    ("submission", "see", f"FOR SELECT TO payrank_intake USING ({RECEIPT} OR {REPLAY} OR {MODERATOR})"),
    ("submission", "change", f"FOR UPDATE TO payrank_intake USING ({RECEIPT} OR {REPLAY} OR {MODERATOR})"),
    ("submission", "publish", "TO payrank_publisher USING (true)"),
    ("review", "decide", f"FOR INSERT TO payrank_intake WITH CHECK ({MODERATOR})"),
    ("review", "look", f"FOR SELECT TO payrank_intake USING ({MODERATOR})"),
    ("review", "publish", "TO payrank_publisher USING (true)"),
    ("flag", "doubt", "FOR INSERT TO payrank_intake WITH CHECK (review IS NULL)"),
    ("flag", "look", f"FOR SELECT TO payrank_intake USING ({MODERATOR})"),
    ("flag", "settle", f"FOR UPDATE TO payrank_intake USING ({MODERATOR})"),
    ("flag", "publish", "TO payrank_publisher USING (true)"),
    ("api_token", "present", f"FOR SELECT TO payrank_intake USING ({TOKEN})"),
    ("api_token", "administer", "TO payrank_publisher USING (true)"),
)
GRANTS = (
    "GRANT SELECT, INSERT, UPDATE ON submission, flag TO payrank_intake",
    "GRANT SELECT, INSERT ON review TO payrank_intake",
    "GRANT SELECT ON api_token TO payrank_intake",
    "GRANT SELECT, INSERT ON spent_proof TO payrank_intake",
    "GRANT SELECT, INSERT, UPDATE ON rate TO payrank_intake",
    "GRANT SELECT, INSERT ON secret TO payrank_intake",
    "GRANT SELECT, DELETE ON spent_proof, rate TO payrank_publisher",
    "GRANT SELECT, UPDATE ON flag TO payrank_publisher",
    "GRANT INSERT ON api_token TO payrank_publisher",
    "GRANT DELETE ON salary_record, edition TO payrank_publisher",
    "GRANT ALL ON spent_proof, rate, secret TO payrank_owner",
)
ROLES_BEFORE = (
    "REVOKE SELECT, UPDATE ON submission, flag FROM payrank_intake",
    "REVOKE SELECT, INSERT ON review FROM payrank_intake",
    "REVOKE SELECT ON api_token FROM payrank_intake",
    "REVOKE UPDATE ON flag FROM payrank_publisher",
    "REVOKE DELETE ON salary_record, edition FROM payrank_publisher",
)


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")  # employers are entered as free text and matched by similarity
    op.add_column("submission", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.add_column("submission", sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("submission", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("submission", sa.Column("cleared", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("submission", sa.Column("record", sa.Uuid(), nullable=True))
    op.add_column("submission", sa.Column("published_in", sa.Integer(), nullable=True))
    op.add_column("submission", sa.Column("retries", sa.Integer(), nullable=False, server_default="0"))
    for column in ("cleared", "retries"):
        op.alter_column("submission", column, server_default=None)
    op.create_index(op.f("ix_submission_record"), "submission", ["record"], unique=False)
    op.create_index(
        "ix_submission_held", "submission", ["submitted_at", "id"], unique=False, postgresql_where=sa.text("status = 'held'")
    )
    op.add_column("flag", sa.Column("review", sa.Uuid(), nullable=True))
    op.add_column("api_token", sa.Column("name", sa.Text(), nullable=False, server_default=UNNAMED))
    op.add_column("review", sa.Column("reviewer", sa.Text(), nullable=False, server_default=UNNAMED))
    for table, column in (("api_token", "name"), ("review", "reviewer")):
        op.alter_column(table, column, server_default=None)
    op.alter_column("review", "token", nullable=True)
    op.create_table(
        "spent_proof",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spent_proof")),
    )
    op.create_table(
        "rate",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", "hour", name=op.f("pk_rate")),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    for grant in GRANTS:
        op.execute(grant)
    for table in ("submission", "review", "flag", "api_token"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    for table, name, rule in POLICIES:
        op.execute(f"CREATE POLICY {name} ON {table} {rule}")


def downgrade() -> None:
    for table, name, _ in POLICIES:
        op.execute(f"DROP POLICY {name} ON {table}")
    for table in ("submission", "review", "flag", "api_token"):
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for revoke in ROLES_BEFORE:
        op.execute(revoke)
    for table in ("secret", "rate", "spent_proof"):
        op.drop_table(table)
    op.execute(
        "UPDATE submission SET status = 'accepted' WHERE status = 'published'"
    )  # their records can no longer be identified
    op.execute("DELETE FROM review WHERE token IS NULL")
    op.alter_column("review", "token", nullable=False)
    op.drop_column("review", "reviewer")
    op.drop_column("api_token", "name")
    op.drop_column("flag", "review")
    op.drop_index("ix_submission_held", table_name="submission")
    op.drop_index(op.f("ix_submission_record"), table_name="submission")
    for column in ("retries", "published_in", "record", "cleared", "reason", "findings", "digest"):
        op.drop_column("submission", column)
    op.execute("DROP EXTENSION pg_trgm")
