"""The README is correct: its queries are valid, its printed answer is the real one, and it lists every setting."""

import json
import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate
from starlette.testclient import TestClient

from schema.schema import SDL
from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from seed.sample import load_sample
from service.app import create_app
from service.settings import Settings, load_settings

README = (Path(__file__).parents[1] / "README.md").read_text()
FIRST = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)[0]
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
        assert (Path(__file__).parents[1] / target).exists(), target


def test_the_first_query_returns_the_printed_answer_on_the_sample(database_url: str) -> None:
    load_sample(database_url, 20_000, 1, lambda _: None)
    with TestClient(create_app(load_settings(), database_url)) as client:
        answer = client.post("/graphql", json={"query": FIRST}).json()["data"]
    assert answer == json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0])


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize(
    ("pair_ranges", "where", "records", "p10", "p90"),
    [(True, ", sourceKind: [POSTED_RANGE]", 4_046, 143_877, 269_000), (False, "", 8_118, 125_000, 300_200)],
)
def test_advertised_ranges_of_ai_jobs_have_the_stated_percentiles(
    database_url: str, data_files: Path, tmp_path: Path, pair_ranges: bool, where: str, records: int, p10: float, p90: float
) -> None:
    file = data_files / "aijobs_salaries_2025-08-03.csv.gz"
    report = import_file(database_url, builtin_mapping("aijobs"), str(file), refused_dir=tmp_path, pair_ranges=pair_ranges)
    query = (
        f'{{ cohort(where: {{role: ["machine-learning-engineer"], country: ["us"]{where}}}) '
        "{ size stats(measure: BASE_SALARY) { p10 p90 } } }"
    )
    with TestClient(create_app(load_settings(), database_url)) as client:
        answer = client.post("/graphql", json={"query": query}).json()["data"]["cohort"]
    assert report.read == 151_445
    assert (answer["size"], round(answer["stats"]["p10"], 2), round(answer["stats"]["p90"], 2)) == (records, p10, p90)
    assert all(f"{figure:,}" in README for figure in (151_445, records, p10, p90))
