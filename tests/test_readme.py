"""The README is correct: its queries are valid, its printed answer is the real one, and it lists every setting."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graphql import build_schema, parse, validate
from starlette.testclient import TestClient

from schema.schema import SDL
from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from seed.sample import load_sample
from service.app import create_app
from service.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FIRST = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)[0]
AIJOBS = "aijobs_salaries_2025-08-03.csv.gz"
HEADER = (
    "work_year,experience_level,employment_type,job_title,salary,salary_currency,salary_in_usd,employee_residence,"
    "remote_ratio,company_location,company_size"
)
QUERIES = re.findall(r"`(\{ .*? \})`", README)


def test_every_query_is_valid() -> None:
    schema = build_schema(SDL.read_text())
    assert len(QUERIES) >= 15
    assert [validate(schema, parse(query)) for query in (FIRST, *QUERIES)] == [[]] * (len(QUERIES) + 1)


def test_every_setting_is_listed() -> None:
    rows = re.findall(r"^\| `PAYRANK_(\w+)` \| (\S*) ?.*\| (.+) \|$", README, re.MULTILINE)
    fields = {name.upper(): field.description for name, field in Settings.model_fields.items()}
    assert {name: text for name, _, text in rows} == fields


def test_links_resolve() -> None:
    for target in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / target).exists(), target


def response(url: str, query: str) -> Any:
    with TestClient(create_app(load_settings(), url)) as client:
        return client.post("/graphql", json={"query": query}).json()["data"]


def test_the_query_of_the_sample_returns_the_printed_answer(database_url: str) -> None:
    load_sample(database_url, 20_000, 1, lambda _: None)
    page = (ROOT / "docs" / "sample.md").read_text(encoding="utf-8")
    [query], [answer] = (re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL) for kind in ("graphql", "json"))
    assert response(database_url, query) == json.loads(answer)


@pytest.mark.slow
@pytest.mark.real_data
def test_the_first_query_returns_the_printed_answer(database_url: str, data_files: Path, tmp_path: Path) -> None:
    """Beside another data set, which the query leaves out."""
    import_file(database_url, builtin_mapping("aijobs"), str(data_files / AIJOBS), refused_dir=tmp_path)
    nyc_jobs = data_files / "more" / "us_nyc_city_jobs_tech_2015_2019.csv.gz"
    import_file(database_url, builtin_mapping("nyc-jobs"), str(nyc_jobs), refused_dir=tmp_path)
    assert response(database_url, FIRST) == json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0])


def test_the_first_query_on_made_up_advertisements(database_url: str, tmp_path: Path) -> None:
    """In the publisher's layout, two rows for each advertisement; those of another role, country or source do not count."""
    middles = {"EN": np.arange(90_000, 100_000, 1_000), "SE": np.arange(150_000, 191_000, 2_000)}
    rows = [
        *(f"2025,{level},FT,Machine Learning Engineer,{end},USD,{end},US,0,US,M" for level, end in ends_of(middles)),
        *(f"2025,SE,FT,Data Engineer,{end},USD,{end},US,0,US,M" for end in (400_000, 300_000)),
        *(f"2025,SE,FT,Machine Learning Engineer,{end},USD,{end},DE,0,DE,M" for end in (400_000, 300_000)),
        "2025,SE,FT,Machine Learning Engineer,900000,USD,900000,US,0,US,L",
    ]
    file = tmp_path / "salaries.csv"
    file.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    import_file(database_url, builtin_mapping("aijobs"), str(file), refused_dir=tmp_path)
    cohort = response(database_url, FIRST)["cohort"]
    everyone = np.concatenate([*middles.values()])
    interval = cohort["stats"].pop("interval")
    assert cohort == {
        "size": len(everyone),
        "stats": {f"p{p}": np.percentile(everyone, p) for p in (25, 50, 75)},
        "by": [
            {"value": {"code": code}, "cohort": {"size": len(found), "stats": {"p50": np.median(found)}}}
            for code, found in zip(("entry", "senior"), middles.values(), strict=True)
        ],
    }
    assert interval["low"] < cohort["stats"]["p50"] < interval["high"]


def ends_of(middles: Mapping[str, Iterable[int]]) -> Iterator[tuple[str, int]]:
    for level, amounts in middles.items():
        for amount in amounts:
            yield from ((level, amount + 20_000), (level, amount - 20_000))


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize(
    ("pair_ranges", "where", "records", "p10", "p90"),
    [(True, ", sourceKind: [POSTED_RANGE]", 4_046, 143_877, 269_000), (False, "", 8_118, 125_000, 300_200)],
)
def test_advertised_ranges_of_ai_jobs_have_the_stated_percentiles(
    database_url: str, data_files: Path, tmp_path: Path, pair_ranges: bool, where: str, records: int, p10: float, p90: float
) -> None:
    file = data_files / AIJOBS
    report = import_file(database_url, builtin_mapping("aijobs"), str(file), refused_dir=tmp_path, pair_ranges=pair_ranges)
    query = (
        f'{{ cohort(where: {{role: ["machine-learning-engineer"], country: ["us"]{where}}}) '
        "{ size stats(measure: BASE_SALARY) { p10 p90 } } }"
    )
    answer = response(database_url, query)["cohort"]
    assert report.read == 151_445
    assert (answer["size"], round(answer["stats"]["p10"], 2), round(answer["stats"]["p90"], 2)) == (records, p10, p90)
    assert all(f"{figure:,}" in README for figure in (151_445, records, p10, p90))
