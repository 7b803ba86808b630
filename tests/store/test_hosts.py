"""Several hosts in one URL: their order, and that one that hangs does not block the others."""

import socket
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from service.store.bulk import bulk_connection
from service.store.database import Database
from service.store.hosts import Hosts, connect, primary_url, shuffle_hosts, split_hosts


def test_shuffling_changes_only_the_order_of_hosts() -> None:
    url = "postgresql://u:p@a:1,b:2,c:3/db?sslmode=require"
    seen = Counter(shuffle_hosts(url) for _ in range(600))
    assert len(seen) == 6
    assert all(found.startswith("postgresql://u:p@") and found.endswith("/db?sslmode=require") for found in seen)
    assert {shuffle_hosts("postgresql://u@/db?host=a,b") for _ in range(100)} == {
        "postgresql://u@/db?host=a%2Cb",
        "postgresql://u@/db?host=b%2Ca",
    }
    alone = "postgresql://u:p@/db?host=/tmp/x&port=5"
    assert shuffle_hosts(alone) == alone


def test_only_a_url_of_several_hosts_is_restricted_to_the_primary() -> None:
    assert primary_url("postgresql://u@a/db") == "postgresql://u@a/db"
    several = primary_url("postgresql://u:p@a:1,b:2/db?sslmode=require")
    assert several == "postgresql://u:p@a:1,b:2/db?sslmode=require&target_session_attrs=read-write"
    assert primary_url(several) == several
    assert split_hosts(several)[1] == "postgresql://u:p@b:2/db?sslmode=require&target_session_attrs=read-write"


def with_others(url: str, *ports: int) -> str:
    """The URL of the server with further hosts before it."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    hosts = ",".join([*["127.0.0.1"] * len(ports), query["host"]])
    numbers = ",".join([*map(str, ports), query["port"]])
    return parts._replace(query=f"host={hosts}&port={numbers}").geturl()


async def test_options_that_only_libpq_knows_are_not_sent_to_the_server(database_url: str) -> None:
    url = f"{database_url}&channel_binding=prefer&connect_timeout=5&keepalives=1&load_balance_hosts=disable"
    async with Database.open(url) as database, database.read() as connection:
        assert await connection.fetchval("SELECT 1") == 1
    with bulk_connection(url) as rows:
        assert rows.scalar("SELECT 1") == 1
    required = await connect(f"{database_url}&channel_binding=require", timeout=30)  # libpq refuses that without TLS
    await required.close()


async def test_hosts_that_refuse_or_hang_are_skipped_and_the_working_one_is_remembered(database_url: str) -> None:
    with socket.socket() as hanging, socket.socket() as refusing:
        for taken in (hanging, refusing):
            taken.bind(("127.0.0.1", 0))
        hanging.listen()
        url = with_others(database_url, refusing.getsockname()[1], hanging.getsockname()[1])
        hosts = Hosts.from_url(url)
        for _ in range(2):
            connection = await hosts.connect(timeout=1.5)
            assert await connection.fetchval("SELECT 1") == 1
            await connection.close()
        assert hosts.urls[0] == split_hosts(url)[2]
        with bulk_connection(with_others(database_url, refusing.getsockname()[1])) as rows:
            assert rows.scalar("SELECT 1") == 1


async def test_the_last_error_is_raised_if_no_host_is_suitable(database_url: str) -> None:
    with socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        url = with_others(database_url, refusing.getsockname()[1])
        with pytest.raises(asyncpg.TargetServerAttributeNotMatched):
            await Hosts.from_url(f"{url}&target_session_attrs=standby").connect(timeout=3)
