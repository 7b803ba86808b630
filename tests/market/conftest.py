"""An index of the RECORDS that a test module defines, and the pool of processes that fit models."""

from collections.abc import Iterator

import pytest
from support.databases import clone
from support.records import publish

from service.index.build import build_current_index
from service.index.index import RankIndex
from service.market.model_pool import ModelPool


@pytest.fixture(scope="module")
def index(request: pytest.FixtureRequest, server_url: str, empty_template: str) -> Iterator[RankIndex]:
    with clone(server_url, empty_template) as url:
        publish(url, request.module.RECORDS)
        yield build_current_index(url)


@pytest.fixture(scope="module")
def model_pool() -> Iterator[ModelPool]:
    with ModelPool.open() as opened:
        yield opened
