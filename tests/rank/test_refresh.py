"""A new edition is taken over whole, and an unreachable database leaves the old one in place."""

import pytest
from databases import run_autocommit
from records import publish

from service.errors import DatabaseError
from service.rank.refresh import Current
from service.store.database import Database
from service.vocabulary.measures import Measure


async def test_a_new_edition_is_taken_over_whole(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000 + n} for n in range(10)])
    async with Database.open(database_url) as database, Current.open(database, every_seconds=3600) as current:
        before = current.index
        publish(database_url, [{"level": "mid", "bonus": 5}], first=10)
        await current.refresh()
        assert (before.edition.number, before.columns.size) == (1, 10)
        assert (current.index.edition.number, current.index.columns.size) == (2, 11)
        same = current.index
        await current.refresh()
        assert current.index is same


async def test_orders_are_made_on_first_use(database_url: str) -> None:
    publish(database_url, [{"bonus": n} for n in range(10)])
    async with Database.open(database_url) as database, Current.open(database, every_seconds=3600) as current:
        await current.index.prepare(Measure.BONUS)
        order = current.index.order(Measure.BONUS)
        assert len(order) == 10
        assert current.index.order(Measure.BONUS) is order


async def test_a_database_that_is_gone_leaves_the_index(server_url: str, database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    name = database_url.split("?", maxsplit=1)[0].rpartition("/")[2]
    async with Database.open(database_url) as database, Current.open(database, every_seconds=3600) as current:
        run_autocommit(server_url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        terminate = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        run_autocommit(server_url, terminate)
        with pytest.raises(DatabaseError):
            await current.refresh()
        assert current.index.columns.size == 1
        run_autocommit(server_url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        await current.refresh()
        assert current.index.edition.number == 1
