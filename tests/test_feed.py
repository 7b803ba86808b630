"""The feed of editions is Atom as RFC 4287 requires, and the schema is served as it is."""

import re
from datetime import datetime
from uuid import UUID
from xml.etree import ElementTree as Xml

import pytest
from graphql import build_schema
from starlette.testclient import TestClient
from support.databases import clone
from support.download_rows import RECORDS
from support.payrank_process import eventually
from support.records import publish

from schema.schema import sdl
from service.app import create_app
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.web import feed
from service.web.page import page_folder

ATOM = "{http://www.w3.org/2005/Atom}"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ONCE = {"feed": {"id", "title", "updated", "subtitle"}, "entry": {"id", "title", "updated", "published", "summary"}}
REPEATED = {"feed": {"author", "link", "entry"}, "entry": {"link"}}
PLAIN = {"accept-encoding": "identity"}


@pytest.fixture(scope="module")
def url(server_url, empty_template):
    """Four editions, of 7, 9, 9 and 3 records."""
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        publish(found, [{"base_salary": 1}, {"base_salary": 2}], first=50)
        with bulk_connection(found) as rows:
            publish(found, [{"base_salary": 1}], first=60)
            rows.execute("UPDATE salary_record SET removed_in = 4 WHERE added_in < 2")
            rows.execute("UPDATE edition SET records = 9 WHERE number = 3")
            rows.commit()
        publish(found, [])
        yield found


def client_of(url: str, **settings: object) -> TestClient:
    host = "pay.example" if "public_url" in settings else "localhost"
    return TestClient(create_app(load_settings(**settings), url), base_url=f"http://{host}")


def children(parent: Xml.Element) -> list[str]:
    assert all(child.tag.startswith(ATOM) for child in parent)
    return [child.tag.removeprefix(ATOM) for child in parent]


def text(parent: Xml.Element, name: str) -> str:
    return parent.findtext(f"{ATOM}{name}") or ""


