"""Estimates by query."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.payrank_process import eventually
from support.records import publish

from service.app import create_app
from service.settings import load_settings

PAY = {("us", "mid"): 150_000, ("us", "senior"): 200_000, ("de", "mid"): 75_000, ("de", "senior"): 100_000}
RECORDS = [
    # 60 of each country and level from 0.8 to 1.2 times the pay, half of whom know Python; a third of the total besides
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
ESTIMATE = """query ($profile: ProfileInput!, $currency: Currency! = "USD", $measure: Measure! = TOTAL_COMPENSATION) {
  estimatePay(profile: $profile, currency: $currency, measure: $measure) {
    currency measure p25 p50 p75 coverage baselinePay records kinds edition method notes
    contributions { factor value { code label } amount }
  }
}"""
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


def test_a_fit_that_takes_longer_than_a_request_goes_on_for_who_asks_next(url: str, tmp_path: Path) -> None:
    """A process has to start for it, which takes longer than half a second."""
    asked = {"query": ESTIMATE, "variables": {"profile": SENIOR}}
    settings = load_settings(cache_dir=tmp_path, request_seconds=0.5, queries_per_minute=0)
    with TestClient(create_app(settings, url)) as opened:

        def told() -> dict[str, Any]:
            return opened.post("/graphql", json=asked).json()

        [error] = told()["errors"]
        assert (error["path"], error["extensions"]) == (["estimatePay"], {"code": "TIMEOUT"})
        assert error["message"].startswith("The model of TOTAL_COMPENSATION is being fitted for the first time")
        assert error["message"].endswith("It goes on meanwhile: send the same request again in a few seconds.")
        assert eventually(lambda: told().get("data"))["estimatePay"]["records"] == 240


def test_an_estimate(ask, cache):
    found = ask(ESTIMATE, profile=SENIOR)["estimatePay"]
    assert found["p25"] < found["p50"] < found["p75"]
    assert found["p50"] == pytest.approx(200_000, rel=0.1)
    assert 0.3 < found["coverage"] < 0.7
    assert {part["factor"]: part["value"]["code"] for part in found["contributions"]} == {
        "COUNTRY": "us",
        "LEVEL": "senior",
    }
    assert found["baselinePay"] + sum(part["amount"] for part in found["contributions"]) == pytest.approx(found["p50"])
    told = (found["currency"], found["measure"], found["records"], found["kinds"], found["edition"])
    assert told == ("USD", "TOTAL_COMPENSATION", 240, ["GOVERNMENT_FILING"], 1)
    assert "240 records of edition 1 from these kinds of source: government-filing" in found["method"]
    assert found["notes"] == [
        f"Left out: {what}; the records that tell total compensation do not tell what it adds."
        for what in ("role machine-learning-engineer", "employment type full-time")
    ]
    assert len(list(cache.glob("estimator*.artifact"))) == 1


def test_the_same_in_another_currency(ask):
    dollars, euros = (ask(ESTIMATE, profile=SENIOR, currency=code)["estimatePay"] for code in ("USD", "EUR"))
    rate = euros["p50"] / dollars["p50"]
    assert rate != 1
    for name in ("p25", "p75", "baselinePay"):
        assert euros[name] == pytest.approx(dollars[name] * rate)
    pairs = zip(dollars["contributions"], euros["contributions"], strict=True)
    assert all(euro["amount"] == pytest.approx(dollar["amount"] * rate) for dollar, euro in pairs)


def test_several_skills_count_together(ask):
    profile = {**SENIOR, "employmentType": None, "skills": ["sql", "python", "jax"]}
    found = ask(ESTIMATE, profile=profile)["estimatePay"]
    assert [part["value"] for part in found["contributions"] if part["factor"] == "SKILL"] == [None]
    assert found["notes"][1:] == ["Left out: skill jax; the records that tell total compensation do not tell what it adds."]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"measure": "CAREER_GROWTH"}, "CAREER_GROWTH is none; ask for one of BASE_SALARY"),
        ({"measure": "BASE_SALARY"}, "takes 200 records that tell a base salary above 0, and this edition has 160"),
        ({"currency": "XXX"}, "XXX"),
        ({"profile": {**SENIOR, "country": "uss"}}, "no country with the code 'uss'"),
        ({"profile": {**SENIOR, "metro": "munich"}}, "munich"),
    ],
)
def test_what_cannot_be_asked(error, asked, words):
    found = error(ESTIMATE, **{"profile": SENIOR, **asked})
    assert found["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in found["message"]
