"""A real page of another origin: it reads by fetch and by WebSocket, and may not send a mutation."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from support.file_server import file_server

from .conftest import service_of

READ = """async (service) => {
    const response = await fetch(`${service}/graphql`, {
        method: "POST",
        headers: {
            "content-type": "application/json",
            "apollographql-client-name": "jobs",
            "apollo-require-preflight": "true",
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        },
        body: JSON.stringify({ query: "{ cohort { size } }" }),
    });
    const listing = await fetch(`${service}/downloads`);
    return [
        (await response.json()).data,
        response.headers.get("payrank-edition"),
        response.headers.get("x-request-id") !== null,
        (await listing.json()).files.length > 0,
    ];
}"""
CHANGE = """async (service) => {
    const response = await fetch(`${service}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: 'mutation { flagRecord(id: "x", reason: "odd", proof: "") { userErrors { code } } }' }),
    });
    return [response.status, (await response.json()).errors?.[0].extensions.code ?? "sent"];
}"""
SUBSCRIBE = """(service) => new Promise((resolve) => {
    const socket = new WebSocket(`${service.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    const send = (message) => socket.send(JSON.stringify(message));
    const mutation = 'mutation { flagRecord(id: "x", reason: "odd", proof: "") { userErrors { code } } }';
    const queries = { 1: "subscription { editionPublished { number } }", 2: mutation };
    const found = {};
    socket.onopen = () => send({ type: "connection_init" });
    socket.onerror = () => resolve("refused");
    socket.onmessage = ({ data }) => {
        const { type, id, payload } = JSON.parse(data);
        if (type === "connection_ack") send({ type: "subscribe", id: "1", payload: { query: queries[1] } });
        if (id === "1") send({ type: "subscribe", id: "2", payload: { query: queries[2] } });
        if (id) found[id] = type === "error" ? payload[0].extensions.code : payload.data;
        if (found[2]) socket.close(), resolve(found);
    };
})"""
FETCHED = "(service) => fetch(`${service}/graphql?query={__typename}`).then(() => 'read', () => 'refused')"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """A page of another origin: another port."""
    with file_server() as server:
        server.files["/"] = b"<!doctype html><title>jobs</title>"
        yield server.address


@pytest.fixture(scope="module")
def of_one_site(sample_database: str, elsewhere: str) -> Iterator[str]:
    with service_of(sample_database, origins=elsewhere) as service:
        yield service


@pytest.fixture(scope="module")
def of_other_sites(sample_database: str) -> Iterator[str]:
    with service_of(sample_database, origins="https://jobs.example") as service:
        yield service


@pytest.fixture
def page(browser: Browser, elsewhere: str) -> Iterator[Page]:
    """A page of the other origin, whose requests to the service are no complaint."""
    with browser.new_context() as context:
        opened = context.new_page()
        opened.goto(elsewhere)
        yield opened


def test_a_page_of_another_port_reads_but_does_not_change(page: Page, site: str) -> None:
    assert page.evaluate(READ, site) == [{"cohort": {"size": 3_000}}, "1", True, True]
    assert page.evaluate(CHANGE, site) == [403, "FORBIDDEN"]
    assert page.evaluate(SUBSCRIBE, site) == {"1": {"editionPublished": {"number": 1}}, "2": "FORBIDDEN"}


def test_a_page_of_a_named_site_sends_mutations(page: Page, of_one_site: str) -> None:
    assert page.evaluate(CHANGE, of_one_site) == [200, "sent"]


def test_a_page_of_a_site_that_is_not_named_reads_nothing(page: Page, of_other_sites: str) -> None:
    assert page.evaluate(FETCHED, of_other_sites) == "refused"
    assert page.evaluate(SUBSCRIBE, of_other_sites) == "refused"
    page.goto(of_other_sites)
    assert page.evaluate(FETCHED, of_other_sites) == "read"
