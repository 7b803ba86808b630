"""The current index: a new edition replaces the old one whole, and an unreachable database leaves the old one in place."""

import asyncio
import gc
from collections import Counter
from contextlib import aclosing, suppress
from urllib.parse import urlsplit
from weakref import ref

import pytest
from support.databases import clone, run_autocommit
from support.lost_editions import lose_editions
from support.records import publish

from service.errors import DatabaseError, DatabaseUnavailable, EditionAwaited
from service.index.build import build_current_index
from service.index.index import Index, RankIndex
from service.index.refresh import CurrentIndex
from service.store.bulk import bulk_connection
from service.store.database import Database
from service.store.reference import add_terms
from service.vocabulary.factors import Factor
from service.vocabulary.measures import DOLLARS, Measure
from service.vocabulary.terms import Term

NEVER = 3600
"""Seconds between two polls that no test waits for."""


async def test_a_new_edition_replaces_the_old_one_as_a_whole(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000 + n} for n in range(10)])
    async with Database.open(database_url) as database, CurrentIndex.open(database, NEVER) as current:
        before = current.index
        publish(database_url, [{"level": "mid", "bonus": 5}], first=10)
        await current.refresh()
        assert (before.edition.number, before.columns.size) == (1, 10)
        assert (current.index.edition.number, current.index.columns.size) == (2, 11)
        same = current.index
        await current.refresh()
        assert current.index is same


async def test_what_first_queries_need_is_ready_with_each_edition(database_url: str) -> None:
    """Building it takes up to a second for tens of thousands of employers, while requests would wait."""
    publish(database_url, [{"base_salary": 100_000}])
    async with Database.open(database_url) as database, CurrentIndex.open(database, NEVER) as current:
        for index in (current.index, await _next_edition_with_another_employer(current)):
            reference = index.reference
            assert "titles" in vars(reference)
            assert all("_codes" in vars(reference.taxonomy._spellings[factor]) for factor in Factor)
            assert isinstance(index, RankIndex)
            assert {"_rows_with_level", "_own_rates"} <= vars(index).keys()
            assert ("partition", Factor.EMPLOYER, None) in index.cache
            unordered = [measure for measure in Measure if (measure, DOLLARS) not in index.orders]
            assert unordered
            assert all(("carriers", measure) in index.cache for measure in unordered)


async def _next_edition_with_another_employer(current: CurrentIndex) -> Index:
    with bulk_connection(current.database.url) as rows:
        add_terms(rows, [Term(Factor.EMPLOYER, "gradient-foundry", "Gradient Foundry")])
        rows.commit()
    publish(current.database.url, [{"employer": "gradient-foundry", "base_salary": 100_000}], first=1)
    await current.refresh()
    assert current.index.reference.taxonomy.search(Factor.EMPLOYER, "gradient found")
    return current.index


async def _next_edition(current: CurrentIndex) -> Index:
    publish(current.database.url, [{"base_salary": 100_000}], first=current.index.edition.number)
    await current.refresh()
    return current.index


async def test_all_subscribers_wake_for_a_new_edition(database_url: str) -> None:
    """Many more than get it at a time, and some that leave while they have it."""
    publish(database_url, [{"base_salary": 100_000}])
    async with Database.open(database_url) as database, CurrentIndex.open(database, NEVER) as current:
        received: list[int] = []

        async def subscribe(until: int) -> None:
            async with aclosing(current.indexes()) as indexes:
                async for index in indexes:
                    received.append(index.edition.number)
                    await asyncio.sleep(0)
                    if index.edition.number == until:
                        return

        subscribers = [asyncio.create_task(subscribe(until)) for until in [1, 2, 3] * 50]
        await asyncio.gather(*subscribers[::3])
        for number in (2, 3):
            await _next_edition(current)
            await asyncio.gather(*subscribers[number - 1 :: 3])
        assert Counter(received) == {1: 150, 2: 100, 3: 50}


