"""Standbys: what was written on the primary comes to each of them a moment later."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import asyncpg

from service.store.database import plain_errors
from service.store.hosts import Hosts, each

_LOOK, _CONNECT = 0.05, 3
_REPLAYED = "SELECT NOT pg_is_in_recovery() OR coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, true)"


def wait_for_standbys(url: str, reader_url: str, seconds: float) -> int:
    """Wait until each standby has what the primary has now, but no longer than so many seconds.

    Returns how many have not: those that are behind, and those that cannot be reached.
    """
    return asyncio.run(_wait(url, each(reader_url), seconds))


async def _wait(url: str, standbys: Sequence[str], seconds: float) -> int:
    with plain_errors():
        primary = await Hosts.of(url).connect(timeout=_CONNECT)
        written = str(await primary.fetchval("SELECT pg_current_wal_lsn()::text"))
        await primary.close()
    caught_up = await asyncio.gather(*(_caught_up(standby, written, seconds) for standby in standbys))
    return caught_up.count(False)


async def _caught_up(standby: str, written: str, seconds: float) -> bool:
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        async with asyncio.timeout(seconds):
            connection = await asyncpg.connect(standby, timeout=_CONNECT)
            try:
                while not await connection.fetchval(_REPLAYED, written):  # noqa: ASYNC110 (it tells nobody by itself)
                    await asyncio.sleep(_LOOK)
                return True
            finally:
                connection.terminate()
    return False
