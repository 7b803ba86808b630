"""Employers in imports and what reads their codes: the API, downloads, and databases of earlier versions."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from unicodedata import normalize

import pytest
from starlette.testclient import TestClient
from support.csv_imports import PAY, PLAIN, import_text, records
from support.databases import clone

from service.app import create_app
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.store.reference import add_terms, load_taxonomy
from service.vocabulary.factors import Factor
from service.vocabulary.terms import Term


@pytest.fixture(scope="module")
def database_url(server_url: str, empty_template: str) -> Iterator[str]:
    """One database for all tests of the module, each of which replaces the records of the source."""
    with clone(server_url, empty_template) as url:
        yield url


MAPPING = PLAIN + PAY + '\n[[factor]]\nfactor = "employer"\ncolumn = "who"\n'


def imported_employers(url: str, folder: Path, names: Sequence[str], mapping: str = MAPPING) -> list[object]:
    """The codes of the employers of records, in the order of the names."""
    content = "pay,who\n" + "".join(f'{pay},"{name}"\n' for pay, name in enumerate(names, 50_000))
    import_text(url, folder, content, mapping)
    return [row.get("employer") for row in records(url)]


def labels(url: str) -> dict[str, str]:
    with bulk_connection(url) as rows:
        return {value.code: value.label for value in load_taxonomy(rows).values(Factor.EMPLOYER)}


def test_employers_with_enough_records_become_values(database_url: str, tmp_path: Path) -> None:
    names = ["SOME FIRM INC", "Some Firm, Inc.", "Some  Firm", "Lonely LLC", "", "---", "Facebook", "Meta Platforms"]
    found = imported_employers(database_url, tmp_path, names, MAPPING + "minimum_records = 2\n")
    assert found == ["some-firm", "some-firm", "some-firm", None, None, None, "meta", "meta"]
    known = labels(database_url)
    assert [known.get(code) for code in ("some-firm", "lonely", "meta")] == ["Some Firm", None, "Meta"]


def test_a_filter_by_a_parent_includes_the_businesses_below_it(database_url: str, tmp_path: Path) -> None:
    names = ["Amazon.com Services LLC"] * 6 + ["Amazon Web Services, Inc."] * 5 + ["Annapurna Labs (U.S.) Inc."] * 5
    imported_employers(database_url, tmp_path, [*names, *["Sysco Corporation"] * 7])
    query = """{ all: cohort { employers }
        amazon: cohort(where: {employer: ["amazon"]}) { size employers }
        aws: cohort(where: {employer: ["amazon-web-services"]}) { size }
        by: cohort { by(factor: EMPLOYER) { value { code } cohort { size } } } }"""
    with TestClient(create_app(load_settings(), database_url)) as client:
        found = client.post("/graphql", json={"query": query}).json()["data"]
    assert found["all"] == {"employers": 2}
    assert found["amazon"] == {"size": 16, "employers": 1}
    assert found["aws"] == {"size": 10}
    sizes = {group["value"]["code"]: group["cohort"]["size"] for group in found["by"]["by"]}
    assert {code: size for code, size in sizes.items() if size} == {"amazon": 16, "sysco": 7}


def test_employers_in_any_script(database_url: str, tmp_path: Path) -> None:
    names = [
        "Müller AG",
        "Möller GmbH",
        "Mueller AG",
        "Яндекс Cloud",
        "腾讯 Cloud",
        "Mu\u0308ller SE",
        "株式会社アクメ",
    ]
    found = imported_employers(database_url, tmp_path, names)
    assert found == ["müller", "möller", "mueller", "яндекс-cloud", "腾讯-cloud", "müller", "アクメ"]


def test_texts_that_name_no_employer(database_url: str, tmp_path: Path) -> None:
    texts = ["N/A", "n.a.", "None", "Prefer not to say", "Confidential", "-", "Self-employed"]
    rows = "".join(f'{number},"{text}"\n' for number, text in enumerate(["None of Us", *texts], 1))
    keys = '[[factor]]\nfactor = "employer"\ncolumn = "who"\n'
    report = import_text(database_url, tmp_path, f"pay,who\n{rows}", PLAIN + PAY + keys)
    assert [row.get("employer") for row in records(database_url)] == ["none-of-us", *[None] * len(texts)]
    assert report.unknown == {Factor.EMPLOYER: dict.fromkeys(texts, 1)}


def test_the_label_of_an_employer_is_its_most_frequent_spelling(database_url: str, tmp_path: Path) -> None:
    names = ["BIG BANK & CO."] * 3 + ["big bank & co"] + ["Big Bank & Co.", "Big Bank & Co. Inc"]
    assert set(imported_employers(database_url, tmp_path, names)) == {"big-bank"}
    assert labels(database_url)["big-bank"] == "Big Bank & Co"


def test_an_employer_of_an_earlier_version_is_replaced_by_the_registered_one(database_url: str, tmp_path: Path) -> None:
    with bulk_connection(database_url) as rows:
        add_terms(rows, [Term(Factor.EMPLOYER, code, "Old") for code in ("amazon-com-services", "unchanged")])
        rows.commit()
    found = imported_employers(database_url, tmp_path, ["Amazon.com Services LLC", "Unchanged Inc"])
    assert found == ["amazon", "unchanged"]
    assert labels(database_url)["amazon-com-services"] == "Old"


def test_codes_in_other_scripts_work_in_queries_and_downloads(database_url: str, tmp_path: Path) -> None:
    imported_employers(database_url, tmp_path, ["Müller AG"] * 6 + ["Яндекс Cloud"] * 5 + ["=腾讯 Cloud"] * 5)
    with TestClient(create_app(load_settings(), database_url)) as client:
        for code, size in (("müller", 6), (normalize("NFD", "müller"), 6), ("яндекс-cloud", 5), ("腾讯-cloud", 5)):
            query = "query ($code: Code!) { cohort(where: {employer: [$code]}) { size label } }"
            answer = client.post("/graphql", json={"query": query, "variables": {"code": code}}).json()
            assert answer["data"]["cohort"]["size"] == size
        query = "{ cohort { by(factor: EMPLOYER) { value { code label } } } }"
        answer = client.post("/graphql", json={"query": query}).json()
        groups = {group["value"]["code"]: group["value"]["label"] for group in answer["data"]["cohort"]["by"]}
        assert groups == {"müller": "Müller", "яндекс-cloud": "Яндекс Cloud", "腾讯-cloud": "腾讯 Cloud"}
        query = '{ factorValues(factor: EMPLOYER, search: "ЯНДЕКС CLOUD") { nodes { code } } }'
        answer = client.post("/graphql", json={"query": query}).json()
        assert answer["data"]["factorValues"]["nodes"] == [{"code": "яндекс-cloud"}]
        unknown = client.post("/graphql", json={"query": '{ cohort(where: {employer: ["MÜLLER"]}) { size } }'}).json()
        assert "Did you mean müller?" in unknown["errors"][0]["message"]
        [file] = [one for one in client.get("/downloads").json()["files"] if one["name"].endswith(".csv")]
        rows = list(csv.DictReader(io.StringIO(client.get(file["url"]).content.decode("utf-8"))))
        assert {row["employer"] for row in rows} == set(groups)


@pytest.mark.parametrize(
    ("sizes", "records"),
    [
        ("SMALL", 1),
        ("MEDIUM", 2),
        ("LARGE", 6),
        ("ENTERPRISE", 4),
        ("FROM_500_TO_999", 1),
        ("FROM_10000", 1),
        ("FROM_20_TO_99", 1),
        ("FROM_100_TO_499", 1),
        ("SMALL, FROM_20_TO_99", 2),
    ],
)
def test_a_filter_by_a_size_includes_the_bands_in_it(sized_client: TestClient, sizes: str, records: int) -> None:
    query = f"{{ cohort(where: {{employerSize: [{sizes}]}}) {{ size }} }}"
    assert sized_client.post("/graphql", json={"query": query}).json()["data"] == {"cohort": {"size": records}}


def test_groups_by_size_are_in_the_order_of_the_registry(sized_client: TestClient) -> None:
    query = "{ cohort { by(factor: EMPLOYER_SIZE) { value { code } cohort { size } } } }"
    found = sized_client.post("/graphql", json={"query": query}).json()["data"]["cohort"]["by"]
    assert [(group["value"]["code"], group["cohort"]["size"]) for group in found] == [
        ("small", 1),
        ("medium", 2),
        ("large", 6),
        ("from-20-to-99", 1),
        ("from-100-to-499", 1),
    ]


@pytest.fixture(scope="module")
def sized_client(server_url: str, empty_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service with the sizes of eleven employers."""
    sizes = (
        *("Fewer than 10 employees", "50-249", "60", "20 to 99 employees", "100 to 499 employees", "300"),
        *(
            "500 to 999 employees",
            "1,000 to 4,999 employees",
            "5,000 to 9,999 employees",
            "10,000 or more employees",
            "1000+",
        ),
    )
    mapping = PLAIN + PAY + '\n[[factor]]\nfactor = "employer_size"\ncolumn = "size"\n'
    content = "pay,size\n" + "".join(f'{pay},"{size}"\n' for pay, size in enumerate(sizes, 50_000))
    with clone(server_url, empty_template) as url:
        assert not import_text(url, tmp_path_factory.mktemp("sizes"), content, mapping).unknown
        with TestClient(create_app(load_settings(), url)) as client:
            yield client
