"""An index of the RECORDS that a test module defines."""

from collections.abc import Iterator

import pytest
from support.databases import clone
from support.records import publish

from service.index.build import build_current_index
from service.index.index import RankIndex


@pytest.fixture(scope="module")
def index(request: pytest.FixtureRequest, server_url: str, empty_template: str) -> Iterator[RankIndex]:
    with clone(server_url, empty_template) as url:
        publish(url, request.module.RECORDS)
        yield build_current_index(url)
