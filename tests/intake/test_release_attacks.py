"""Attacks on releases in a database: reading what waits from what one's own submissions show, and comparing editions."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations, pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.publishing import PERIOD, K, editions_of, execute, release
from support.queries import query
from support.seeded_randomness import seed_randomness
from support.stored_submissions import amend_all, answers, contribute, records, submissions, withdraw
from support.submissions import submission_input

from service.app import create_app
from service.intake.receipt import submission_id
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.vocabulary.units import month_of, month_text

SUBMIT, AMEND, WITHDRAW, STATUS = map(query, ("submit_salary", "amend_salary", "withdraw_salary", "submission"))
FIGURES = """{
  cohort { size stats { count mean p10 p50 p90 } by(factor: COUNTRY, first: 50) { value { code } cohort { size } } }
  factorValues(factor: EMPLOYER, first: 500) { totalCount nodes { code label records } } }"""
RECORDS = """query ($after: String) { salaryRecords(first: 100, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } edges { cursor node {
    id role { code } level country { code } effective pay { currency baseSalary totalCompensation } } } } }"""
THIS_MONTH = month_text(month_of(datetime.now(UTC).year, datetime.now(UTC).month))
VICTIM = {"role": "data-engineer", "level": "STAFF", "country": "nz", "currency": "NZD", "baseSalary": 171_000}
PHASES = 4


@dataclass
class Attacker:
    """Sends from many networks and notes all that it is answered, without times; the same for the same seed."""

    client: TestClient
    rng: Random
    seen: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)

    def act(self, phase: int) -> None:
        """Some submissions, at most k - 2 of the victim's class, amendments and a withdrawal; then everything is read."""
        for number in range(3):
            pay = (
                VICTIM
                if number < 2 and phase < PHASES - 1
                else {"role": "data-scientist", "level": "SENIOR", "country": "us"}
            )
            amount = self.rng.choice([VICTIM["baseSalary"], self.rng.randrange(100_000, 250_000)])
            address = f"198.51.{self.rng.randrange(100)}.1"
            given = {**pay, "baseSalary": amount, "employer": f"Employer {self.rng.randrange(3)}"}
            sent = self.send(SUBMIT, address, input=given_input(f"attacker, phase {phase}, {number:>10}", **given))
            self.receipts += re.findall(r'"receipt":"([^"]+)"', sent)
        for receipt in self.rng.sample(self.receipts, 2):
            changes = self.rng.choice([{"baseSalary": VICTIM["baseSalary"]}, {"level": "MID"}, {"experience": 7}])
            self.send(AMEND, "198.51.200.1", receipt=receipt, proof="", changes=changes)
        if phase:
            self.send(WITHDRAW, "198.51.200.1", receipt=self.rng.choice(self.receipts))
        self.read()

    def read(self) -> None:
        for receipt in self.receipts:
            self.send(STATUS, "198.51.200.1", receipt=receipt)
        self.send(FIGURES, "198.51.200.1")
        after: str | None = None
        while after != "":
            page = json.loads(self.send(RECORDS, "198.51.200.1", after=after))["data"]["salaryRecords"]["pageInfo"]
            after = page["endCursor"] if page["hasNextPage"] else ""

    def send(self, document: str, address: str, **variables: Any) -> str:
        body = {"query": document, "variables": variables}
        answer = self.client.post("/graphql", json=body, headers={"x-forwarded-for": address}).text
        assert '"errors"' not in answer
        self.seen.append(re.sub(r'"submittedAt":"[^"]+"', '"submittedAt":""', answer))
        return answer


def given_input(key: str, **given: Any) -> dict[str, Any]:
    return submission_input(idempotencyKey=key, effective=THIS_MONTH, **given)


def client_of(url: str) -> TestClient:
    settings = {"proof_cost": 0, "submissions_per_hour": 0, "queries_per_minute": 0, "max_cost": 100_000}
    return TestClient(create_app(load_settings(proxy_hops=1, secret="s" * 32, **settings), url))


def transcript(url: str, seed: int, victim: Callable[[TestClient, int], None]) -> list[str]:
    """All that an attacker sees in a world over several releases, in each of which others are published too."""
    rng, seen, receipts = Random(seed), list[str](), list[str]()
    for phase in range(PHASES):
        pay = {"bonus": 10_000, "equity": 0}
        others = contribute(url, [answers(base=rng.randrange(100_000, 200_000), **pay) for _ in range(15)])
        with client_of(url) as client:
            victim(client, phase)
            attacker = Attacker(client, rng, seen, receipts)
            attacker.act(phase)
        release(url, phase)
        execute(url, f"UPDATE submission SET submitted_at = submitted_at - interval '{PERIOD.days} days'")
        withdraw(url, *others[: rng.randrange(12)])
        with client_of(url) as client:
            Attacker(client, rng, seen, receipts).read()
    return seen