def links(parent: Xml.Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in parent.findall(f"{ATOM}link"):
        found.setdefault(link.attrib["rel"], []).append(link.attrib["href"])
    return found


def entries(content: bytes) -> list[Xml.Element]:
    return Xml.fromstring(content).findall(f"{ATOM}entry")


def test_feed_has_what_rfc_4287_requires(url: str) -> None:
    with client_of(url) as client:
        found = client.get("/editions.atom")
    assert found.headers["content-type"] == "application/atom+xml"
    root = Xml.fromstring(found.content)
    assert root.tag == f"{ATOM}feed"
    for parent in (root, *entries(found.content)):
        kind, names = parent.tag.removeprefix(ATOM), children(parent)
        assert {name for name in names if names.count(name) == 1} >= ONCE[kind]
        assert set(names) - REPEATED[kind] == ONCE[kind]
        assert UUID(text(parent, "id").removeprefix("urn:uuid:")).urn == text(parent, "id")
        assert INSTANT.fullmatch(text(parent, "updated"))
        assert text(parent, "title")
        relations = links(parent)
        assert set(relations) == {"feed": {"self", "alternate"}, "entry": {"alternate"}}[kind] | (
            {"enclosure"} if "enclosure" in relations else set()
        )
        assert len(relations["alternate"]) == 1
    assert text(root.find(f"{ATOM}author"), "name") == "PayRank"
    assert links(root) == {"self": ["editions.atom"], "alternate": ["./"]}
    ids = [text(parent, "id") for parent in (root, *entries(found.content))]
    assert len(set(ids)) == len(ids) == 5


def test_entries_are_the_editions_newest_first(url: str) -> None:
    with client_of(url) as client:
        found = client.get("/editions.atom").content
        listed = client.get("/downloads").json()
    assert [(text(entry, "title"), text(entry, "summary")) for entry in entries(found)] == [
        ("Edition 4", "3 records, 6 fewer than edition 3."),
        ("Edition 3", "9 records, as many as edition 2."),
        ("Edition 2", "9 records, 2 more than edition 1."),
        ("Edition 1", "7 records."),
    ]
    times = [datetime.fromisoformat(text(entry, "updated")) for entry in entries(found)]
    assert times == sorted(times, reverse=True)
    assert times[0] == datetime.fromisoformat(listed["publishedAt"])
    assert text(Xml.fromstring(found), "updated") == text(entries(found)[0], "updated")
    current, *earlier = map(links, entries(found))
    assert current["enclosure"] == [file["url"] for file in listed["files"]]
    assert {"enclosure"} & set().union(*earlier) == set()
    assert listed["feed"] == "editions.atom"


def test_links_have_the_public_address(url: str) -> None:
    with client_of(url, public_url="http://pay.example/x") as client:
        root = Xml.fromstring(client.get("/x/editions.atom").content)
    assert links(root) == {"self": ["http://pay.example/x/editions.atom"], "alternate": ["http://pay.example/x/"]}
    assert links(root.findall(f"{ATOM}entry")[0]) == {
        "alternate": ["http://pay.example/x/downloads"],
        "enclosure": [f"http://pay.example/x/downloads/payrank-edition-4.{name}" for name in ("csv", "parquet")],
    }


def test_ids_stay_when_there_are_more_editions(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MAX_ENTRIES", 2)
    publish(database_url, RECORDS)
    ids = []
    with client_of(database_url, refresh_seconds=0.1) as client:
        for number in range(1, 5):
            eventually(lambda: client.get("/downloads").json()["edition"] == number)  # noqa: B023
            root = Xml.fromstring(client.get("/editions.atom").content)
            ids.append([text(root, "id"), *(text(entry, "id") for entry in root.findall(f"{ATOM}entry"))])
            publish(database_url, RECORDS, first=10 * number)
    assert [len(found) for found in ids] == [2, 3, 4, 3]
    assert {found[0] for found in ids} == {ids[0][0]}
    assert (ids[1][2:], ids[2][2:], ids[3][2:]) == (ids[0][1:], ids[1][1:], ids[2][1:2])


def test_service_without_editions_has_an_empty_feed(database_url: str) -> None:
    with client_of(database_url) as client:
        root = Xml.fromstring(client.get("/editions.atom").content)
    assert (children(root).count("entry"), text(root, "updated")) == (0, "1970-01-01T00:00:00.000000Z")


@pytest.mark.parametrize("path", ["/editions.atom", "/schema.graphql", "/downloads"])
def test_documents_answer_head_and_revalidation(url: str, path: str) -> None:
    with client_of(url) as client:
        found, head = (client.request(method, path, headers=PLAIN) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", found.headers["etag"])
        assert head.headers["content-length"] == str(len(found.content))
        assert found.headers["cache-control"] == "no-cache"
        again = client.get(path, headers={**PLAIN, "if-none-match": found.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        compressed = client.get(path, headers={"accept-encoding": "gzip"})
        assert compressed.content == found.content
        refused = client.post(path)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        assert refused.json()["errors"][0]["message"] == "The method POST is not allowed at this path. Send GET or HEAD."


def test_documents_take_points(url: str) -> None:
    query = {"query": "{ cohort { outlook { reason } premiums(factor: LEVEL) { records } } }"}
    with client_of(url, queries_per_minute=1) as client:  # 100 points a minute
        answers = [client.get("/schema.graphql") for _ in range(200)]
        assert {answer.status_code for answer in answers} == {200, 429}
        assert client.post("/graphql", json=query).status_code == 429


def test_schema_is_that_of_the_api(url: str) -> None:
    with client_of(url) as client:
        found = client.get("/schema.graphql")
    assert (found.text, found.headers["content-type"]) == (sdl(), "text/plain; charset=utf-8")
    assert build_schema(found.text).query_type


@pytest.mark.skipif(page_folder() is None, reason="the page has not been built")
def test_page_and_llms_txt_link_to_the_feed(url: str) -> None:
    with client_of(url) as client:
        for path in ("/", "/offer", "/about"):
            html = client.get(path, headers={"accept": "text/html"}).text
            [link] = re.findall(r'<link rel="alternate"[^>]*>', html)
            assert 'href="./editions.atom"' in link
            assert 'type="application/atom+xml"' in link
        linked = re.findall(r"\]\(\./([\w.]+)\)", client.get("/llms.txt").text)
        assert {"editions.atom", "schema.graphql", "records.csv", "downloads"} <= set(linked)
        for path in linked:
            assert client.get(f"/{path}").status_code in {200, 400, 403, 405}
