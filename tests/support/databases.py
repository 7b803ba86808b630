"""Databases for single tests, cloned from a template."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

from service.store.bulk import bulk_connection


def named(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def run_autocommit(url: str, statement: str) -> None:
    with bulk_connection(url) as rows:
        rows.connection.adbc_connection.set_autocommit(True)
        rows.execute(statement)


@contextmanager
def clone(server_url: str, template: str) -> Iterator[str]:
    name = f"t_{uuid4().hex[:12]}"
    run_autocommit(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield named(server_url, name)
    run_autocommit(server_url, f"DROP DATABASE {name} WITH (FORCE)")
