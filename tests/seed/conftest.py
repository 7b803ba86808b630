"""The made-up records of the sample tests, without a database."""

import pyarrow as pa
import pytest
from support.sample_tables import RECORDS, numbered_reference

from seed.sample import sample_batches
from service.store.reference import Reference


@pytest.fixture(scope="module")
def reference() -> Reference:
    return numbered_reference(1)


@pytest.fixture(scope="module")
def sample(reference: Reference) -> pa.Table:
    return pa.Table.from_batches(sample_batches(reference, RECORDS, 7))
