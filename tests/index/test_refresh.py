"""A new edition is taken over whole, and an unreachable database leaves the old one in place."""

import asyncio
import gc
from collections import Counter
from contextlib import aclosing
from weakref import ref

import pytest
from support.databases import clone, run_autocommit
from support.records import publish

from service.errors import DatabaseError, EditionAwaited
from service.index.build import build_current_index
from service.index.index import Index
from service.index.refresh import CurrentIndex
from service.store.database import Database
from service.vocabulary.measures import Measure


async def test_a_new_edition_is_taken_over_whole(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000 + n} for n in range(10)])
    async with Database.open(database_url) as database, CurrentIndex.open(database, every_seconds=3600) as current:
        before = current.index
        publish(database_url, [{"level": "mid", "bonus": 5}], first=10)
        await current.refresh()
        assert (before.edition.number, before.columns.size) == (1, 10)
        assert (current.index.edition.number, current.index.columns.size) == (2, 11)
        same = current.index
        await current.refresh()
        assert current.index is same


async def _another(current: CurrentIndex) -> Index:
    publish(current.database.url, [{"base_salary": 100_000}], first=current.index.edition.number)
    await current.refresh()
    return current.index


async def test_all_who_follow_wake_for_a_new_edition(database_url: str) -> None:
    """Many more than are given it at a time, and some that leave while they hold it."""
    publish(database_url, [{"base_salary": 100_000}])
    async with Database.open(database_url) as database, CurrentIndex.open(database, every_seconds=3600) as current:
        heard: list[int] = []

        async def follow(until: int) -> None:
            async with aclosing(current.indexes()) as indexes:
                async for index in indexes:
                    heard.append(index.edition.number)
                    await asyncio.sleep(0)
                    if index.edition.number == until:
                        return

        followers = [asyncio.create_task(follow(until)) for until in [1, 2, 3] * 50]
        await asyncio.gather(*followers[::3])
        for number in (2, 3):
            await _another(current)
            await asyncio.gather(*followers[number - 1 :: 3])
        assert Counter(heard) == {1: 150, 2: 100, 3: 50}


async def test_editions_that_come_while_a_follower_is_busy_are_passed_over(database_url: str) -> None:
    """The next one it gets is the newest, once; those between are kept nowhere."""
    publish(database_url, [{"base_salary": 100_000}])
    async with Database.open(database_url) as database, CurrentIndex.open(database, every_seconds=3600) as current:
        follower = current.indexes()
        assert (await anext(follower)).edition.number == 1
        between = ref(await _another(current))
        await _another(current)
        gc.collect()
        assert between() is None
        assert (await anext(follower)).edition.number == 3
        waiting = asyncio.ensure_future(anext(follower))
        await asyncio.sleep(0)
        newest = await _another(current)
        assert await waiting is newest


async def test_orders_are_made_on_first_use(database_url: str) -> None:
    publish(database_url, [{"bonus": n} for n in range(10)])
    async with Database.open(database_url) as database, CurrentIndex.open(database, every_seconds=3600) as current:
        await current.index.prepare(Measure.BONUS)
        order = current.index.order(Measure.BONUS)
        assert len(order) == 10
        assert current.index.order(Measure.BONUS) is order


async def test_a_database_that_is_gone_leaves_the_index(server_url: str, database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    name = database_url.split("?", maxsplit=1)[0].rpartition("/")[2]
    async with Database.open(database_url) as database, CurrentIndex.open(database, every_seconds=3600) as current:
        run_autocommit(server_url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        terminate = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        run_autocommit(server_url, terminate)
        with pytest.raises(DatabaseError):
            await current.refresh()
        assert current.index.columns.size == 1
        run_autocommit(server_url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        await current.refresh()
        assert current.index.edition.number == 1


async def test_an_edition_never_goes_back_whichever_standby_is_asked(
    server_url: str, empty_template: str, database_url: str
) -> None:
    """The one held is of the server ahead; the standby asked is an edition behind, then even with it, then ahead."""
    publish(database_url, [{"base_salary": 100_000}])
    publish(database_url, [{"base_salary": 110_000}], first=1)
    ahead = build_current_index(database_url)

    with clone(server_url, empty_template) as late:
        loaded: list[int] = []

        async def load() -> Index:
            loaded.append(1)
            return ahead if len(loaded) == 1 else build_current_index(late)

        async with Database.open(database_url, late) as database, CurrentIndex.open(database, 3600, load) as current:
            for _ in range(3):
                publish(late, [{"base_salary": 120_000}], first=len(loaded) + 10)
                await current.refresh()
            assert (current.index.edition.number, len(loaded)) == (3, 3)
            assert current.index.columns.size == 3


async def test_an_index_that_comes_from_a_server_behind_does_not_replace_a_newer_one(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    old = build_current_index(database_url)
    publish(database_url, [{"base_salary": 110_000}], first=1)
    new = build_current_index(database_url)
    coming = iter([new, old])

    async def load() -> Index:
        return next(coming)

    async with Database.open(database_url) as database, CurrentIndex.open(database, 3600, load) as current:
        publish(database_url, [{"base_salary": 120_000}], first=2)
        await current.refresh()
        assert current.index is new


async def test_an_edition_asked_for_is_looked_for_at_once(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    async with Database.open(database_url) as database, CurrentIndex.open(database, 3600, max_wait_seconds=60) as current:
        await current.wait_for_edition(1)
        waiting = [asyncio.create_task(current.wait_for_edition(number)) for number in (3, 2, 3)]
        await asyncio.sleep(0)
        for number in (1, 2):
            publish(database_url, [{"base_salary": 100_000}], first=number)
        await asyncio.gather(*waiting)
        assert current.index.edition.number == 3


async def test_an_edition_that_does_not_come_is_told(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    async with Database.open(database_url) as database, CurrentIndex.open(database, 3600, max_wait_seconds=0.01) as current:
        with pytest.raises(EditionAwaited, match=r"Edition 7 .* within 0.01 seconds: .* answers from edition 1\. Ask again"):
            await current.wait_for_edition(7)
