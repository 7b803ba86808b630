"""Popular clients against a real server: each queries, paginates, runs a mutation and subscribes."""

from typing import Any

import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.websockets import WebsocketsTransport
from support.outside_tools import OTHERS, SENIORS, Node

pytestmark = pytest.mark.slow
AMOUNTS = sorted(float(record["base_salary"]) for record in SENIORS + OTHERS)
EXPECTED = {
    "size": 11,
    "p50": 105_000.0,
    "pages": 3,
    "total": 14,
    "amounts": AMOUNTS,
    "ids": 14,
    "flagged": True,
    "edition": [1, 14],
}


@pytest.mark.parametrize("client", ["apollo", "urql", "graphql-ws"])
def test_javascript_clients(node: Node, address: str, client: str) -> None:
    assert node(f"{client}.mjs", address) == EXPECTED


SIZE = "query ($where: CohortFilter) { cohort(where: $where) { size stats(measure: BASE_SALARY) { p50 } } }"
PAGE = (
    "query ($after: String) { salaryRecords(first: 5, after: $after, orderBy: {field: BASE_SALARY, direction: ASC}) "
    "{ totalCount pageInfo { hasNextPage endCursor } nodes { id pay { baseSalary } } } }"
)
FLAG = 'mutation ($id: ID!) { flagRecord(id: $id, reason: "odd amount", proof: "") { flagged userErrors { code } } }'
FOLLOW = "subscription { editionPublished { number records } }"


async def test_python_gql(address: str) -> None:
    """It fetches the schema from the service and validates every query before sending it."""
    transports = AIOHTTPTransport(url=address), WebsocketsTransport(url=address.replace("http", "ws"))
    async with Client(transport=transports[0], fetch_schema_from_transport=True) as session:
        size = (await session.execute(GraphQLRequest(SIZE, variable_values={"where": {"level": ["SENIOR"]}})))["cohort"]
        pages = [page async for page in _pages(session)]
        nodes = [one for page in pages for one in page["nodes"]]
        flag = (await session.execute(GraphQLRequest(FLAG, variable_values={"id": nodes[0]["id"]})))["flagRecord"]
    async with Client(transport=transports[1]) as session:
        edition = await anext(session.subscribe(gql(FOLLOW)))
    assert {
        "size": size["size"],
        "p50": size["stats"]["p50"],
        "pages": len(pages),
        "total": pages[0]["totalCount"],
        "amounts": [one["pay"]["baseSalary"] for one in nodes],
        "ids": len({one["id"] for one in nodes}),
        "flagged": flag["flagged"],
        "edition": list(edition["editionPublished"].values()),
    } == EXPECTED


async def _pages(session: Any) -> Any:
    info = {"hasNextPage": True, "endCursor": None}
    while info["hasNextPage"]:
        page = (await session.execute(GraphQLRequest(PAGE, variable_values={"after": info["endCursor"]})))["salaryRecords"]
        info = page["pageInfo"]
        yield page
