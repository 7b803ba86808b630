"""The generated records of the sample tests, without a database, and a database for the tests of pay."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from support.databases import clone
from support.pay_rows import Importer
from support.sample_tables import RECORDS, numbered_reference

from seed.sample import sample_batches
from service.store.reference import Reference


@pytest.fixture(scope="module")
def reference() -> Reference:
    return numbered_reference(1)


@pytest.fixture(scope="module")
def sample(reference: Reference) -> pa.Table:
    return pa.Table.from_batches(sample_batches(reference, RECORDS, 7))


@pytest.fixture(scope="session")
def pay_database_url(server_url: str, empty_template: str) -> Iterator[str]:
    """One database for all tests of pay, each of which replaces the records of the source."""
    with clone(server_url, empty_template) as url:
        yield url


@pytest.fixture
def importer(pay_database_url: str, tmp_path: Path) -> Importer:
    return Importer(pay_database_url, tmp_path)
