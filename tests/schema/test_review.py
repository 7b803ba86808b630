"""Moderation: authentication, the review queue, decisions and flags."""

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from unittest.mock import ANY
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.moderators import BURST, OUTLIER, STATES, bad_token, execute, fetch, flags, good_token, submission
from support.queries import query
from support.records import publish, record_id
from support.submissions import solved
from support.transports import TRANSPORTS, Json, Transport, by_get, by_handshake, by_post, by_socket
from support.uvicorn_server import PROTOCOL

from schema.types.record import global_id
from service.app import create_app
from service.settings import load_settings
from service.vocabulary.factors import Factor

QUEUE, DECIDE, FLAG = query("review_queue"), query("review_submission"), query("flag_record")
ITEMS = query("review_items")
CHECK = f"Check your answers, and correct them if they are wrong. {OUTLIER['message']}"


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, [{"base_salary": 100_000 + n, "role": "data-scientist"} for n in range(6)])
        yield found


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(submissions_per_hour=0, proof_cost=0, proxy_hops=1), url)) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def database_url(url: str) -> AsyncIterator[str]:
    """The database shared by these tests, without submissions."""
    yield url
    for table in ("submission", "review", "flag", "api_token"):
        await execute(url, f"DELETE FROM {table}")


@pytest.mark.parametrize("send", TRANSPORTS)
async def test_the_queue_requires_a_valid_token(client: TestClient, database_url: str, send: Transport) -> None:
    id_ = await submission(database_url, 1)
    for state in STATES:
        answer = send(client, await bad_token(database_url, state), QUEUE, {})
        [error] = answer["errors"]
        assert (error["extensions"]["code"], answer["data"]) == ("UNAUTHENTICATED", {"reviewQueue": None}), state
        assert error["message"].endswith((".", "one.")), state
        assert str(id_) not in json.dumps(answer), state
    answer = send(client, await good_token(database_url), QUEUE, {})
    assert "errors" not in answer
    assert answer["data"]["reviewQueue"]["nodes"] == [{"submission": {"id": str(id_)}}]


@pytest.mark.parametrize("send", [by_post, by_socket, by_handshake])
async def test_decisions_require_a_valid_token(client: TestClient, database_url: str, send: Transport) -> None:
    id_ = await submission(database_url, 1)
    decision = {"id": str(id_), "decision": "ACCEPT", "note": "A known employer pays this."}
    for state in STATES:
        answer = send(client, await bad_token(database_url, state), DECIDE, decision)
        [error] = answer["errors"]
        assert (error["extensions"]["code"], answer["data"]) == ("UNAUTHENTICATED", None), state
    assert await fetch(database_url, "SELECT status FROM submission") == [("held",)]
    answer = send(client, await good_token(database_url), DECIDE, decision)
    assert "errors" not in answer
    decided = {"submission": {"id": str(id_), "status": "WAITING", "reason": CHECK}, "userErrors": []}
    assert answer["data"]["reviewSubmission"] == decided
    assert await fetch(database_url, "SELECT decision, reviewer FROM review") == [("accept", "ann")]


async def test_decisions_over_get_are_rejected(client: TestClient, database_url: str) -> None:
    id_ = await submission(database_url, 1)
    decision = {"id": str(id_), "decision": "REJECT", "note": "No good."}
    tokens = [await good_token(database_url), *[await bad_token(database_url, state) for state in STATES]]
    for token in tokens:
        answer = by_get(client, token, DECIDE, decision)
        assert (answer["status"], answer["errors"][0]["extensions"]["code"]) == (405, "BAD_REQUEST")
    assert await fetch(database_url, "SELECT status FROM submission") == [("held",)]


