"""Folders for servers, and databases for single tests, cloned from a template."""

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from uuid import uuid4

from service.store.bulk import BulkConnection, bulk_connection

_MEMORY = Path("/dev/shm")
_BYTES_PER_CORE = 1 << 29
"""What must be free there for each core: more than the server of the tests that run on it takes."""


@contextmanager
def server_folder() -> Iterator[Path]:
    """A temporary folder for a server's data; pytest's own are closed to the account that the server has under root.

    It is in memory if that is large enough: to create and drop databases is mostly work of the file system.
    """
    with TemporaryDirectory(prefix="payrank-test-", dir=_MEMORY if _usable_memory() else None) as path:
        folder = Path(path)
        folder.chmod(0o755)
        yield folder


def _usable_memory() -> bool:
    """Containers often have little memory there, or no permission to run the programs that are copied beside the data."""
    if not os.access(_MEMORY, os.W_OK) or os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(_MEMORY).free >= _BYTES_PER_CORE * (os.cpu_count() or 1)


def named(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def run_autocommit(url: str, statement: str) -> None:
    with _administration(url) as rows:
        rows.execute(statement)


@contextmanager
def _administration(url: str) -> Iterator[BulkConnection]:
    """A connection that commits each statement."""
    with bulk_connection(url) as rows:
        rows.connection.adbc_connection.set_autocommit(True)
        yield rows


_names: dict[str, list[str]] = defaultdict(list)  # of databases that were dropped, by template


@contextmanager
def clone(server_url: str, template: str) -> Iterator[str]:
    """A copy of a database, dropped on leaving.

    The names of dropped copies are used again: the driver reads all types of a database when it first connects, which takes
    longer than to copy it, and keeps them by URL; copies of one template have the same. The template is copied as files,
    since to write all its pages to the log takes twice as long.
    """
    free = _names[template]
    name = free.pop() if free else f"t_{uuid4().hex[:12]}"
    with _administration(server_url) as rows:
        rows.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield named(server_url, name)
        rows.execute(f"DROP DATABASE {name} WITH (FORCE)")
    free.append(name)
