"""A real PgBouncer between the service and PostgreSQL: it takes away no protection, and shares nothing it must not."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Literal

import asyncpg
import pytest
from starlette.testclient import TestClient
from support.databases import clone, run_autocommit
from support.pgbouncer import Logins, Mode, Pooler, logins, pgbouncer
from support.records import SEVEN, publish
from support.submissions import submission_input

from service.app import create_app
from service.errors import DatabaseError
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.store.database import INTAKE, PUBLISHER, READER, Database, transaction_as
from service.store.pooler import shares_sessions

pytestmark = pytest.mark.slow

SESSION, TRANSACTION = "session", "transaction"
SUBMIT = (
    "mutation ($input: SalarySubmissionInput!) { submitSalary(input: $input) { receipt submission { status } "
    "userErrors { message } } }"
)
STATUS = "query ($receipt: String!) { submission(receipt: $receipt) { status } }"
STATE = (
    "SELECT current_user::text AS role, current_setting('statement_timeout') AS timeout, "
    "current_setting('lock_timeout') AS lock, current_setting('default_transaction_read_only') AS read_only"
)


@pytest.fixture(scope="module")
def known(server_url: str, empty_template: str) -> Iterator[Logins]:
    with logins(server_url) as found:
        yield found


@pytest.fixture(scope="module")
def poolers(server_url: str, known: Logins) -> Iterator[dict[Mode, Pooler]]:
    with ExitStack() as stack:
        modes: tuple[Mode, ...] = ("session", "transaction")
        yield {mode: stack.enter_context(pgbouncer(server_url, mode, known.passwords)) for mode in modes}


@pytest.fixture(params=[SESSION, TRANSACTION])
def mode(request: pytest.FixtureRequest) -> Mode:
    found: Mode = request.param
    return found


async def test_a_pooler_in_transaction_mode_is_told_from_others(
    poolers: dict[Mode, Pooler], known: Logins, database_url: str
) -> None:
    assert not await shares_sessions(database_url)
    assert not await shares_sessions(poolers["session"].url(known.owner, database_url))
    assert await shares_sessions(poolers["transaction"].url(known.owner, database_url))


async def test_a_pool_of_one_session_that_its_first_client_keeps_is_in_session_mode(
    server_url: str, known: Logins, database_url: str
) -> None:
    with pgbouncer(server_url, "session", known.passwords, default_pool_size=1) as small:
        assert not await shares_sessions(small.url(known.owner, database_url))


async def test_a_service_with_the_rights_of_the_owner_is_refused_with_what_mends_it(
    server_url: str, poolers: dict[Mode, Pooler], known: Logins, database_url: str, mode: Mode
) -> None:
    """The statements in the message are run, and then it starts."""
    made: dict[str, str] = {}
    pools: dict[str, str | None] = {"reader_url": None, "intake_url": None}
    owner = poolers[mode].url(known.owner, database_url)
    prepared = mode == "session"
    with ExitStack() as stack:
        for variable, rights in (("reader_url", READER), ("intake_url", INTAKE)):
            with pytest.raises(DatabaseError) as refused:
                async with Database.open(owner, **pools, prepared=prepared) as database:
                    await database.check()
            message = str(refused.value)
            assert f"the rights of {known.owner} instead of {rights}" in message
            assert ("may write" in message) == (variable == "reader_url")
            assert "no statement_timeout instead of at most 5,000 ms" in message
            statements = re.findall(r"(?:CREATE|ALTER) ROLE [^;]*?(?=;|\. Name)", message)
            login = re.findall(r"CREATE ROLE (\w+)", message)[0]
            for statement in statements:
                run_autocommit(server_url, statement.replace("'...'", "'secret'"))
            stack.callback(run_autocommit, server_url, f"DROP ROLE {login}")
            made[login] = "secret"
            more = stack.enter_context(pgbouncer(server_url, mode, known.passwords | made))
            pools[variable] = more.url(login, database_url)
        async with Database.open(owner, **pools, prepared=prepared) as database:
            await database.check()


async def test_a_login_that_lacks_only_a_limit_is_mended_itself(
    server_url: str, poolers: dict[Mode, Pooler], known: Logins, database_url: str
) -> None:
    urls = _urls(poolers["session"], known, database_url)
    with pytest.raises(DatabaseError, match=f"ALTER ROLE {known.reader} SET statement_timeout = '500'") as refused:
        async with Database.open(**urls, statement_seconds=0.5) as database:
            await database.check()
    assert "a statement_timeout of 1,000 ms instead of at most 500 ms" in str(refused.value)
    assert "CREATE ROLE" not in str(refused.value)


async def test_prepared_statements_are_refused_in_transaction_mode(
    poolers: dict[Mode, Pooler], known: Logins, database_url: str
) -> None:
    with pytest.raises(DatabaseError, match=r"PAYRANK_READER_URL .* Set PAYRANK_PREPARED_STATEMENTS=false"):
        async with Database.open(**_urls(poolers["transaction"], known, database_url)) as database:
            await database.check()


async def test_a_pooler_that_refuses_the_parameters_is_explained(server_url: str, known: Logins, database_url: str) -> None:
    refused = pytest.raises(DatabaseError, match=r"unsupported startup parameter: role\). If it is a pooler, see docs/")
    with pgbouncer(server_url, "session", known.passwords, ignore_startup_parameters="") as strict, refused:
        async with Database.open(**_urls(strict, known, database_url)) as database:
            await database.check()


def _urls(pooler: Pooler, known: Logins, url: str) -> dict[str, str]:
    return {"url": url, "reader_url": pooler.url(known.reader, url), "intake_url": pooler.url(known.intake, url)}


async def test_each_of_many_transactions_has_its_own_rights_and_rows(
    server_url: str, known: Logins, url_of_seven: str
) -> None:
    """Through fewer sessions than there are clients, so that each is used by all of them."""
    query = "SELECT current_user::text, $1::int"

    async def ask(database: Database, number: int) -> tuple[tuple[str, int], tuple[str, int]]:
        async with database.read() as reader:
            read = tuple(await reader.fetchrow(query, number))  # type: ignore[arg-type]
        async with database.authorised_transaction(receipt="00") as intake:
            return read, tuple(await intake.fetchrow(query, number))  # type: ignore[arg-type]

    with pgbouncer(server_url, "transaction", known.passwords, default_pool_size=2) as small:
        urls = _urls(small, known, url_of_seven)
        async with (
            Database.open(**urls, size=8, prepared=False) as one,
            Database.open(**urls, size=8, prepared=False) as two,
        ):
            found = await asyncio.gather(*(ask((one, two)[number % 2], number) for number in range(400)))
    assert found == [((READER, number), (INTAKE, number)) for number in range(400)]


async def test_a_role_and_its_limits_are_left_to_no_other_client(
    poolers: dict[Mode, Pooler], known: Logins, url_of_seven: str, mode: Mode
) -> None:
    """What commands set for their transactions, over the login of the owner."""
    url = poolers[mode].url(known.owner, url_of_seven)
    other = await asyncpg.connect(url, statement_cache_size=0)
    try:
        before = await other.fetchrow(STATE)
        for role in (READER, PUBLISHER):
            await asyncio.to_thread(_use_bulk, url, role)
            async with transaction_as(url, role) as connection:
                assert await connection.fetchval("SELECT current_user::text") == role
            assert [await other.fetchrow(STATE) for _ in range(3)] == [before] * 3
    finally:
        await other.close()


def _use_bulk(url: str, role: str) -> None:
    with bulk_connection(url, role, {"statement_timeout": "1234ms", "lock_timeout": "2s"}) as rows:
        for end in (rows.commit, rows.rollback, rows.commit):
            [state] = rows.query(STATE).to_pylist()
            assert state == {"role": role, "timeout": "1234ms", "lock": "2s", "read_only": "off"}
            end()


@pytest.mark.parametrize("statistics", ["index", "sql"])
def test_the_service_works_over_a_pooler(
    server_url: str,
    empty_template: str,
    poolers: dict[Mode, Pooler],
    known: Logins,
    mode: Mode,
    statistics: Literal["index", "sql"],
) -> None:
    with clone(server_url, empty_template) as url:
        publish(url, SEVEN)
        urls = _urls(poolers[mode], known, url)
        settings = load_settings(
            reader_url=urls["reader_url"],
            intake_url=urls["intake_url"],
            prepared_statements=mode == "session",
            statistics=statistics,
            refresh_seconds=3600,
            proof_cost=0,
            pool_size=2,
        )
        with TestClient(create_app(settings, url)) as client:
            _use_service(client, url)


def _use_service(client: TestClient, url: str) -> None:
    def ask(document: str, **variables: object) -> dict[str, object]:
        answer = client.post("/graphql", json={"query": document, "variables": variables}).json()
        assert "errors" not in answer, answer
        data: dict[str, object] = answer["data"]
        return data

    assert ask("{ cohort { stats(measure: BASE_SALARY) { p50 } } }") == {"cohort": {"stats": {"p50": 100_003.0}}}
    assert ask("{ officialWages(first: 1) { year } }")
    submitted = ask(SUBMIT, input=submission_input())["submitSalary"]
    assert isinstance(submitted, dict)
    assert submitted["userErrors"] == []
    assert ask(STATUS, receipt=submitted["receipt"]) == {"submission": submitted["submission"]}
    assert client.get("/downloads/payrank-edition-1.csv").text.count("\n") == 8
    publish(url, [{"base_salary": 90_000}], first=50)
    assert client.portal
    client.portal.call(client.app_state["current"].refresh)
    assert ask("{ cohort { size } edition { number } }") == {"cohort": {"size": 8}, "edition": {"number": 2}}
