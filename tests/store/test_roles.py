"""What each database role may do, and which rows it sees, tested on PostgreSQL."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from service.errors import DatabaseError
from service.store.database import Database

PUBLISHED = (
    *("factor_value", "source", "fx_rate", "price_level", "edition", "watermark", "salary_record"),
    *("release", "batch", "batch_record", "official_wage", "role_occupation", "catalogue_entry"),
)
PRIVATE = (
    *("submission", "review", "flag", "api_token", "spent_proof", "rate", "secret"),
    *("withdrawn_record", "counting_mark", "invitation", "employer_review"),
)
GUARDED = ("submission", "review", "flag", "api_token")
RECEIPT, OTHER = b"\x01" * 32, b"\x02" * 32


async def _as(url: str, role: str) -> asyncpg.Connection:
    return await asyncpg.connect(url, server_settings={"role": role})


async def _submissions(url: str) -> list[UUID]:
    """Two submissions, a flag and a token, inserted by the owner."""
    owner = await asyncpg.connect(url)
    ids = [uuid4(), uuid4()]
    for id_, receipt in zip(ids, (RECEIPT, OTHER), strict=True):
        await owner.execute(
            "INSERT INTO submission (id, receipt_hash, status, submitted_at, cleared, retries, answers, earlier_records, "
            "counted, invited, releases_before) VALUES ($1, $2, 'held', now(), false, 0, '{}', '{}', '{}', false, 0)",
            id_,
            receipt,
        )
    await owner.execute("INSERT INTO flag (id, record, reason, flagged_at) VALUES ($1, $1, 'odd', now())", ids[0])
    await owner.execute(
        "INSERT INTO api_token (id, name, role, token_hash, created_at, expires_at) "
        "VALUES ($1, 'ann', 'moderator', $2, now(), now() + interval '1 day')",
        ids[0],
        RECEIPT,
    )
    await owner.close()
    return ids


@pytest.mark.parametrize("table", PRIVATE)
async def test_the_reader_cannot_read_private_tables(database_url: str, table: str) -> None:
    connection = await _as(database_url, "payrank_reader")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT * FROM {table}")
    finally:
        await connection.close()


async def test_intake_sees_no_rows_without_credentials(database_url: str) -> None:
    await _submissions(database_url)
    connection = await _as(database_url, "payrank_intake")
    try:
        seen = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in GUARDED}
        changed = await connection.execute("UPDATE submission SET status = 'accepted'")
    finally:
        await connection.close()
    assert seen == dict.fromkeys(GUARDED, 0)
    assert changed == "UPDATE 0"


async def test_a_receipt_or_an_id_gives_access_to_its_own_row_only(database_url: str) -> None:
    ids = await _submissions(database_url)
    async with Database.open(database_url) as database:
        for credentials in ({"receipt": RECEIPT.hex()}, {"submission": str(ids[0])}):
            async with database.authorised_transaction(**credentials) as connection:
                assert await connection.fetchval("SELECT array_agg(id) FROM submission") == [ids[0]]
            async with database.write() as connection:  # the credentials do not outlive the transaction
                assert await connection.fetchval("SELECT count(*) FROM submission") == 0


@pytest.mark.parametrize("wrong", ["hash", "id", "revoked", "expired", None])
async def test_only_a_valid_token_of_a_moderator_gives_access_to_all_rows(database_url: str, wrong: str | None) -> None:
    ids = await _submissions(database_url)
    owner = await asyncpg.connect(database_url)
    if wrong in ("revoked", "expired"):
        await owner.execute(f"UPDATE api_token SET {wrong.replace('expired', 'expires')}_at = now()")
    await owner.close()
    token = {
        "token": str(ids[1] if wrong == "id" else ids[0]),
        "token_hash": (OTHER if wrong == "hash" else RECEIPT).hex(),
    }
    async with Database.open(database_url) as database, database.authorised_transaction(**token) as connection:
        seen = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM submission) AS submissions, (SELECT count(*) FROM flag) AS flags"
        )
    assert seen
    assert tuple(seen) == ((0, 0) if wrong else (2, 1))


@pytest.mark.parametrize("table", PUBLISHED)
async def test_the_reader_can_only_read_published_tables(database_url: str, table: str) -> None:
    connection = await _as(database_url, "payrank_reader")
    try:
        await connection.fetch(f"SELECT * FROM {table} LIMIT 1")
        for statement in (f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_service_reads_as_the_reader_even_after_reset_role(database_url: str) -> None:
    """The role is a setting of the connection, so RESET ROLE returns to it."""
    async with Database.open(database_url) as database, database.read() as connection:
        await connection.execute("RESET ROLE")
        assert await connection.fetchval("SELECT current_user") == "payrank_reader"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM submission")


async def test_intake_cannot_publish(database_url: str) -> None:
    """Neither a record nor a submission marked as published."""
    async with Database.open(database_url) as database, database.write() as connection:
        for statement in (
            "INSERT INTO submission (id, receipt_hash, status) VALUES (gen_random_uuid(), 'x', 'published')",
            "INSERT INTO salary_record (id, added_in) VALUES (gen_random_uuid(), 1)",
            "UPDATE watermark SET edition = 9",
            "DELETE FROM submission",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_the_publisher_sees_all_submissions(database_url: str) -> None:
    await _submissions(database_url)
    publisher = await _as(database_url, "payrank_publisher")
    try:
        assert await publisher.fetchval("SELECT count(*) FROM submission") == 2
    finally:
        await publisher.close()


async def test_intake_learns_only_which_submissions_exist(database_url: str) -> None:
    ids = await _submissions(database_url)
    intake, reader = await _as(database_url, "payrank_intake"), await _as(database_url, "payrank_reader")
    try:
        found = await intake.fetch("SELECT * FROM stored_submissions($1)", [ids[1], uuid4()])
        assert [tuple(row) for row in found] == [(ids[1],)]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.fetch("SELECT * FROM stored_submissions($1)", ids)
    finally:
        await intake.close()
        await reader.close()


async def test_intake_adds_marks_and_uses_up_invitations_and_no_more(database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute("INSERT INTO invitation VALUES ('a', now(), false), ('b', now(), false)")
    await owner.close()
    intake = await _as(database_url, "payrank_intake")
    try:
        await intake.execute("INSERT INTO counting_mark VALUES (2026, 'mark')")
        assert await intake.execute("UPDATE invitation SET used = true WHERE hash = 'a'") == "UPDATE 1"
        for statement in (
            "UPDATE counting_mark SET year = 2027",
            "DELETE FROM counting_mark",
            "INSERT INTO invitation VALUES ('c', now(), false)",
            "UPDATE invitation SET hash = 'c'",
            "DELETE FROM invitation",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await intake.execute(statement)
    finally:
        await intake.close()


async def test_employer_names_are_decided_on_and_read_with_a_token_only(database_url: str) -> None:
    ids = await _submissions(database_url)
    insert = (
        "INSERT INTO employer_review (id, name, decision, note, reviewer, decided_at) "
        "VALUES (gen_random_uuid(), 'acme', 'accept', 'Fine.', 'ann', now())"
    )
    token = {"token": str(ids[0]), "token_hash": RECEIPT.hex()}
    async with Database.open(database_url) as database:
        with pytest.raises(DatabaseError, match="row-level security"):
            async with database.write() as connection:
                await connection.execute(insert)
        async with database.authorised_transaction(**token) as connection:
            await connection.execute(insert)
            assert await connection.fetchval("SELECT count(*) FROM employer_review") == 1
        async with database.write() as connection:
            assert await connection.fetchval("SELECT count(*) FROM employer_review") == 0
