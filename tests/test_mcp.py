"""The MCP tools, called by the client of the official package: over HTTP as served, and over standard input and output."""

import json
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx2
import pytest
from graphql import build_schema, parse, validate
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import CallToolResult
from support.databases import clone
from support.payrank_process import COMMAND
from support.records import publish
from support.uvicorn_server import listener, served

from schema.schema import SDL
from service.app import create_app
from service.mcp.arguments import Filter, Profile, profile_input
from service.mcp.tools import TOOLS
from service.settings import load_settings
from service.vocabulary.factors import Factor

SENIORS = [
    {
        "role": "machine-learning-engineer",
        "country": "us",
        "level": "senior",
        "work_mode": "remote",
        "base_salary": 100_000 + 10_000 * n,
    }
    for n in range(21)
]
JUNIORS = [
    {
        "source": "aijobs",
        "role": "machine-learning-engineer",
        "country": "us",
        "level": "mid",
        "work_mode": "on-site",
        "base_salary": 90_000 + n,
    }
    for n in range(6)
]
FEW = [{"role": "data-engineer", "country": "de", "base_salary": 80_000 + n} for n in range(4)]

Call = Callable[..., Awaitable[CallToolResult]]


@pytest.fixture(scope="module")
def database(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as url:
        publish(url, SENIORS + JUNIORS + FEW)
        yield url


@pytest.fixture(scope="module")
def address(database: str) -> Iterator[str]:
    with listener() as listening, served(create_app(load_settings(), database), listening):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def call(address: str) -> Call:
    async def called(name: str, **arguments: Any) -> CallToolResult:
        async with Client(f"{address}/mcp") as client:
            return await client.call_tool(name, arguments)

    return called


def text(result: CallToolResult) -> str:
    [content] = result.content
    assert content.type == "text"
    return content.text


def test_operations_are_valid() -> None:
    schema = build_schema(SDL.read_text())
    for tool in TOOLS:
        assert validate(schema, parse(tool.operation)) == []


def test_filters_and_profiles_have_the_factors_of_the_registry() -> None:
    assert set(Filter.model_fields) == {factor.value for factor in Factor}
    inputs = build_schema(SDL.read_text()).type_map["ProfileInput"].fields  # type: ignore[attr-defined]
    values: dict[str, Any] = {
        "role": "a",
        "country": "b",
        "experience": 3,
        "employer_size": "from-20-to-99",
        "skill": ["python"],
    }
    assert profile_input(Profile(**values)) == {
        "role": "a",
        "country": "b",
        "experience": 3,
        "employerSize": "FROM_20_TO_99",
        "skills": ["python"],
    }
    given: dict[str, Any] = {name: ["x"] for name in ("skill", "specialization", "certification")}
    assert len(Profile.model_fields) == len(inputs)
    assert profile_input(Profile(role="a", country="b", **given)).keys() <= inputs.keys()


async def test_the_tools_are_listed_with_their_arguments(address: str) -> None:
    async with Client(f"{address}/mcp") as client:
        listed = (await client.list_tools()).tools
    assert [tool.name for tool in listed] == [
        *("search_values", "pay_summary", "compare_groups", "pay_trend"),
        *("benchmark_offer", "estimate_pay", "official_wages", "read_title"),
    ]
    for tool in listed:
        assert tool.annotations
        assert tool.annotations.read_only_hint
        for name, argument in tool.input_schema["properties"].items():
            assert argument.get("description") or "$ref" in argument, (tool.name, name)


async def test_a_summary_has_figures_sample_size_interval_and_citation(call: Call) -> None:
    result = await call("pay_summary", where={"level": ["senior"], "country": ["us"]})
    found = result.structured_content
    assert not result.is_error
    assert found["size"] == 21
    assert found["figures"] | {"cautions": []} == {
        "sample_size": 21,
        "unit": "money_per_year",
        "p10": 120_000,
        "p25": 150_000,
        "median": 200_000,
        "p75": 250_000,
        "p90": 280_000,
        "mean": 200_000,
        "median_interval": {"low": 150_000, "high": 250_000},
        "confidence": "medium",
        "cautions": [],
    }
    assert found["refusal"] is None
    cited = r"Pay in machine learning: Senior.*United States \(21 records\)\. PayRank, edition 1, .*"
    assert re.fullmatch(cited, found["citation"]["text"])
    assert found["citation"]["url"] is None  # no public address is set
    assert json.loads(text(result))["figures"]["median"] == 200_000


async def test_too_few_records_are_refused_with_what_to_do(call: Call) -> None:
    found = (await call("pay_summary", where={"country": ["de"]})).structured_content
    assert found["figures"] is None
    assert "this one has 4. Remove a filter." in found["refusal"]["message"]


async def test_a_measure_that_is_not_reported_is_refused_with_those_that_are(call: Call) -> None:
    found = (await call("pay_summary", measure="equity")).structured_content
    assert found["figures"] is None
    assert found["refusal"]["available_measures"] == ["base_salary"]


async def test_groups_are_compared_and_suppressed_ones_are_named(call: Call) -> None:
    [group] = (await call("compare_groups", factor="role", under="machine-learning")).structured_content["groups"]
    assert (group["code"], group["figures"]["sample_size"]) == ("machine-learning-engineer", 27)
    found = (await call("compare_groups", factor="role", under="data-engineering")).structured_content
    assert found["groups"] == [
        {"code": "data-engineer", "label": "Data Engineer", "size": 4, "figures": None, "cautions": []}
    ]
    assert found["premiums"] is None


async def test_a_group_of_another_data_set_says_so(call: Call) -> None:
    """Only the six of the middle level are advertised."""
    groups = {group["code"]: group for group in (await call("compare_groups", factor="level")).structured_content["groups"]}
    [caution] = groups["mid"]["cautions"]
    assert caution.startswith("The group comes mostly from other data sets than the cohort")
    assert groups["senior"]["cautions"] == []


async def test_premiums_are_over_a_baseline(call: Call) -> None:
    found = (await call("compare_groups", factor="level", baseline="mid")).structured_content["premiums"]
    assert found["baseline"] == "Mid"
    assert found["rows"] or found["unavailable"]


async def test_values_are_searched(call: Call) -> None:
    found = (await call("search_values", factor="role", search="machine learning eng", first=1)).structured_content
    assert [value["code"] for value in found["values"]] == ["machine-learning-engineer"]
    nothing = (await call("search_values", factor="role", search="zzzz")).structured_content
    assert nothing["refusal"]["message"] == "No value matches. Search for a part of its name."


async def test_titles_are_read(call: Call) -> None:
    found = (await call("read_title", title="Sr. ML Engineer (NLP)")).structured_content
    assert (found["role"]["code"], found["level"]) == ("machine-learning-engineer", "senior")
    assert [value["code"] for value in found["specializations"]] == ["nlp"]


async def test_offers_are_assessed(call: Call) -> None:
    profile = {"role": "machine-learning-engineer", "country": "us", "level": "senior"}
    found = (await call("benchmark_offer", profile=profile, base_salary=200_000)).structured_content
    assert (found["compared_measure"], found["sample_size"], found["percentile_rank"]) == ("base_salary", 21, 50)
    assert found["citation"]["text"]
    assert found["cautions"] == []


async def test_an_offer_has_the_cautions_of_the_records_that_it_is_compared_with(call: Call) -> None:
    """Six of 27 are advertised."""
    profile = {"role": "machine-learning-engineer", "country": "us", "level": "mid"}
    found = (await call("benchmark_offer", profile=profile, base_salary=95_000)).structured_content
    where = {"role": ["machine-learning-engineer"], "country": ["us"]}
    compared = (await call("pay_summary", where=where)).structured_content["figures"]
    assert found["sample_size"] == compared["sample_size"] == 27
    assert found["cautions"] == compared["cautions"]
    assert "22% of the records are advertised pay, not pay received." in found["cautions"]


async def test_official_wages_cite_the_bureau(call: Call) -> None:
    found = (await call("official_wages", role="data-scientist", place="san-jose")).structured_content
    assert found["wages"][0]["area"].startswith("San Jose")
    assert found["citation"]["text"].startswith("US Bureau of Labor Statistics")
    none = (await call("official_wages", role="data-scientist", place="de")).structured_content
    assert "United States" in none["refusal"]["message"]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("pay_summary", {"where": {"rolle": ["x"]}}, "where.rolle: no such argument. Did you mean role?"),
        ("pay_summary", {"mesure": "bonus", "currency": 5}, "mesure: no such argument. Did you mean measure?"),
        ("pay_summary", {"where": {"role": ["data-scientits"]}}, "Did you mean data-scientist"),
        ("pay_summary", {"where": {"level": ["boss"]}}, "where.level.0: Input should be 'entry'"),
        ("pay_summary", {"currency": "XXX"}, "XXX"),
        ("compare_groups", {}, "factor: Field required."),
        ("pay_rise", {}, "There is no tool 'pay_rise'. The tools are search_values,"),
    ],
)
async def test_a_wrong_call_says_what_was_wrong(call: Call, name: str, arguments: dict[str, Any], message: str) -> None:
    result = await call(name, **arguments)
    assert result.is_error
    assert message in text(result)


