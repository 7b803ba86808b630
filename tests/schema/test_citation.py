"""Citations: text, BibTeX, sources, and an address whose query returns the cited figures."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.sql_oracle import publish_random

from service.app import create_app
from service.market.citation import escaped
from service.settings import load_settings
from service.vocabulary.factors import Factor

CITED = "citation { text bibtex url edition { id number } sources { code records } }"


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish_random(found, 300, 11)
        yield found


@pytest.fixture(scope="module", params=["index", "sql"])
def client(url: str, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    with TestClient(
        create_app(load_settings(statistics=request.param, public_url="https://pay.example"), url),
        base_url="https://pay.example",
    ) as opened:
        yield opened


def cited_query(address: str) -> tuple[str, dict[str, Any]]:
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "pay.example", "/graphiql")
    parameters = parse_qs(parts.fragment, strict_parsing=True)
    return parameters["query"][0], json.loads(parameters["variables"][0])


def parts_of(label: str) -> set[str]:
    """The conditions in a label, in any order: the query has them in the order of its own filter."""
    return set(label.lower().split(", "))


WHERE = [
    {},
    {"role": ["data-scientist"], "level": ["SENIOR", "STAFF"], "skill": {"any": ["python", "sql"], "none": ["java"]}},
    {"experience": {"min": 3, "max": 9}, "effective": {"from": "2020-01", "to": "2024-12"}, "missing": ["EDUCATION"]},
    {"match": [{"factor": "QUARTER", "none": ["2024-q1"]}, {"factor": "SOURCE_KIND", "any": ["survey"]}]},
]


@pytest.mark.parametrize("where", WHERE)
def test_the_address_returns_the_cited_cohort(execute: Any, where: dict[str, Any]) -> None:
    query = f"""query ($where: CohortFilter) {{ cohort(where: $where, currency: "EUR", adjust: COST_OF_LIVING) {{
      size label stats {{ count p25 p50 p75 }} {CITED} }} }}"""
    found = execute(query, where=where)["cohort"]
    citation = found.pop("citation")
    document, variables = cited_query(citation["url"])
    again = execute(document, **variables)["cohort"]
    assert (again["size"], again["stats"]) == (found["size"], found["stats"])
    assert parts_of(again["label"]) == parts_of(found["label"])
    assert found["label"] in citation["text"]
    assert citation["text"].endswith(f" {citation['url']}")
    assert citation["edition"]["number"] == 1


@pytest.mark.parametrize("factor", [Factor.ROLE, Factor.COUNTRY, Factor.YEAR, Factor.SKILL])
def test_groups_have_addresses_too(execute: Any, factor: Factor) -> None:
    query = f"{{ cohort {{ by(factor: {factor.name}, first: 3) {{ value {{ code }} cohort {{ size {CITED} }} }} }} }}"
    for group in execute(query)["cohort"]["by"]:
        document, variables = cited_query(group["cohort"]["citation"]["url"])
        assert execute(document, **variables)["cohort"]["size"] == group["cohort"]["size"]


def test_the_rest_of_a_grouping_is_cited_by_the_start_page(execute: Any) -> None:
    """No filter selects it."""
    query = f"""{{ cohort {{ by(factor: COUNTRY, under: "europe") {{ value {{ code }} cohort {{ {CITED} }} }} }} }}"""
    rest = [group["cohort"]["citation"] for group in execute(query)["cohort"]["by"] if not group["value"]]
    assert [citation["url"] for citation in rest] == ["https://pay.example/"] * len(rest)


def test_sources_are_those_of_the_cohort_with_their_licences(execute: Any) -> None:
    cohort = f"cohort(where: {{sourceKind: [SURVEY]}}) {{ size by(factor: SOURCE) {{ value {{ code }} }} {CITED} }}"
    query = f"{{ {cohort} edition {{ sources {{ code label licence }} }} }}"
    found = execute(query)
    cited, known = found["cohort"], {source["code"]: source for source in found["edition"]["sources"]}
    codes = [source["code"] for source in cited["citation"]["sources"]]
    assert codes
    assert set(codes) == {group["value"]["code"] for group in cited["by"]}
    for code in codes:
        assert f"{known[code]['label']} ({known[code]['licence'].rstrip('.')})" in cited["citation"]["text"]


def test_bibtex_has_an_entry_with_escaped_fields(execute: Any) -> None:
    found = execute(f'{{ cohort(where: {{industry: ["finance"]}}) {{ label {CITED} }} }}')["cohort"]
    entry = found["citation"]["bibtex"]
    assert re.match(r"@misc\{payrank-1-[0-9a-f]{8},\n", entry)
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", entry, re.MULTILINE))
    assert {"author", "title", "year", "month", "howpublished", "note", "url"} == set(fields)
    assert fields["url"] == found["citation"]["url"]
    assert fields["title"].startswith(f"{{Pay in machine learning: {escaped(found['label'])} (")
    assert entry.count("{") == entry.count("}")
    for name in ("title", "note"):
        assert not re.search(r"(?<!\\)[#$%&_~^]", fields[name])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a_b & 5% of $1 #2", r"a\_b \& 5\% of \$1 \#2"),
        ("{x}~^\\", r"\{x\}\textasciitilde{}\textasciicircum{}\textbackslash{}"),
    ],
)
def test_special_characters_of_latex_are_escaped(text: str, found: str) -> None:
    assert escaped(text) == found


def test_a_protected_table_is_cited(execute: Any) -> None:
    query = f'{{ contributedBreakdown(country: "us") {{ year measure {CITED} }} }}'
    found = execute(query)["contributedBreakdown"]
    document, variables = cited_query(found["citation"]["url"])
    assert execute(document, **variables)["contributedBreakdown"]["year"] == found["year"]
    assert variables == {"factor": None, "country": "us", "roleFamily": None, "measure": found["measure"]}
    assert f"tables of {found['year']}" in found["citation"]["text"]
