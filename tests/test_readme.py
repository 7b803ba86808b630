"""The README keeps its word: its queries run, its first answer is the real one, its settings are all of them."""

import json
import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate
from starlette.testclient import TestClient

from schema.schema import SDL
from seed.importer.importing import import_file
from seed.importer.mapping_file import builtin_mapping
from service.app import create_app
from service.settings import Settings, load_settings

README = (Path(__file__).parents[1] / "README.md").read_text()
FIRST = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)[0]
QUERIES = re.findall(r"`(\{ .*? \})`", README)


def test_every_query_is_valid() -> None:
    schema = build_schema(SDL.read_text())
    assert len(QUERIES) >= 15
    assert [validate(schema, parse(query)) for query in (FIRST, *QUERIES)] == [[]] * (len(QUERIES) + 1)


def test_every_setting_is_told() -> None:
    told = re.findall(r"^\| `PAYRANK_(\w+)` \| (\S*) ?.*\| (.+) \|$", README, re.MULTILINE)
    fields = {name.upper(): field.description for name, field in Settings.model_fields.items()}
    assert {name: text for name, _, text in told} == fields


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (Path(__file__).parents[1] / target).exists(), target


@pytest.mark.real_data
def test_the_first_answer_is_the_one_printed(database_url: str, data_files: Path, tmp_path: Path) -> None:
    file = data_files / "aijobs_salaries_2025-08-03.csv.gz"
    report = import_file(database_url, builtin_mapping("aijobs"), str(file), refused_dir=tmp_path)
    assert report.read == 151_445
    with TestClient(create_app(load_settings(), database_url)) as client:
        answer = client.post("/graphql", json={"query": FIRST}).json()["data"]
    assert answer == json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0])
