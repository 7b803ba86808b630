"""The page as it is served: its document and policy, compressed files, the redirect to GraphiQL, and JSON-LD."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.records import publish

from service.app import create_app
from service.settings import load_settings
from service.web.page import GRAPHIQL_POLICY, NOT_FOUND, POLICY, page_folder, with_json_ld

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
        with TestClient(
            create_app(load_settings(public_url="https://pay.example"), url),
            base_url="https://pay.example",
            follow_redirects=False,
        ) as opened:
            yield opened


@pytest.mark.parametrize("path", PATHS)
def test_every_path_has_the_document_and_a_strict_policy(client: TestClient, folder: Path, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert response.headers["content-security-policy"] == (GRAPHIQL_POLICY if path == "/graphiql" else POLICY)
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    plain = re.sub('<script type="application/ld\\+json">.*?</script>', "", response.text)
    assert plain == (folder / "index.html").read_text()


def test_policies_allow_no_third_party_or_inline_resources(client: TestClient) -> None:
    for policy in (POLICY, GRAPHIQL_POLICY):
        allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert (
            allowed["default-src"] == allowed["frame-ancestors"] == allowed["base-uri"] == allowed["form-action"] == "'none'"
        )
        assert allowed["script-src"] == allowed["connect-src"] == allowed["worker-src"] == allowed["font-src"] == "'self'"
        assert not re.search("unsafe-eval|https?:|[*]", policy)
    assert "unsafe" not in POLICY
    assert GRAPHIQL_POLICY.replace(" 'unsafe-inline'", "") == POLICY


def test_document_links_existing_files_and_has_no_inline_script(client: TestClient) -> None:
    document = client.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", document)
    files = re.findall(r'(?:src|href)="([^"]+)"', document)
    assert len(files) >= 3
    assert {client.get(file).status_code for file in files} == {200}


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("", None)])
def test_compressed_files_are_sent_if_accepted(
    client: TestClient, folder: Path, accepted: str, encoding: str | None
) -> None:
    for file in sorted((folder / "assets").glob("index-*.*s")):
        with client.stream("GET", f"/assets/{file.name}", headers={"Accept-Encoding": accepted}) as response:
            body = b"".join(response.iter_raw())
        assert response.headers.get("content-encoding") == encoding
        assert set(response.headers["vary"].split(", ")) == {"Accept-Encoding", "Origin"}
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["content-type"] == f"text/{'javascript' if file.suffix == '.js' else 'css'}; charset=utf-8"
        sent = {"br": file.with_name(f"{file.name}.br"), "gzip": file.with_name(f"{file.name}.gz")}.get(encoding or "", file)
        assert body == sent.read_bytes()
        assert encoding != "gzip" or gzip.decompress(body) == file.read_bytes()


def test_every_compressed_file_has_its_original(folder: Path) -> None:
    names = {file.name for file in (folder / "assets").iterdir()}
    plain = {name for name in names if not name.endswith((".br", ".gz"))}
    assert names == {name + suffix for name in plain for suffix in ("", ".br", ".gz")}
    assert [name for name in plain if not re.search(r"-[\w-]{8}\.(js|css|ttf)$", name)] == []


def test_first_view_is_small(client: TestClient, folder: Path) -> None:
    document = client.get("/").text
    first = re.findall(r'(?:src|href)="\./assets/([^"]+\.js)"', document)
    assert sum((folder / "assets" / f"{name}.gz").stat().st_size for name in first) < 120_000


def test_browser_is_redirected_from_the_endpoint_to_graphiql(client: TestClient) -> None:
    response = client.get("/graphql", headers=BROWSER)
    assert (response.status_code, response.headers["location"]) == (303, "graphiql")
    assert (response.headers["vary"], response.headers["cache-control"]) == ("Accept, Origin", "no-store")


def test_programs_are_not_redirected(client: TestClient) -> None:
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}, {"Accept": "application/graphql-response+json"}):
        assert client.get("/graphql", headers=headers).status_code == 400
        assert client.get("/graphql", params=QUERY, headers=headers).json()["data"] == {"edition": {"number": 1}}
    assert client.get("/graphql", params=QUERY, headers=BROWSER).json()["data"] == {"edition": {"number": 1}}
    assert client.post("/graphql", json=QUERY, headers=BROWSER).json()["data"] == {"edition": {"number": 1}}


def test_unknown_path_is_404_with_the_page_in_a_browser(client: TestClient, folder: Path) -> None:
    page = client.get("/nowhere", headers=BROWSER)
    assert (page.status_code, page.text) == (404, (folder / "index.html").read_text())
    assert page.headers["content-security-policy"] == POLICY
    for path in ("/nowhere", "/assets/none-00000000.js", "/assets/../index.html"):
        assert (client.get(path).status_code, client.get(path).text) == (404, NOT_FOUND)
    assert client.post("/nowhere", headers=BROWSER).text == NOT_FOUND


def test_about_has_json_ld_of_the_data_sets(client: TestClient) -> None:
    document = client.get("/about").text
    head = document.partition("</head>")[0]
    found = [json.loads(block) for block in re.findall('<script type="application/ld\\+json">(.*?)</script>', head)]
    assert [(one["@context"], one["@type"], one["version"], one["size"]) for one in found] == [
        ("https://schema.org", "Dataset", "1", "1 record"),
        ("https://schema.org", "Dataset", "1", "1 record"),
    ]
    real, sample = found
    assert [part["contentUrl"] for part in real["distribution"]] == [
        "https://pay.example/downloads/payrank-edition-1.csv",
        "https://pay.example/downloads/payrank-edition-1.parquet",
    ]
    assert {client.get(part["contentUrl"]).status_code for part in real["distribution"] + sample["distribution"]} == {200}
    assert [part["encodingFormat"] for part in real["distribution"]] == ["text/csv", "application/vnd.apache.parquet"]
    assert 50 <= len(real["description"]) <= 5_000
    assert all(source["name"] and source["license"] for one in found for source in one["isBasedOn"])
    assert "nothing about real pay" in sample["description"]
    assert "application/ld+json" not in client.get("/").text


def test_json_ld_cannot_close_its_script() -> None:
    text = with_json_ld("<head></head>", [{"name": "</script><script>alert(1)</script>"}])
    assert text.count("<script") == text.count("</script>") == 1
    assert json.loads(re.findall(">({.*})<", text)[0])["name"] == "</script><script>alert(1)</script>"


def test_edition_without_records_has_no_json_ld(database_url: str, folder: Path) -> None:
    with TestClient(create_app(load_settings(), database_url)) as client:
        assert client.get("/about").text == (folder / "index.html").read_text()


BUILDER = Path(__file__).parents[1] / "web" / "build_page.py"


@pytest.mark.parametrize("command", [["install"], ["lint"], []], ids=["install", "script", "build"])
def test_packages_are_not_installed_through_a_link(tmp_path: Path, command: list[str]) -> None:
    web, target = tmp_path / "web", tmp_path / "elsewhere"
    for folder in (web, target):
        folder.mkdir()
    shutil.copy(BUILDER, web)
    (web / "package-lock.json").write_text("{}")
    (target / "kept.js").write_text("1")
    (web / "node_modules").symlink_to(target)
    run = subprocess.run(
        [sys.executable, str(web / BUILDER.name), *command], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 1
    assert f"node_modules is a link to {target}, which npm would empty. Remove the link" in run.stderr
    assert [path.name for path in target.iterdir()] == ["kept.js"]


@pytest.mark.slow
def test_unit_tests_of_the_page_pass() -> None:
    """Runs vitest on the page's pure modules, with the Node that builds the page."""
    command = [sys.executable, str(BUILDER), "test"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr


def test_robots_and_the_sitemap_list_the_views_of_nobody_in_particular(client: TestClient) -> None:
    lines = client.get("/robots.txt").text.splitlines()
    assert lines[0] == "User-agent: *"
    assert lines[-1] == "Sitemap: https://pay.example/sitemap.xml"
    hidden = [line.removeprefix("Disallow: ") for line in lines[1:-1]]
    found = client.get("/sitemap.xml")
    assert found.headers["content-type"] == "application/xml"
    listed = [str(element.text) for element in ElementTree.fromstring(found.text).findall("{*}url/{*}loc")]
    paths = [address.removeprefix("https://pay.example") for address in listed]
    assert set(paths) == set(PATHS) - {"/receipt", "/review"}
    assert [path for path in paths if any(path.startswith(one) for one in hidden)] == []
    assert [client.get(path).status_code for path in paths] == [200] * len(paths)


def test_a_sitemap_needs_a_public_address(client: TestClient, server_url: str, empty_template: str) -> None:
    with clone(server_url, empty_template) as url, TestClient(create_app(load_settings(), url)) as local:
        assert "Sitemap" not in local.get("/robots.txt").text
        assert local.get("/sitemap.xml").status_code == 404


def test_robots_have_the_path_of_the_public_address(server_url: str, empty_template: str) -> None:
    settings = load_settings(public_url="https://example.org/pay")
    with (
        clone(server_url, empty_template) as url,
        TestClient(create_app(settings, url), base_url="https://example.org") as one,
    ):
        lines = one.get("/robots.txt").text.splitlines()
    assert {"Disallow: /pay/graphql", "Disallow: /pay/records."} <= set(lines)
    assert [line for line in lines[1:-1] if not line.startswith("Disallow: /pay/")] == []


def test_the_icon_has_the_path_that_browsers_try(client: TestClient) -> None:
    found = client.get("/favicon.ico")
    assert (found.status_code, found.headers["content-type"]) == (200, "image/svg+xml")