async def test_a_busy_subscriber_skips_editions(database_url: str) -> None:
    """It gets the newest one next, once, and nothing holds those in between."""
    publish(database_url, [{"base_salary": 100_000}])
    async with Database.open(database_url) as database, CurrentIndex.open(database, NEVER) as current:
        subscriber = current.indexes()
        assert (await anext(subscriber)).edition.number == 1
        skipped = ref(await _next_edition(current))
        await _next_edition(current)
        gc.collect()
        assert skipped() is None
        assert (await anext(subscriber)).edition.number == 3
        waiting = asyncio.ensure_future(anext(subscriber))
        await asyncio.sleep(0)
        newest = await _next_edition(current)
        assert await waiting is newest


async def test_orders_are_built_on_first_use(database_url: str) -> None:
    publish(database_url, [{"bonus": n} for n in range(10)])
    async with Database.open(database_url) as database, CurrentIndex.open(database, NEVER) as current:
        await current.index.prepare(Measure.BONUS)
        order = current.index.order(Measure.BONUS)
        assert len(order) == 10
        assert current.index.order(Measure.BONUS) is order


async def test_an_unreachable_database_leaves_the_index_in_place(server_url: str, database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    name = database_url.split("?", maxsplit=1)[0].rpartition("/")[2]
    async with Database.open(database_url) as database, CurrentIndex.open(database, NEVER) as current:
        run_autocommit(server_url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        terminate = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        run_autocommit(server_url, terminate)
        with pytest.raises(DatabaseError):
            await current.refresh()
        assert current.index.columns.size == 1
        run_autocommit(server_url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        await current.refresh()
        assert current.index.edition.number == 1


async def test_an_older_edition_of_a_standby_never_replaces_a_newer_one(server_url: str, database_url: str) -> None:
    """The first index is of the primary; the standby that is polled then is behind it."""
    publish(database_url, [{"base_salary": 100_000}])
    with clone(server_url, urlsplit(database_url).path[1:]) as standby:
        publish(database_url, [{"base_salary": 110_000}], first=1)
        loads = iter([build_current_index(database_url)])

        async def load() -> Index:
            return next(loads)

        async with Database.open(database_url, standby) as database, CurrentIndex.open(database, NEVER, load) as current:
            await current.refresh()
            assert (current.index.edition.number, current.editions_behind) == (2, 0)


async def test_an_edition_that_only_the_primary_lacks_is_replaced_by_its_own(server_url: str, database_url: str) -> None:
    """Without any in between: as if the standby that was promoted had lacked two editions."""
    publish(database_url, [{"base_salary": 100_000}])
    for number in (1, 2):
        publish(database_url, [{"base_salary": 110_000}], first=number)
    async with Database.open(database_url) as database, CurrentIndex.open(database, NEVER) as current:
        assert current.index.edition.number == 3
        lose_editions(database_url, 2)
        publish(database_url, [{"base_salary": 120_000}] * 4, first=1)
        async with asyncio.timeout(60):
            while current.index.edition.number != 2:
                with suppress(DatabaseUnavailable):  # each pool notices by a failed query that its connection was ended
                    await current.refresh()
        assert (current.index.edition.number, current.index.columns.size) == (2, 5)


async def test_an_index_loaded_from_a_server_behind_does_not_replace_a_newer_one(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    old = build_current_index(database_url)
    publish(database_url, [{"base_salary": 110_000}], first=1)
    new = build_current_index(database_url)
    loads = iter([new, old])

    async def load() -> Index:
        return next(loads)

    async with Database.open(database_url) as database, CurrentIndex.open(database, NEVER, load) as current:
        publish(database_url, [{"base_salary": 120_000}], first=2)
        await current.refresh()
        assert current.index is new


async def test_waiting_for_an_edition_polls_at_once(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    async with Database.open(database_url) as database, CurrentIndex.open(database, NEVER, max_wait_seconds=60) as current:
        await current.wait_for_edition(1)
        waiting = [asyncio.create_task(current.wait_for_edition(number)) for number in (3, 2, 3)]
        await asyncio.sleep(0)
        for number in (1, 2):
            publish(database_url, [{"base_salary": 100_000}], first=number)
        await asyncio.gather(*waiting)
        assert current.index.edition.number == 3


async def test_an_edition_that_does_not_come_in_time_is_an_error(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    async with Database.open(database_url) as database, CurrentIndex.open(database, NEVER, max_wait_seconds=0.01) as current:
        with pytest.raises(EditionAwaited, match=r"Edition 7 .* 0\.01 seconds; .* edition is 1\. Retry"):
            await current.wait_for_edition(7)