async def test_of_many_problems_the_first_are_listed(call: Call) -> None:
    result = await call("pay_summary", **{f"mesure{n}": 1 for n in range(1_000)}, **{"x" * 5_000: 1})
    lines = text(result).splitlines()
    assert lines[0] == "mesure0: no such argument. Did you mean measure?"
    assert lines[10:] == ["And 991 more problems."]
    [long] = text(await call("pay_summary", **{"x" * 5_000: 1})).splitlines()
    assert long.startswith(f"{'x' * 100}: no such argument.")


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"host": "evil.example"}, 421), ({"origin": "https://evil.example"}, 403), ({"content-type": "text/plain"}, 400)],
)
async def test_a_local_service_refuses_other_hosts_and_pages(address: str, headers: dict[str, str], status: int) -> None:
    async with httpx2.AsyncClient() as client:
        usual = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        response = await client.post(f"{address}/mcp", content=b"{}", headers={**usual, **headers})
        assert response.status_code == status
        assert (await client.get(f"{address}/mcp")).status_code == 405


@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        ({}, {"host": "localhost"}, 200),  # on port 80
        ({}, {"origin": "https://localhost:3000"}, 200),
        ({}, {"origin": "http://app.localhost"}, 200),
        ({"origins": "https://jobs.example"}, {"origin": "https://jobs.example"}, 200),
        ({"origins": "https://jobs.example"}, {"origin": "https://else.example"}, 403),
        ({"origins": "https://jobs.example", "host": "0.0.0.0"}, {"origin": "https://else.example"}, 403),
        ({"host": "0.0.0.0"}, {"origin": "https://else.example"}, 200),
        ({}, {"origin": "null"}, 403),
    ],
)
async def test_pages_of_the_sites_that_may_query_call_the_tools(
    database: str, settings: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    with listener() as listening, served(create_app(load_settings(**settings), database), listening):
        async with httpx2.AsyncClient() as client:
            response = await client.post(
                f"http://127.0.0.1:{listening.getsockname()[1]}/mcp",
                json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
                headers={"accept": "application/json, text/event-stream", **headers},
            )
    assert response.status_code == status
    if status == 403:
        [error] = response.json()["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN"}
        assert "names in PAYRANK_ORIGINS" in error["message"]


async def test_a_public_service_behind_a_proxy_on_its_machine_serves_its_own_host(database: str) -> None:
    with listener() as listening, served(create_app(load_settings(public_url="https://pay.example"), database), listening):
        async with httpx2.AsyncClient() as client:
            response = await client.post(
                f"http://127.0.0.1:{listening.getsockname()[1]}/mcp",
                json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
                headers={"host": "pay.example", "accept": "application/json, text/event-stream"},
            )
    assert {tool["name"] for tool in response.json()["result"]["tools"]} == {tool.name for tool in TOOLS}


async def test_llms_txt_names_every_tool_and_a_query_that_runs(address: str) -> None:
    async with httpx2.AsyncClient(base_url=address) as client:
        text = (await client.get("/llms.txt")).text
        assert [tool.name for tool in TOOLS if tool.name not in text] == []
        assert "[MCP](./mcp)" in text  # no public address is set
        query = re.search(r"^  (\{ cohort.*)$", text, re.MULTILINE)
        assert query
        answer = (await client.post("/graphql", json={"query": query[1]})).json()
        assert answer["data"]["cohort"]["citation"]["text"]
        assert (await client.get("/downloads")).status_code == 200


async def test_calls_count_for_the_rate_of_their_network(database: str) -> None:
    with listener() as listening, served(create_app(load_settings(queries_per_minute=1), database), listening):
        async with Client(f"http://127.0.0.1:{listening.getsockname()[1]}/mcp") as client:
            results = [await client.call_tool("search_values", {"factor": "role", "search": f"eng{n}"}) for n in range(30)]
    assert not results[0].is_error
    assert results[-1].is_error
    assert "points a minute" in text(results[-1])


@pytest.mark.slow
@pytest.mark.parametrize("remote", [False, True])
async def test_the_command_serves_the_tools(database: str, address: str, remote: bool) -> None:
    arguments = [*COMMAND[1:], "mcp", *(["--url", address] if remote else [])]
    environment = {**os.environ, **({} if remote else {"PAYRANK_DATABASE_URL": database})}
    process = StdioServerParameters(command=COMMAND[0], args=arguments, env=environment)
    async with Client(stdio_client(process)) as client:
        found = (await client.call_tool("pay_summary", {"where": {"level": ["senior"]}})).structured_content
    assert found["figures"]["median"] == 200_000