def nobody(_client: TestClient, _phase: int) -> None:
    pass


def last_key() -> str:
    """A key of the submission that comes last in the order of ids, so that it changes no random number of another."""
    return max((f"the key of the victim {number}" for number in range(20_000)), key=submission_id)


def somebody(client: TestClient, phase: int) -> None:
    """Waits all the time, alone on a network; corrects the pay, and then withdraws."""
    sender = Attacker(client, Random(1))
    sent = sender.send(SUBMIT, "203.0.113.1", input=given_input(last_key(), employer="Solitary Works", **VICTIM))
    [receipt] = re.findall(r'"receipt":(?:"([^"]+)"|null)', sent)
    if phase in (1, 2):
        sender.send(AMEND, "203.0.113.1", receipt=receipt, proof="", changes={"baseSalary": 172_000 + phase})
    if phase == PHASES - 1:
        sender.send(WITHDRAW, "203.0.113.1", receipt=receipt)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_an_attacker_sees_nothing_of_somebody_who_waits(
    server_url: str, empty_template: str, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Byte for byte: statuses, errors, screening, figures, records with their ids and order, and employers' names."""
    seen = []
    for victim in (nobody, somebody):
        with clone(server_url, empty_template) as url:
            seed_randomness(monkeypatch, seed)
            seen.append(transcript(url, seed, victim))
            assert stored_in_class(url) == {nobody: 0, somebody: 1}[victim]
    assert seen[0] == seen[1]
    text = "".join(seen[0])
    assert {'"RECEIVED"', '"WAITING"', '"WITHDRAWN"'} <= set(re.findall(r'"[A-Z]+"', text))
    sizes = [int(found) for found in re.findall(r'"salaryRecords":\{"totalCount":(\d+)', text)]
    assert len(set(sizes)) > PHASES - 2, "editions differ, so there was something to see"


def stored_in_class(url: str) -> int:
    """Of the two worlds only one has the victim's submission."""
    with bulk_connection(url) as rows:
        return int(
            rows.scalar("SELECT count(*) FROM submission WHERE id = $1::text::uuid", [str(submission_id(last_key()))])
        )


@pytest.mark.slow
def test_the_attacker_sees_somebody_who_is_published(
    server_url: str, empty_template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison finds a difference if there is one."""

    def victims(client: TestClient, phase: int) -> None:
        for number in range(K * (phase == 1)):
            given = given_input(f"the key of victim {number:>5}", **VICTIM)
            Attacker(client, Random(1)).send(SUBMIT, f"203.0.{number}.1", input=given)

    seen = []
    for victim in (nobody, victims):
        with clone(server_url, empty_template) as url:
            seed_randomness(monkeypatch, 1)
            seen.append(transcript(url, 1, victim))
    assert seen[0] != seen[1]


Record = Mapping[str, Any]
CLASSES = [
    answers(bonus=20_000, equity=10_000),
    answers("metro", "subdivision", level="staff", country="de", currency="EUR", bonus=0, equity=0),
    answers("metro", "subdivision", level="mid", country="gb", currency="GBP"),
]


@dataclass
class History:
    """Editions after each release, and the records of each person in them, oldest first."""

    editions: list[dict[UUID, Record]] = field(default_factory=list)
    of_person: defaultdict[tuple[UUID, str], list[UUID]] = field(default_factory=lambda: defaultdict(list))

    def add(self, url: str) -> None:
        self.editions.append(dict(records(url)))
        for id_, row in submissions(url).items():
            for column in ("base_record", "total_record"):
                if row[column] and row[column] not in self.of_person[id_, column]:
                    self.of_person[id_, column].append(row[column])

    def pairs(self) -> Iterator[tuple[dict[UUID, Record], dict[UUID, Record]]]:
        """Of each two editions, the records that leave and those that come."""
        for before, after in combinations(self.editions, 2):
            gone = {id_: one for id_, one in before.items() if id_ not in after}
            yield gone, {id_: one for id_, one in after.items() if id_ not in before}


def class_of(record: Record) -> tuple[Any, ...]:
    """All fields but the amounts: the class, the measure, the currency, and the quarter of the release."""
    measure = "base" if "base_salary" in record else "total"
    return measure, *(record.get(name) for name in ("role", "level", "country", "currency", "effective"))


def some_history(url: str, seed: int) -> History:
    """Six releases with many newcomers, withdrawals and amendments, of the pay or of the level."""
    rng, people, history = Random(seed), list[UUID](), History()
    for number in range(6):
        new = [rng.choice(CLASSES) for _ in range(rng.randrange(20, 50))]
        people += contribute(url, [with_pay(one, rng) for one in new])
        release(url, number)
        history.add(url)
        leaving = rng.sample(people, rng.randrange(len(people) // 2))
        people = [one for one in people if one not in leaving]
        withdraw(url, *leaving)
        amend_all(url, {one: with_pay(rng.choice(CLASSES), rng) for one in rng.sample(people, len(people) // 2)})
    return history


def with_pay(one: Any, rng: Random) -> Any:
    return type(one)(
        **{name: getattr(one, name) for name in one.__dataclass_fields__} | {"base": rng.randrange(90_000, 150_000)}
    )


@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.slow)])
def history(request: pytest.FixtureRequest, server_url: str, empty_template: str) -> Iterator[tuple[str, History]]:
    with clone(server_url, empty_template) as url:
        found = some_history(url, request.param)
        assert editions_of(url) == 6
        yield url, found


def test_any_two_editions_differ_by_none_or_k_in_each_class(history: tuple[str, History]) -> None:
    pairs = list(history[1].pairs())
    for gone, come in pairs:
        for changed in (gone, come):
            assert not {name: n for name, n in Counter(map(class_of, changed.values())).items() if n < K}
    assert sum(bool(gone) for gone, _ in pairs) > 5, "records left"


def test_records_that_stay_never_change(history: tuple[str, History]) -> None:
    for before, after in combinations(history[1].editions, 2):
        assert all(after[id_] == one for id_, one in before.items() if id_ in after)


def test_old_and_new_records_of_a_person_match_no_better_than_chance(history: tuple[str, History]) -> None:
    """By all fields but the amount: who was amended has k or more candidates, or none with the same fields."""
    edition_of = {id_: one for edition in history[1].editions for id_, one in edition.items()}
    guesses = []
    for chain in history[1].of_person.values():
        for old, new in pairwise(chain):
            for gone, come in history[1].pairs():
                if old in gone and new in come:
                    guesses.append(chance(edition_of[old], come, new))
                    guesses.append(chance(edition_of[new], gone, old))
    assert len(guesses) > 20
    assert max(guesses) <= 1 / K


def chance(known: Record, candidates: Mapping[UUID, Record], right: UUID) -> float:
    """Of picking the right record among those with the same class, in whatever quarter."""
    alike = [id_ for id_, one in candidates.items() if class_of(one)[:-1] == class_of(known)[:-1]]
    return (right in alike) / len(alike) if alike else 0.0


def test_no_order_links_records_to_submissions_or_to_each_other(history: tuple[str, History]) -> None:
    """Neither that of ids, nor of rows, nor of the amounts in a step: one in a batch keeps its place by chance."""
    url, found = history
    person = {record: id_ for (id_, _), chain in found.of_person.items() for record in chain}
    batches = orders(url)
    measured = Counter[str]()
    for rows in batches:
        members = [person[row["record"]] for row in rows if row["record"] in person]
        wanted = sorted(members)
        for name in ("place", "id", "amount"):
            ordered = [person[row["record"]] for row in sorted(rows, key=lambda row: row[name]) if row["record"] in person]
            measured[name] += sum(one == other for one, other in zip(wanted, ordered, strict=True))
    assert len(batches) > 8
    assert all(fixed <= len(batches) + 8 * len(batches) ** 0.5 for fixed in measured.values()), measured


def orders(url: str) -> Sequence[list[dict[str, Any]]]:
    """The records of each batch with the place of their row, their id, and the place of their amount in its step."""
    with bulk_connection(url) as rows:
        found = rows.query(
            "SELECT batch::text, record::text AS id, row_number() OVER (ORDER BY salary_record.ctid) AS place, step, "
            "coalesce(base_reported, total_compensation_reported) AS amount "
            "FROM batch_record JOIN salary_record ON id = record"
        ).to_pylist()
    by_batch = defaultdict(list)
    for row in found:
        by_batch[row["batch"]].append(row | {"record": UUID(row["id"]), "amount": row["amount"] - row["step"]})
    return list(by_batch.values())
