"""Counts by hour, shared by all processes, and the secret that hashes are keyed with."""

import secrets
from datetime import datetime

from service.store.database import Database


async def count_up(database: Database, id_: bytes, hour: datetime) -> int:
    """Count one more under an id in an hour; how many that makes."""
    async with database.write() as connection:
        return int(
            await connection.fetchval(
                "INSERT INTO rate (id, hour, count) VALUES ($1, $2, 1) "
                "ON CONFLICT (id, hour) DO UPDATE SET count = rate.count + 1 RETURNING count",
                id_,
                hour,
            )
        )


async def kept_secret(database: Database) -> bytes:
    """The installation's secret; made at first use, the same for all processes."""
    async with database.write() as connection:
        await connection.execute(
            "INSERT INTO secret (name, value) VALUES ('installation', $1) ON CONFLICT (name) DO NOTHING",
            secrets.token_bytes(32),
        )
        return bytes(await connection.fetchval("SELECT value FROM secret WHERE name = 'installation'"))
