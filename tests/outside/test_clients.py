"""Popular clients against a real server: each queries, paginates, sends mutations, and subscribes and caches if it can."""

import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from support.outside_tools import CLIENTS, HERE, OTHERS, SENIORS, WITHOUT_CACHE, Node
from support.submissions import submission_input

from schema.schema import SDL

pytestmark = pytest.mark.slow
AMOUNTS = sorted(float(record["base_salary"]) for record in SENIORS + OTHERS)
RESULTS = {
    "query": {"size": 11, "p50": 105_000.0, "partial": [14, None, ["bad"]]},
    "pages": {"pages": 3, "total": 14, "amounts": AMOUNTS, "ids": 14},
    "mutations": {"flagged": True, "problems": ["input.experience", "input.role", "input.skills.1"]},
    "subscriptions": {"edition": [1, 14]},
}


@pytest.fixture(scope="module")
def compiled(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of Relay: connections, refetchable fragments on a node and on Query, mutations, subscriptions."""
    project = tmp_path_factory.mktemp("compiled") / "relay"
    shutil.copytree(HERE / "relay", project)
    shutil.copy(SDL, project / "schema.graphql")
    node("node_modules/relay-compiler/cli.js", folder=project)
    return project


@pytest.mark.parametrize("client", CLIENTS)
def test_javascript_clients(node: Node, address: str, compiled: Path, client: str) -> None:
    program, can = CLIENTS[client]
    expected = {key: value for part in can if part != "cache" for key, value in RESULTS[part].items()}
    if "cache" in can:
        expected["sideBySide"] = side_by_side(address)
    assert node(f"{program}.mjs", address, str(compiled)) == expected


def side_by_side(address: str) -> dict[str, float]:
    """The lowest pay in Germany in both currencies, each from a request of its own."""
    found: dict[str, float] = {}
    for currency in ("USD", "EUR"):
        query = (
            '{ salaryRecords(first: 1, where: {country: ["de"]}, orderBy: {field: BASE_SALARY, direction: ASC}) '
            f'{{ nodes {{ pay(currency: "{currency}") {{ currency baseSalary }} }} }} }}'
        )
        request = Request(address, json.dumps({"query": query}).encode(), {"Content-Type": "application/json"})
        with urlopen(request, timeout=60) as response:
            [record] = json.load(response)["data"]["salaryRecords"]["nodes"]
        found[record["pay"]["currency"]] = record["pay"]["baseSalary"]
    assert found["USD"] == AMOUNTS[0] != found["EUR"]
    return found


def test_versions_are_those_of_the_lock_file() -> None:
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    majors = {
        "Apollo Client": "@apollo/client",
        "Relay": "react-relay",
        "urql": "@urql/core",
        "Graphcache": "@urql/exchange-graphcache",
        "graphql-ws": "graphql-ws",
        "graphql-request": "graphql-request",
    }
    named = {name: number for client in CLIENTS for name, number in re.findall(r"([A-Za-z]\S*(?: Client)?) (\d+)", client)}
    assert named == {name: packages[f"node_modules/{package}"]["version"].split(".")[0] for name, package in majors.items()}


def test_relay_compiles_a_project(compiled: Path) -> None:
    made = {path.name.removesuffix(".graphql.js") for path in (compiled / "src" / "__generated__").iterdir()}
    declared = (HERE / "relay" / "src" / "records.js").read_text()
    assert made == {
        *re.findall(r"(?:query|mutation|subscription|fragment) (\w+)", declared),
        "recordsPageQuery",
        "recordsRecordQuery",
    }


SIZE = "query ($where: CohortFilter) { cohort(where: $where) { size stats(measure: BASE_SALARY) { p50 } } }"
PAGE = (
    "query ($after: String) { salaryRecords(first: 5, after: $after, orderBy: {field: BASE_SALARY, direction: ASC}) "
    "{ totalCount pageInfo { hasNextPage endCursor } nodes { id pay { baseSalary } } } }"
)
FLAG = 'mutation ($id: ID!) { flagRecord(id: $id, reason: "odd amount", proof: "") { flagged userErrors { code } } }'
SUBMIT = "mutation ($input: SalarySubmissionInput!) { submitSalary(input: $input) { userErrors { code field } } }"
FOLLOW = "subscription { editionPublished { number records } }"
ONE_BAD = '{ good: cohort { size } bad: cohort(where: {role: ["wizard"]}) { size } }'


async def test_python_gql(address: str) -> None:
    """It fetches the schema from the service and validates every query before sending it."""
    transports = AIOHTTPTransport(url=address), WebsocketsTransport(url=address.replace("http", "ws"))
    form = submission_input(role="wizard", experience=99, skills=["python", "wizardry"])
    async with Client(transport=transports[0], fetch_schema_from_transport=True) as session:
        size = (await session.execute(GraphQLRequest(SIZE, variable_values={"where": {"level": ["SENIOR"]}})))["cohort"]
        pages = [page async for page in _pages(session)]
        nodes = [one for page in pages for one in page["nodes"]]
        flag = (await session.execute(GraphQLRequest(FLAG, variable_values={"id": nodes[0]["id"]})))["flagRecord"]
        submitted = (await session.execute(GraphQLRequest(SUBMIT, variable_values={"input": form})))["submitSalary"]
        with pytest.raises(TransportQueryError) as partial:
            await session.execute(gql(ONE_BAD))
    async with Client(transport=transports[1]) as session:
        edition = await anext(session.subscribe(gql(FOLLOW)))
    good, bad = (partial.value.data or {})["good"], (partial.value.data or {})["bad"]
    assert {
        "size": size["size"],
        "p50": size["stats"]["p50"],
        "partial": [good["size"], bad, [".".join(error["path"]) for error in partial.value.errors or ()]],
        "pages": len(pages),
        "total": pages[0]["totalCount"],
        "amounts": [one["pay"]["baseSalary"] for one in nodes],
        "ids": len({one["id"] for one in nodes}),
        "flagged": flag["flagged"],
        "problems": sorted(".".join(error["field"]) for error in submitted["userErrors"]),
        "edition": list(edition["editionPublished"].values()),
    } == {key: value for part in WITHOUT_CACHE for key, value in RESULTS[part].items()}


async def _pages(session: Any) -> Any:
    info = {"hasNextPage": True, "endCursor": None}
    while info["hasNextPage"]:
        page = (await session.execute(GraphQLRequest(PAGE, variable_values={"after": info["endCursor"]})))["salaryRecords"]
        info = page["pageInfo"]
        yield page