@pytest.mark.parametrize("header", ["{token}", "Basic {token}", "Bearer", "Bearer x{token}", "Bearer {token} {token}"])
async def test_tokens_must_be_bearer_tokens(client: TestClient, database_url: str, header: str) -> None:
    sent = {"authorization": header.format(token=await good_token(database_url))}
    [error] = client.post("/graphql", json={"query": QUEUE}, headers=sent).json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_revoked_token_is_rejected_on_an_open_websocket(client: TestClient, database_url: str) -> None:
    params = {"authorization": f"Bearer {await good_token(database_url)}"}
    with client.websocket_connect("/graphql", [PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init", "payload": params})
        assert socket.receive_json() == {"type": "connection_ack"}
        seen = []
        for number in "12":
            socket.send_json({"type": "subscribe", "id": number, "payload": {"query": QUEUE}})
            answer = socket.receive_json()["payload"]
            seen.append([error["extensions"]["code"] for error in answer.get("errors", [])])
            assert socket.receive_json() == {"type": "complete", "id": number}
            await execute(database_url, "UPDATE api_token SET revoked_at = now()")
    assert seen == [[], ["UNAUTHENTICATED"]]


async def test_fields_of_a_review_item(client: TestClient, database_url: str) -> None:
    one = {Factor.ROLE: "machine-learning-engineer", Factor.LEVEL: "senior", Factor.EXPERIENCE: "6"}
    place = {Factor.COUNTRY: "de", Factor.METRO: "berlin", Factor.WORK_MODE: "on-site"}
    id_ = await submission(
        database_url,
        1,
        "published",
        [OUTLIER, BURST],
        record_id(1),
        one=one | place,
        many={Factor.SKILL: ("pytorch", "python")},
        employer="ACME Labs",
        base=95_000,
        bonus=5_000,
        equity=20_000,
        currency="GBP",
    )
    await flags(database_url, record_id(1), "Too high")
    rate = "SELECT usd FROM fx_rate WHERE currency = 'GBP' AND year = (SELECT max(year) FROM fx_rate WHERE currency = 'GBP')"
    [[dollars]] = await fetch(database_url, rate)
    found = by_post(client, await good_token(database_url), ITEMS, {})["data"]["reviewQueue"]
    assert found["totalCount"] == 1
    assert '"Too high"' in found["nodes"][0]["findings"][-1]["message"]
    assert found["nodes"] == [
        {
            "submission": {
                "id": str(id_),
                "status": "PUBLISHED",
                "reason": None,
                "submittedAt": "2026-03-01T12:01:00Z",
            },
            "findings": [
                {"code": "OUTLIER", "message": OUTLIER["message"], "score": 4.5},
                {"code": "BURST", "message": BURST["message"], "score": 12.0},
                {"code": "FLAGGED", "message": ANY, "score": None},
            ],
            "flags": 1,
            "role": {"code": "machine-learning-engineer"},
            "level": "SENIOR",
            "experience": 6,
            "country": {"code": "de"},
            "metro": {"code": "berlin"},
            "workMode": "ON_SITE",
            "employerName": "ACME Labs",
            "skills": [{"code": "pytorch"}, {"code": "python"}],
            "bonus": 5_000.0,
            "equity": 20_000.0,
            "effective": "2026-02",
            "pay": {"currency": "GBP", "baseSalary": 95_000.0, "baseLow": None, "baseHigh": None},
            "totalCompensation": float(round((95_000 + 5_000 + 20_000) * dollars)),
        }
    ]


async def test_a_review_item_without_optional_answers(client: TestClient, database_url: str) -> None:
    one = {Factor.ROLE: "data-scientist", Factor.LEVEL: "mid", Factor.EXPERIENCE: "0", Factor.COUNTRY: "fr"}
    await submission(database_url, 1, findings=[], one=one)
    [item] = by_post(client, await good_token(database_url), ITEMS, {})["data"]["reviewQueue"]["nodes"]
    assert (item["findings"], item["skills"], item["submission"]["status"]) == ([], [], "WAITING")
    assert {name: item[name] for name in ("metro", "workMode", "employerName", "bonus", "equity")} == dict.fromkeys(
        ("metro", "workMode", "employerName", "bonus", "equity")
    )


async def test_pages_of_the_queue(client: TestClient, database_url: str) -> None:
    ids = [str(await submission(database_url, number, findings=[OUTLIER, BURST][number % 2 :])) for number in range(5)]
    token = await good_token(database_url)
    seen, after, pages = [], None, []
    for _ in range(3):
        page = by_post(client, token, QUEUE, {"first": 2, "after": after})["data"]["reviewQueue"]
        seen += [node["submission"]["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        pages.append((page["totalCount"], page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]))
    assert seen == ids
    assert pages == [(5, False, True), (5, True, True), (5, True, False)]
    outliers = by_post(client, token, QUEUE, {"finding": "OUTLIER"})["data"]["reviewQueue"]
    assert ([node["submission"]["id"] for node in outliers["nodes"]], outliers["totalCount"]) == (ids[::2], 3)


@pytest.mark.parametrize(
    "variables",
    [
        {"first": -1},
        {"first": 101},
        {"after": "x"},
        {"after": "é"},
        {"after": "cmV2aWV3OjIwMjYtMDEtMDE="},  # no id
        {"after": urlsafe_b64encode(f"review:0001-01-01T00:00:00+23:59 {UUID(int=1)}".encode()).decode()},  # before year 1
        {"after": "dmFsdWU6MQ=="},  # of another list
    ],
)
async def test_invalid_page_arguments_are_rejected(client: TestClient, database_url: str, variables: Json) -> None:
    token = await good_token(database_url)
    [error] = by_post(client, token, QUEUE, variables)["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    [unknown] = by_post(client, None, QUEUE, variables)["errors"]
    assert unknown["extensions"]["code"] == "UNAUTHENTICATED"  # authentication comes first


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"id": "x\u0000"}, "NOT_FOUND", ["id"]),
        ({"id": str(uuid4())}, "NOT_FOUND", ["id"]),
        ({"note": "a\u0000bc"}, "INVALID", ["note"]),
        ({"note": "x" * 1_001}, "INVALID", ["note"]),
        ({"note": "  no "}, "INVALID", ["note"]),
    ],
)
async def test_invalid_decisions_are_rejected(
    client: TestClient, database_url: str, changed: Json, code: str, field: list[str]
) -> None:
    id_ = await submission(database_url, 1)
    decision = {"id": str(id_), "decision": "REJECT", "note": "No good.", **changed}
    found = by_post(client, await good_token(database_url), DECIDE, decision)["data"]["reviewSubmission"]
    assert found["submission"] is None
    assert [(error["code"], error["field"]) for error in found["userErrors"]] == [(code, field)]
    assert await fetch(database_url, "SELECT status FROM submission") == [("held",)]


async def test_the_second_decision_is_rejected(client: TestClient, database_url: str) -> None:
    """And the submission looks as it did before the first one, since its sender sees no decision."""
    id_ = await submission(database_url, 1)
    token, other = await good_token(database_url), await good_token(database_url, "bea")
    by_post(client, token, DECIDE, {"id": str(id_), "decision": "REJECT", "note": "A monthly amount."})
    found = by_post(client, other, DECIDE, {"id": str(id_), "decision": "ACCEPT", "note": "Looks fine."})
    assert found["data"]["reviewSubmission"] == {
        "submission": {"id": str(id_), "status": "WAITING", "reason": CHECK},
        "userErrors": [
            {
                "code": "NOT_ALLOWED",
                "message": ANY,
                "field": ["id"],
            }
        ],
    }


async def test_a_decision_is_undone_until_publication(client: TestClient, database_url: str) -> None:
    id_ = await submission(database_url, 1)
    token = await good_token(database_url)

    def decided(decision: str, note: str) -> Json:
        variables = {"id": str(id_), "decision": decision, "note": note}
        found: Json = by_post(client, token, DECIDE, variables)["data"]["reviewSubmission"]
        return found

    assert decided("ACCEPT", "Looks fine.")["userErrors"] == []
    undone = decided("UNDO", "A monthly amount, after all.")
    assert (undone["submission"]["status"], undone["userErrors"]) == ("WAITING", [])
    assert decided("ACCEPT", "It is yearly.")["userErrors"] == []
    await execute(
        database_url, "UPDATE submission SET status = 'published', base_record = $1, published_in = 1", record_id(1)
    )
    refused = decided("UNDO", "Too late.")
    assert (refused["submission"]["status"], [one["code"] for one in refused["userErrors"]]) == (
        "PUBLISHED",
        ["NOT_ALLOWED"],
    )
    assert "has been published since" in refused["userErrors"][0]["message"]
    assert await fetch(database_url, "SELECT decision FROM review ORDER BY decided_at") == [
        ("accept",),
        ("undo",),
        ("accept",),
    ]


async def test_anyone_can_flag_a_published_record(client: TestClient, database_url: str) -> None:
    await submission(database_url, 1, status="published", record=record_id(1), findings=[])
    flagged = by_post(client, None, FLAG, {"id": global_id(record_id(1)), "reason": "Twice what Berlin pays."})
    assert flagged["data"]["flagRecord"] == {"flagged": True, "userErrors": []}
    [item] = by_post(client, await good_token(database_url), ITEMS, {})["data"]["reviewQueue"]["nodes"]
    assert item["findings"][0]["code"] == "FLAGGED"
    assert '"Twice what Berlin pays."' in item["findings"][0]["message"]


async def test_a_flag_counts_once_for_each_network(client: TestClient, database_url: str) -> None:
    def flag(address: str, record: int, reason: str) -> bool:
        body = {"query": FLAG, "variables": {"id": global_id(record_id(record)), "reason": reason}}
        answer = client.post("/graphql", json=body, headers={"x-forwarded-for": address}).json()
        assert answer["data"]["flagRecord"]["userErrors"] == []
        return bool(answer["data"]["flagRecord"]["flagged"])

    sent = [("203.0.113.1", 1), ("203.0.113.1", 1), ("203.0.113.99", 1), ("198.51.100.1", 1), ("203.0.113.1", 2)]
    assert all(flag(address, record, f"Odd {number}") for number, (address, record) in enumerate(sent))
    stored = await fetch(database_url, "SELECT reason, record, flag::text FROM flag ORDER BY reason")
    assert [row[:2] for row in stored] == [("Odd 0", record_id(1)), ("Odd 3", record_id(1)), ("Odd 4", record_id(2))]
    assert not any(prefix in row[2] for row in stored for prefix in ("203.0.113", "198.51.100"))


def test_a_flag_needs_a_new_proof_of_work(server_url: str, empty_template: str) -> None:
    with clone(server_url, empty_template) as url:
        publish(url, [{"base_salary": 100_000}, {"base_salary": 100_001}])
        with TestClient(create_app(load_settings(proof_cost=1), url)) as client:

            def flag(record: int, proof: str) -> list[tuple[str, list[str]]]:
                variables = {"id": global_id(record_id(record)), "reason": "Odd", "proof": proof}
                found = by_post(client, None, FLAG, variables)["data"]["flagRecord"]
                assert found["flagged"] is not bool(found["userErrors"])
                return [(error["code"], error["field"]) for error in found["userErrors"]]

            proof = solved(client.get("/challenge").json())
            refused = [("PROOF_REQUIRED", ["proof"])]
            assert flag(0, "") == refused
            assert flag(9, proof) == [("NOT_FOUND", ["id"])]  # which does not use it up
            assert (flag(0, proof), flag(1, proof)) == ([], refused)


@pytest.mark.parametrize(
    ("id_", "reason", "code", "field"),
    [
        (global_id(record_id(99)), "Odd", "NOT_FOUND", ["id"]),
        (global_id(UUID(int=0)), "Odd", "NOT_FOUND", ["id"]),
        (str(record_id(1)), "Odd", "NOT_FOUND", ["id"]),
        ("\u0000", "Odd", "NOT_FOUND", ["id"]),
        (global_id(record_id(1)), "no", "INVALID", ["reason"]),
        (global_id(record_id(1)), "x" * 501, "INVALID", ["reason"]),
        (global_id(record_id(1)), "a\u0000bc", "INVALID", ["reason"]),
    ],
)
async def test_invalid_flags_are_rejected(
    client: TestClient, database_url: str, id_: str, reason: str, code: str, field: list[str]
) -> None:
    found = by_post(client, None, FLAG, {"id": id_, "reason": reason})["data"]["flagRecord"]
    assert (found["flagged"], [(error["code"], error["field"]) for error in found["userErrors"]]) == (False, [(code, field)])
    assert await fetch(database_url, "SELECT * FROM flag") == []


def test_flags_of_a_network_are_rate_limited(server_url: str, empty_template: str) -> None:
    with clone(server_url, empty_template) as url:
        publish(url, [{"base_salary": 100_000}])
        with TestClient(create_app(load_settings(submissions_per_hour=2, proof_cost=0), url)) as client:
            flags_ = [
                by_post(client, None, FLAG, {"id": global_id(record_id(0)), "reason": "Odd"})["data"]["flagRecord"]
                for _ in range(3)
            ]
    assert [one["flagged"] for one in flags_] == [True, True, False]
    assert [error["code"] for error in flags_[2]["userErrors"]] == ["RATE_LIMITED"]
