"""Alembic's environment: runs the migrations over the connection of `service.store.migrate`, each in a transaction."""

from alembic import context
from sqlalchemy import Connection, event

from service.store.tables import metadata


def change_shards_one_by_one(connection: Connection) -> None:
    """Called as a transaction begins: a Citus cluster otherwise changes the shards of a table over several connections, and
    then refuses whatever must see these changes later in the transaction: extensions, roles and rows. Other servers accept
    and ignore the setting."""
    connection.exec_driver_sql("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")


def run(connection: Connection) -> None:
    event.listen(connection, "begin", change_shards_one_by_one)
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
