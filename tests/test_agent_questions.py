"""A hundred questions in words: the tool call of each returns the figures that PostgreSQL computes."""

from collections.abc import Iterator

import pytest
from mcp.client import Client
from support.databases import clone
from support.uvicorn_server import listener, served

from bench.agents.comparison import answers, questions
from seed.sample import load_sample
from service.app import create_app
from service.settings import load_settings

pytestmark = pytest.mark.slow

RECORDS = 20_000
FITTED = {"estimate_pay"}  # tests/market has their tests, and fitting takes minutes


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        load_sample(found, RECORDS, 1, lambda _: None)
        yield found


def test_there_are_a_hundred_questions_for_all_tools() -> None:
    asked = questions()
    assert len(asked) == len({question.ask for question in asked}) == 100
    assert len({question.tool for question in asked}) == 8


async def test_every_figure_equals_that_of_sql(url: str) -> None:
    asked = [question for question in questions() if question.tool not in FITTED]
    settings = load_settings(queries_per_minute=0)
    with listener() as listening, served(create_app(settings, url), listening):
        async with Client(f"http://127.0.0.1:{listening.getsockname()[1]}/mcp") as client:
            found = [checked async for _, _, checked, _ in answers(url, client, asked)]
    assert len(found) == 98
    assert [difference for checked in found for difference in checked.wrong] == []
    assert sum(checked.figures for checked in found) > 2_000
