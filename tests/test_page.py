"""The page as it is served: one document at each path under a strict policy, files compressed beforehand, a way for people
from the endpoint to the editor, and what catalogues of data sets read."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.records import publish

from service.app import create_app
from service.settings import load_settings
from service.web.page import GRAPHIQL_POLICY, POLICY, page_folder, with_json_ld

PATHS = ["/", "/offer", "/factors", "/contribute", "/receipt", "/review", "/about", "/graphiql"]
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
QUERY = {"query": "{ edition { number } }"}


@pytest.fixture(scope="module")
def folder() -> Path:
    found = page_folder()
    assert found, "The page is not built: `make install` does it, or `npm ci` and `npm run build` in web/."
    return found


@pytest.fixture(scope="module")
def client(server_url: str, empty_template: str, folder: Path) -> Iterator[TestClient]:
    with clone(server_url, empty_template) as url:
        publish(url, [{"base_salary": 100_000}, {"base_salary": 90_000, "source": "sample"}])
        with TestClient(create_app(load_settings(), url), base_url="https://pay.example", follow_redirects=False) as opened:
            yield opened


@pytest.mark.parametrize("path", PATHS)
def test_each_path_is_the_document_under_a_strict_policy(client: TestClient, folder: Path, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["content-security-policy"] == (GRAPHIQL_POLICY if path == "/graphiql" else POLICY)
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    plain = re.sub('<script type="application/ld\\+json">.*?</script>', "", answer.text)
    assert plain == (folder / "index.html").read_text()


def test_no_policy_lets_in_what_comes_from_elsewhere_or_stands_in_the_document(client: TestClient) -> None:
    for policy in (POLICY, GRAPHIQL_POLICY):
        allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert (
            allowed["default-src"] == allowed["frame-ancestors"] == allowed["base-uri"] == allowed["form-action"] == "'none'"
        )
        assert allowed["script-src"] == allowed["connect-src"] == allowed["worker-src"] == allowed["font-src"] == "'self'"
        assert not re.search("unsafe-eval|https?:|[*]", policy)
    assert "unsafe" not in POLICY
    assert GRAPHIQL_POLICY.replace(" 'unsafe-inline'", "") == POLICY


def test_the_document_names_only_files_that_are_there_and_has_no_script_of_its_own(client: TestClient) -> None:
    document = client.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", document)
    files = re.findall(r'(?:src|href)="([^"]+)"', document)
    assert len(files) >= 3
    assert {client.get(file).status_code for file in files} == {200}


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("", None)])
def test_files_are_sent_as_they_were_compressed(
    client: TestClient, folder: Path, accepted: str, encoding: str | None
) -> None:
    for file in sorted((folder / "assets").glob("index-*.*s")):
        with client.stream("GET", f"/assets/{file.name}", headers={"Accept-Encoding": accepted}) as answer:
            body = b"".join(answer.iter_raw())
        assert answer.headers.get("content-encoding") == encoding
        assert set(answer.headers["vary"].split(", ")) == {"Accept-Encoding"}
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == f"text/{'javascript' if file.suffix == '.js' else 'css'}; charset=utf-8"
        sent = {"br": file.with_name(f"{file.name}.br"), "gzip": file.with_name(f"{file.name}.gz")}.get(encoding or "", file)
        assert body == sent.read_bytes()
        assert encoding != "gzip" or gzip.decompress(body) == file.read_bytes()


def test_every_compressed_file_has_its_original(folder: Path) -> None:
    names = {file.name for file in (folder / "assets").iterdir()}
    plain = {name for name in names if not name.endswith((".br", ".gz"))}
    assert names == {name + ending for name in plain for ending in ("", ".br", ".gz")}
    assert [name for name in plain if not re.search(r"-[\w-]{8}\.(js|css|ttf)$", name)] == []


def test_the_first_view_is_light(client: TestClient, folder: Path) -> None:
    document = client.get("/").text
    first = re.findall(r'(?:src|href)="/assets/([^"]+\.js)"', document)
    assert sum((folder / "assets" / f"{name}.gz").stat().st_size for name in first) < 120_000


def test_people_who_look_at_the_endpoint_come_to_the_editor(client: TestClient) -> None:
    answer = client.get("/graphql", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/graphiql")
    assert (answer.headers["vary"], answer.headers["cache-control"]) == ("Accept", "no-store")


def test_programs_at_the_endpoint_notice_nothing(client: TestClient) -> None:
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}, {"Accept": "application/graphql-response+json"}):
        assert client.get("/graphql", headers=headers).status_code == 400
        assert client.get("/graphql", params=QUERY, headers=headers).json()["data"] == {"edition": {"number": 1}}
    assert client.get("/graphql", params=QUERY, headers=BROWSER).json()["data"] == {"edition": {"number": 1}}
    assert client.post("/graphql", json=QUERY, headers=BROWSER).json()["data"] == {"edition": {"number": 1}}


def test_where_nothing_is_people_get_the_page_and_programs_a_word(client: TestClient, folder: Path) -> None:
    page = client.get("/nowhere", headers=BROWSER)
    assert (page.status_code, page.text) == (404, (folder / "index.html").read_text())
    assert page.headers["content-security-policy"] == POLICY
    for path in ("/nowhere", "/assets/none-00000000.js", "/assets/../index.html"):
        assert (client.get(path).status_code, client.get(path).text) == (404, "Not Found\n")
    assert client.post("/nowhere", headers=BROWSER).text == "Not Found\n"


def test_catalogues_read_of_the_data_without_javascript(client: TestClient) -> None:
    document = client.get("/about").text
    head = document.partition("</head>")[0]
    told = [json.loads(block) for block in re.findall('<script type="application/ld\\+json">(.*?)</script>', head)]
    assert [(one["@context"], one["@type"], one["version"], one["size"]) for one in told] == [
        ("https://schema.org", "Dataset", "1", "1 record"),
        ("https://schema.org", "Dataset", "1", "1 record"),
    ]
    real, sample = told
    assert [part["contentUrl"] for part in real["distribution"]] == [
        "https://pay.example/downloads/payrank-edition-1.csv",
        "https://pay.example/downloads/payrank-edition-1.parquet",
    ]
    assert {client.get(part["contentUrl"]).status_code for part in real["distribution"] + sample["distribution"]} == {200}
    assert [part["encodingFormat"] for part in real["distribution"]] == ["text/csv", "application/vnd.apache.parquet"]
    assert 50 <= len(real["description"]) <= 5_000
    assert all(source["name"] and source["license"] for one in told for source in one["isBasedOn"])
    assert "made-up" in sample["description"].lower()
    assert "application/ld+json" not in client.get("/").text


def test_what_is_told_cannot_end_its_block() -> None:
    text = with_json_ld("<head></head>", [{"name": "</script><script>alert(1)</script>"}])
    assert text.count("<script") == text.count("</script>") == 1
    assert json.loads(re.findall(">({.*})<", text)[0])["name"] == "</script><script>alert(1)</script>"


def test_an_edition_without_records_is_no_data_set(database_url: str, folder: Path) -> None:
    with TestClient(create_app(load_settings(), database_url)) as client:
        assert client.get("/about").text == (folder / "index.html").read_text()
