"""Estimates of pay."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.payrank_process import eventually
from support.queries import query
from support.records import publish

from service.app import create_app
from service.settings import load_settings

PAY = {("us", "mid"): 150_000, ("us", "senior"): 200_000, ("de", "mid"): 75_000, ("de", "senior"): 100_000}
RECORDS = [
    # 60 of each country and level from 0.8 to 1.2 times the pay, half with Python; two thirds also report a base salary
    {
        "role": "machine-learning-engineer",
        "country": country,
        "level": level,
        "skill": ["sql", "python"][: 1 + n % 2],
        "total_compensation": round(pay * (0.8 + 0.4 * n / 59)),
        **({"base_salary": pay} if n < 40 else {}),
    }
    for (country, level), pay in PAY.items()
    for n in range(60)
]
ESTIMATE = query("estimate_pay")
SENIOR = {"role": "machine-learning-engineer", "country": "us", "level": "SENIOR"}


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        yield found


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache", numbered=True)


@pytest.fixture(scope="module")
def client(url: str, cache: Path) -> Iterator[TestClient]:
    with TestClient(
        create_app(load_settings(cache_dir=cache, request_seconds=120), url), raise_server_exceptions=True
    ) as opened:
        yield opened


@pytest.mark.slow
def test_a_fit_continues_after_the_request_times_out(url: str, tmp_path: Path) -> None:
    """Starting its process takes longer than half a second."""
    request = {"query": ESTIMATE, "variables": {"profile": SENIOR}}
    settings = load_settings(cache_dir=tmp_path, request_seconds=0.5, queries_per_minute=0)
    with TestClient(create_app(settings, url)) as opened:

        def response() -> dict[str, Any]:
            return opened.post("/graphql", json=request).json()

        [error] = response()["errors"]
        assert (error["path"], error["extensions"]) == (["estimatePay"], {"code": "TIMEOUT"})
        assert "TOTAL_COMPENSATION" in error["message"]
        assert eventually(lambda: response()["data"]["estimatePay"])["records"] == 240


def test_an_estimate(execute, cache):
    found = execute(ESTIMATE, profile=SENIOR)["estimatePay"]
    assert found["p10"] < found["p25"] < found["p50"] < found["p75"] < found["p90"]
    assert found["p50"] == pytest.approx(200_000, rel=0.1)
    assert 0.3 < found["coverage"] < 0.7
    assert {part["factor"]: part["value"]["code"] for part in found["contributions"]} == {
        "COUNTRY": "us",
        "LEVEL": "senior",
    }
    assert found["baselinePay"] + sum(part["amount"] for part in found["contributions"]) == pytest.approx(found["p50"])
    about = (found["currency"], found["measure"], found["records"], found["kinds"], found["edition"])
    assert about == ("USD", "TOTAL_COMPENSATION", 240, ["GOVERNMENT_FILING"], 1)
    assert all(part in found["method"] for part in ("240 records", "edition 1", "government-filing"))
    for note, value in zip(found["notes"], ("role machine-learning-engineer", "employment type full-time"), strict=True):
        assert value in note
    assert len(list(cache.glob("estimator*.artifact"))) == 1


def test_amounts_are_converted_to_another_currency(execute):
    dollars, euros = (execute(ESTIMATE, profile=SENIOR, currency=code)["estimatePay"] for code in ("USD", "EUR"))
    rate = euros["p50"] / dollars["p50"]
    assert rate != 1
    for name in ("p25", "p75", "baselinePay"):
        assert euros[name] == pytest.approx(dollars[name] * rate)
    pairs = zip(dollars["contributions"], euros["contributions"], strict=True)
    assert all(euro["amount"] == pytest.approx(dollar["amount"] * rate) for dollar, euro in pairs)


def test_several_skills_have_one_contribution(execute):
    profile = {**SENIOR, "employmentType": None, "skills": ["sql", "python", "jax"]}
    found = execute(ESTIMATE, profile=profile)["estimatePay"]
    assert [part["value"] for part in found["contributions"] if part["factor"] == "SKILL"] == [None]
    [note] = found["notes"][1:]
    assert "skill jax" in note


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"measure": "CAREER_GROWTH"}, "CAREER_GROWTH"),
        ({"measure": "BASE_SALARY"}, "this edition has 160"),
        ({"currency": "XXX"}, "XXX"),
        ({"profile": {**SENIOR, "country": "uss"}}, "'uss'"),
        ({"profile": {**SENIOR, "metro": "munich"}}, "munich"),
    ],
)
def test_invalid_estimates_are_rejected(error, variables, words):
    found = error(ESTIMATE, **{"profile": SENIOR, **variables})
    assert found["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in found["message"]


def test_an_estimate_is_cited_with_its_profile(execute):
    """The address has the same estimate."""
    profile = {**SENIOR, "employmentType": None, "experience": 5, "skills": ["python"]}
    cited = """query ($p: ProfileInput!) { estimatePay(profile: $p, currency: "EUR") { p25 p50 p75 method
      citation { text url edition { number } sources { code } } } }"""
    found = execute(cited, p=profile)["estimatePay"]
    citation = found.pop("citation")
    parameters = parse_qs(urlsplit(citation["url"]).fragment, strict_parsing=True)
    variables = json.loads(parameters["variables"][0])
    assert variables == {"profile": profile, "currency": "EUR", "measure": "TOTAL_COMPENSATION"}
    again = execute(parameters["query"][0], **variables)["estimatePay"]
    assert {name: again[name] for name in found} == found
    assert (citation["edition"], citation["sources"]) == ({"number": 1}, [{"code": "lca"}])
    assert citation["text"].startswith("Estimate of total compensation in machine learning. PayRank, edition 1, ")
