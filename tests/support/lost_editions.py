"""Editions that are lost in a failover, as if a standby had been promoted that did not have them."""

from service.store.bulk import bulk_connection


def lose_editions(url: str, first: int) -> None:
    """Remove the editions from a number on, and end all connections, as the end of the former primary does."""
    with bulk_connection(url) as rows:
        rows.execute("DELETE FROM salary_record WHERE added_in >= $1", [first])
        rows.execute("UPDATE salary_record SET removed_in = NULL WHERE removed_in >= $1", [first])
        rows.execute("UPDATE watermark SET edition = $1", [first - 1])
        rows.execute("DELETE FROM edition WHERE number >= $1", [first])
        rows.commit()
        rows.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
