"""Counting on arrival in a real database: only the first of a network in a class and year counts."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from support.parsed_submissions import parsed
from support.sample_tables import numbered_reference

from service.intake import submission
from service.intake.access import Secret
from service.intake.arrival import CurrentKey, Origin
from service.intake.counting import CountingKey, count
from service.intake.invitations import create_invitations, parse_invitation
from service.intake.submission import IntakeServices, SubmissionOutcome
from service.intake.validation import validate
from service.store.bulk import bulk_connection
from service.store.counting_key import year_key
from service.store.database import PUBLISHER, Database
from service.store.publication import purge_expired, separate_arrivals
from service.store.submissions import Submission, find_by_receipt
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.contribution_class import ClassKind, classes_of
from service.vocabulary.factors import Factor

REFERENCE = numbered_reference(1)
TAXONOMY = REFERENCE.taxonomy
YEAR = datetime.now(UTC).year
HOME, OFFICE = "203.0.113.0/24", "2001:db8:7::/48"
BY_ROLE = {"role-level-country", "role-country", "role-continent"}
BY_FAMILY = {"family-level-country", "family-country", "family-continent"}
EVERY = BY_ROLE | BY_FAMILY
_FAMILY = TAXONOMY[TAXONOMY.root(TAXONOMY.find(Factor.ROLE, "machine-learning-engineer").id)]
SIBLING = next(one.code for one in TAXONOMY.children(_FAMILY) if one.code != "machine-learning-engineer")
"""Another role of the family of the default role."""


def answers(**one: str) -> SubmissionAnswers:
    found = validate(parsed({"metro": "", **one}), REFERENCE, date(2026, 11, 20))
    assert isinstance(found, SubmissionAnswers)
    return found


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[IntakeServices]:
    async with Database.open(url) as database:
        intake = IntakeServices.create(database, Secret(b"a secret"), folder, per_hour=0, proof_cost=0)
        await intake.key.get()
        yield intake


async def send(intake: IntakeServices, network: str, key: str = "", **one: str) -> Submission:
    return stored(await submission.submit(intake, key or str(uuid4()), None, answers(**one), (), Origin(network), TAXONOMY))


async def amend(intake: IntakeServices, sent: Submission, network: str, **one: str) -> Submission:
    known = await find_by_receipt(intake.database, sent.receipt_hash)
    assert known
    return stored(await submission.amend(intake, known, None, answers(**one), (), network, TAXONOMY))


def stored(outcome: SubmissionOutcome) -> Submission:
    assert outcome.submission, outcome.problems
    return outcome.submission


async def rows(url: str, sql: str) -> list[asyncpg.Record]:
    owner = await asyncpg.connect(url)
    try:
        return list(await owner.fetch(sql))
    finally:
        await owner.close()


async def counted(url: str) -> dict[UUID, dict[str, int]]:
    """The years of each submission by kind, as they are stored."""
    return {row["id"]: orjson.loads(row["counted"]) for row in await rows(url, "SELECT id, counted FROM submission")}


async def marks(url: str) -> int:
    return len(await rows(url, "SELECT * FROM counting_mark"))


async def test_only_the_first_of_a_network_counts_in_a_class(database_url: str, tmp_path: Path) -> None:
    cases: list[tuple[str, dict[str, str], set[str]]] = [
        (HOME, {}, EVERY),
        (HOME, {}, set()),
        (HOME, {"level": "staff"}, set()),
        (HOME, {"role": SIBLING}, BY_ROLE),
        (HOME, {"country": "de"}, EVERY),
        (OFFICE, {}, EVERY),
    ]
    async with opened(database_url, tmp_path) as intake:
        sent = [(await send(intake, network, **one)).id for network, one, _ in cases]
    found = await counted(database_url)
    assert [found[id_] for id_ in sent] == [dict.fromkeys(kinds, YEAR) for _, _, kinds in cases]


async def test_two_of_a_network_in_one_batch_do_not_both_count(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url, tmp_path) as intake:
        first, second, other = await asyncio.gather(send(intake, HOME), send(intake, HOME), send(intake, OFFICE))
    transactions = {row["xmin"] for row in await rows(database_url, "SELECT xmin::text FROM submission")}
    assert len(transactions) == 1
    every = dict.fromkeys(EVERY, YEAR)
    assert await counted(database_url) == {first.id: every, second.id: {}, other.id: every}


async def test_batches_count_as_the_pure_rule_does_one_by_one(database_url: str, tmp_path: Path) -> None:
    """Random arrivals, sent in random batches; `count` is the oracle."""
    rng = random.Random(5)
    roles = ("machine-learning-engineer", "research-scientist", "data-scientist", "data-engineer")
    people = [
        (
            rng.choice([HOME, OFFICE, "198.51.100.0/24", "192.0.2.0/24"]),
            {
                "role": rng.choice(roles),
                "country": rng.choice(["us", "de", "fr"]),
                "level": rng.choice(["mid", "senior"]),
            },
        )
        for _ in range(120)
    ]
    ids: list[UUID] = []
    async with opened(database_url, tmp_path) as intake:
        while len(ids) < len(people):
            batch = people[len(ids) : len(ids) + rng.randint(1, 30)]
            ids += [one.id for one in await asyncio.gather(*(send(intake, network, **one) for network, one in batch))]
    key, marked = CountingKey(*year_key(tmp_path, YEAR)), set[bytes]()
    expected = {}
    for id_, (network, one) in zip(ids, people, strict=True):
        values = {
            factor: TAXONOMY.find(factor, one[factor.value]).id for factor in (Factor.ROLE, Factor.COUNTRY, Factor.LEVEL)
        }
        result = count(key, network, classes_of(values, TAXONOMY), marked)
        marked |= result.marks
        expected[id_] = {class_.kind.value: YEAR for class_, bit in result.bits.items() if bit}
    assert await counted(database_url) == expected
    assert {row["mark"] for row in await rows(database_url, "SELECT mark FROM counting_mark")} == marked


async def test_many_at_once_from_one_network_over_two_processes(database_url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        both = [await stack.enter_async_context(opened(database_url, tmp_path)) for _ in range(2)]
        await asyncio.gather(*(send(both[n % 2], HOME, level=("mid", "senior")[n % 3 % 2]) for n in range(200)))
    found = [years for years in (await counted(database_url)).values() if years]
    assert found == [dict.fromkeys(EVERY, YEAR)]


async def test_a_repeated_submission_counts_nothing(database_url: str, tmp_path: Path) -> None:
    """Not even from another network, whose own contribution still counts."""
    key = str(uuid4())
    async with opened(database_url, tmp_path) as intake:
        first = await send(intake, HOME, key)
        before = await marks(database_url)
        for network in (HOME, OFFICE):
            assert (await send(intake, network, key)).id == first.id
        assert (await marks(database_url), before) == (4, 4)  # one mark for two kinds that differ by the level
        other = await send(intake, OFFICE)
    assert await counted(database_url) == dict.fromkeys((first.id, other.id), dict.fromkeys(EVERY, YEAR))


async def test_a_repetition_in_the_batch_of_its_networks_next_one(database_url: str, tmp_path: Path) -> None:
    """The repetition claims nothing that would keep the new one from counting."""
    key = str(uuid4())
    async with opened(database_url, tmp_path) as intake:
        first = await send(intake, HOME, key)
        _, new = await asyncio.gather(send(intake, OFFICE, key), send(intake, OFFICE))
    assert await counted(database_url) == dict.fromkeys((first.id, new.id), dict.fromkeys(EVERY, YEAR))


def in_year(intake: IntakeServices, year: int) -> IntakeServices:
    return replace(intake, key=CurrentKey(Path("unused"), CountingKey(year, bytes([year % 100]) * 32)))


async def test_a_network_counts_again_in_another_year(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url, tmp_path) as intake:
        sent = [(await send(in_year(intake, year), HOME)).id for year in (YEAR, YEAR, YEAR + 1)]
    found = await counted(database_url)
    assert [found[id_] for id_ in sent] == [dict.fromkeys(EVERY, YEAR), {}, dict.fromkeys(EVERY, YEAR + 1)]
    assert [row["year"] for row in await rows(database_url, "SELECT DISTINCT year FROM counting_mark ORDER BY year")] == [
        YEAR,
        YEAR + 1,
    ]


async def test_an_amendment_keeps_what_was_counted_and_is_counted_anew_elsewhere(database_url: str, tmp_path: Path) -> None:
    every = dict.fromkeys(EVERY, YEAR)
    async with opened(database_url, tmp_path) as intake:
        now, later = in_year(intake, YEAR), in_year(intake, YEAR + 1)
        first, second = await send(now, HOME), await send(now, HOME)
        assert (await amend(later, first, OFFICE, level="staff")).counted == every
        assert (await amend(later, second, OFFICE, level="staff")).counted == {}  # OFFICE is not asked again
        moved = await amend(later, second, HOME, country="de")
        assert moved.counted == dict.fromkeys(EVERY, YEAR + 1)
        elsewhere = await amend(later, first, HOME, country="de")  # HOME counts there already
        assert elsewhere.counted == {}
        back = await amend(later, elsewhere, HOME)
    following = dict.fromkeys(EVERY, YEAR + 1)
    assert await counted(database_url) == {back.id: following, moved.id: following}


async def test_another_role_of_the_family_keeps_the_bits_of_the_family(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url, tmp_path) as intake:
        now, later = in_year(intake, YEAR), in_year(intake, YEAR + 1)
        first = await send(now, HOME)
        moved = await amend(later, first, OFFICE, role=SIBLING)
    assert moved.counted == dict.fromkeys(BY_FAMILY, YEAR) | dict.fromkeys(BY_ROLE, YEAR + 1)


async def test_nothing_stored_with_a_submission_names_its_network(database_url: str, tmp_path: Path) -> None:
    """Neither the prefix nor a mark; and the key is not in the database."""
    async with opened(database_url, tmp_path) as intake:
        await send(intake, HOME)
        stored_key = (await intake.key.get()).value
    [row] = await rows(database_url, "SELECT submission::text AS text, counted::text FROM submission")
    found = [mark["mark"].hex() for mark in await rows(database_url, "SELECT mark FROM counting_mark")]
    assert len(found) == 4
    assert not [text for text in (*found, stored_key.hex(), "203.0.113") if text in row["text"]]
    assert stored_key.hex() not in str(await rows(database_url, "SELECT * FROM secret"))


async def test_after_a_release_no_transaction_links_a_submission_to_its_marks(database_url: str, tmp_path: Path) -> None:
    """Nor to its invitation; marks of past years are deleted."""
    codes = await create_invitations(database_url, 4)
    async with opened(database_url, tmp_path) as intake:
        for number, code in enumerate(codes[:3]):
            await send(intake, f"10.0.{number}.0/24")
            origin = Origin(HOME, parse_invitation(code, required=True))  # type: ignore[arg-type]
            await submission.submit(intake, str(uuid4()), None, answers(), (), origin, TAXONOMY)
    await rows(database_url, f"INSERT INTO counting_mark VALUES ({YEAR - 1}, 'past')")
    linked = "SELECT 1 FROM submission JOIN {} AS other ON other.xmin = submission.xmin WHERE submission.counted <> '{{}}'"
    links = [linked.format(table) for table in ("counting_mark", "invitation")]
    before, used = await stored_marks(database_url), "SELECT hash, created_at FROM invitation WHERE used ORDER BY hash"
    invitations = await rows(database_url, used)
    assert [len(await rows(database_url, one)) for one in links] == [3 * 4, 3]
    separate(database_url)
    assert [len(await rows(database_url, one)) for one in links] == [0, 0]
    kept = sorted(mark for year, mark in before if year == YEAR)
    assert (len(before), len(kept)) == (13, 12)
    assert await stored_marks(database_url) == [(YEAR, mark) for mark in kept]  # in the order of the table
    assert await rows(database_url, used) == invitations
    assert len(await rows(database_url, "SELECT 1 FROM invitation WHERE NOT used")) == 1


def separate(url: str) -> None:
    with bulk_connection(url, PUBLISHER) as publisher:
        purge_expired(publisher)
        separate_arrivals(publisher)


async def test_submissions_that_arrive_meanwhile_count_once(database_url: str, tmp_path: Path) -> None:
    async def separate_often() -> None:
        for _ in range(10):
            await asyncio.to_thread(separate, database_url)

    async with opened(database_url, tmp_path) as intake:
        await asyncio.gather(separate_often(), *(send(intake, f"10.0.{n % 20}.0/24") for n in range(400)))
    found = [years for years in (await counted(database_url)).values() if years]
    assert found == [dict.fromkeys(EVERY, YEAR)] * 20
    assert await marks(database_url) == 4 * 20


async def stored_marks(url: str) -> list[tuple[int, bytes]]:
    return [(row["year"], row["mark"]) for row in await rows(url, "SELECT year, mark FROM counting_mark ORDER BY ctid")]


async def test_a_submission_waits_from_the_last_release_that_readers_see(database_url: str, tmp_path: Path) -> None:
    await rows(
        database_url,
        "WITH made AS (INSERT INTO release (due_at, made_at, edition, class_size) "
        "SELECT now() - n * interval '1 day', now(), n, 10 FROM generate_series(1, 3) AS n) "
        "UPDATE watermark SET edition = 2",
    )
    async with opened(database_url, tmp_path) as intake:
        await send(intake, HOME)
    assert [row[0] for row in await rows(database_url, "SELECT releases_before FROM submission")] == [2]


def test_every_kind_of_a_network_is_listed_here() -> None:
    assert {kind.value for kind in ClassKind} - EVERY == {"employer-family-level-country", "metro-role-level"}


@pytest.mark.parametrize("year", [YEAR, YEAR - 1])
async def test_a_key_is_read_once_in_its_year(tmp_path: Path, year: int) -> None:
    """The file may disappear meanwhile; a key of an earlier year is not used."""
    given: Any = CountingKey(year, bytes(range(32)))
    current = CurrentKey(tmp_path, given)
    found = await current.get()
    assert (found is given) == (year == YEAR)
    for path in list(tmp_path.iterdir()):  # noqa: ASYNC240
        path.unlink()
    assert await current.get() is found
