"""Grant the database roles their permissions; insert the watermark, before the first edition.

The roles exist: `service.store.roles` creates them before any migration.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DROP = """
DO $$ BEGIN
    DROP ROLE payrank_{role};
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN NULL;
END $$
"""
ROLES = ("reader", "intake", "publisher", "owner")
PUBLISHED = "factor_value, source, fx_rate, price_level, edition, watermark, salary_record"
GRANTS = (
    f"GRANT SELECT ON {PUBLISHED} TO payrank_reader, payrank_intake, payrank_publisher",
    "GRANT INSERT ON submission, flag TO payrank_intake",
    "GRANT SELECT, UPDATE, DELETE ON submission TO payrank_publisher",
    "GRANT SELECT, INSERT ON review, api_token TO payrank_publisher",
    "GRANT SELECT ON flag TO payrank_publisher",
    "GRANT UPDATE ON api_token, watermark TO payrank_publisher",
    "GRANT INSERT, UPDATE ON factor_value, salary_record, edition TO payrank_publisher",
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO payrank_owner",
)

LATEST = "SELECT coalesce(max(number), 0) FROM edition WHERE published_at IS NOT NULL"  # some after a downgrade


def upgrade() -> None:
    for role in ROLES:
        op.execute(f"GRANT USAGE ON SCHEMA public TO payrank_{role}")
    for grant in GRANTS:
        op.execute(grant)
    op.execute(f"INSERT INTO watermark (id, edition) VALUES (1, ({LATEST}))")


def downgrade() -> None:
    op.execute("DELETE FROM watermark")
    for role in ROLES:
        op.execute(f"DROP OWNED BY payrank_{role}")
        op.execute(DROP.format(role=role))
