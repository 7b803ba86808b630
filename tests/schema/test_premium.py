"""Premiums."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.queries import query
from support.records import publish

from service.app import create_app
from service.settings import load_settings

PAY = {("us", "mid"): 10_000_000, ("us", "senior"): 12_500_000, ("de", "mid"): 5_000_000, ("de", "senior"): 6_250_000}
RECORDS = [
    # seniors are paid a quarter more, Python a tenth; 32 of each country and level, all with total compensation
    *(
        {
            "country": country,
            "level": level,
            "skill": ["sql", "python"][: 1 + n % 2],
            "total_compensation": round(pay * (1.1 if n % 2 else 1)),
            "job_satisfaction": 3,
        }
        for (country, level), pay in PAY.items()
        for n in range(32)
    ),
    # 20 in Spain from another source
    *({"country": "es", "level": "mid", "source": "aijobs", "total_compensation": 4_000_000} for _ in range(20)),
    *({"country": "pt", "total_compensation": 4_000_000} for _ in range(4)),
]
PREMIUMS = query("premiums")
BOTH = {"country": ["us", "de"]}


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        yield found


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    """With time to fit models on a busy machine."""
    with TestClient(create_app(load_settings(request_seconds=120), url), raise_server_exceptions=True) as opened:
        yield opened


def test_premiums(execute):
    found = execute(PREMIUMS, where=BOTH, factor="LEVEL")["cohort"]["premiums"]
    assert "total compensation" in found.pop("method")
    assert found == {
        "factor": "LEVEL",
        "baseline": {"code": "mid"},
        "rows": [
            {
                "value": {"code": "senior"},
                "percent": pytest.approx(25),
                "interval": {"low": pytest.approx(25), "high": pytest.approx(25), "level": 0.95},
                "records": 64,
            }
        ],
        "confounded": [],
        "records": 128,
        "kinds": ["GOVERNMENT_FILING"],
        "rSquared": pytest.approx(1),
        "reason": None,
    }


def test_choose_the_baseline(execute):
    found = execute(PREMIUMS, where=BOTH, factor="LEVEL", baseline="senior")["cohort"]["premiums"]
    assert [(row["value"]["code"], row["percent"]) for row in found["rows"]] == [("mid", pytest.approx(-20))]


def test_factors_with_several_values_have_no_baseline(execute):
    found = execute(PREMIUMS, where=BOTH, factor="SKILL", under="programming-languages")["cohort"]["premiums"]
    assert found["baseline"] is None
    assert [(row["value"]["code"], row["percent"], row["records"]) for row in found["rows"]] == [
        ("python", pytest.approx(10), 64)
    ]


def test_confounded_values_have_no_premium(execute):
    """One country has a separate source, and none of its records reports skills."""
    found = execute(PREMIUMS, factor="COUNTRY", under="europe")["cohort"]["premiums"]
    [spain] = found["confounded"]
    assert (found["rows"], spain["value"]["code"], spain["records"]) == ([], "es", 20)
    assert "source aijobs.net" in spain["message"]
    assert "confounded" in found["reason"]


def test_too_little_data_gives_a_reason(execute):
    found = execute(PREMIUMS, where={"country": ["es"]}, factor="LEVEL")["cohort"]["premiums"]
    assert (found["rows"], found["rSquared"], found["baseline"]) == ([], None, None)
    assert all(part in found["reason"] for part in ("50 records", "total compensation", "20"))
    assert execute(PREMIUMS, where={"country": ["pt"]}, factor="LEVEL") == {"cohort": {"premiums": None}}


def test_exclude_controls(execute):
    without_source = """{ cohort {
      premiums(factor: COUNTRY, under: "europe", excludeControls: [SOURCE, SOURCE_KIND, SKILL]) {
        rows { value { code } percent } } } }"""
    [row] = execute(without_source)["cohort"]["premiums"]["rows"]
    assert (row["value"]["code"], row["percent"]) == ("es", pytest.approx(-25, abs=3))


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"factor": "LEVEL", "measure": "JOB_SATISFACTION"}, "JOB_SATISFACTION"),
        ({"factor": "LEVEL", "baseline": "seniour"}, "senior"),
        ({"factor": "SKILL", "baseline": "sql"}, "`baseline`"),
        ({"factor": "METRO", "under": "germany"}, "'germany'"),
    ],
)
def test_invalid_premiums_are_rejected(error, variables, words):
    found = error(PREMIUMS, **variables)
    assert found["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in found["message"]
