"""Alembic's environment: runs the migrations over the connection of `service.store.migrate`."""

from alembic import context
from sqlalchemy import Connection

from service.store.tables import metadata


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
