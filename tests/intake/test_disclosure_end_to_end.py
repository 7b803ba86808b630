"""From submissions to everything that the API returns: a class, stepped amounts and a quarter are all there is of them.

In two worlds the same people submit at the same times. Their classes and the steps of their amounts are the same, and all
other answers differ: the amounts within a step, the currency, the month, employers, skills, scores. With the same random
numbers, everything in the schema must be the same, byte for byte. Besides, it is searched for canaries: values that one
person alone has.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.publishing import K, execute, release
from support.seeded_randomness import seed_randomness
from support.stored_submissions import amend_all, answers, contribute, records, reject, submissions, withdraw

from schema.types.record import global_id
from service.app import create_app
from service.settings import load_settings
from service.stats.pay_steps import step_end
from service.store.bulk import bulk_connection
from service.store.reference import Reference, load_reference
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.units import month_text

ROLES = ["machine-learning-engineer", "data-scientist"]
LEVELS = ["mid", "senior"]
COUNTRIES = {"us": "USD", "de": "EUR"}
BASE_STEPS = [91_000, 100_000, 110_000, 120_000, 130_000, 150_000]
TOTAL_STEPS = [200_000, 220_000, 240_000]
FACTORS = [factor.name for factor in Factor]
MONEY = [measure.name for measure in Measure]

RECORDS = """query ($after: String) { salaryRecords(first: 100, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } edges { cursor node {
    id role { code label } specializations { code } level experience experienceBand { code } employmentType workMode
    country { code } subdivision { code } metro { code } industry { code } employer { code label } employerSize employerType
    education fieldOfStudy { code } certifications { code } skills { code } benefits { code }
    pay { currency baseSalary bonus equity totalCash totalCompensation
          reported { currency baseSalary baseLow baseHigh } }
    effective source { code } } } } }"""
VALUES = """query ($factor: Factor!, $after: String) { factorValues(factor: $factor, first: 500, after: $after) {
  pageInfo { hasNextPage endCursor } nodes { code label records } } }"""
GROUPS = """query ($factor: Factor!, $under: Code) { cohort { size employers label
  by(factor: $factor, under: $under, first: 500) { value { code label children { code } } share cohort { size employers
    stats { count mean p10 p25 p50 p75 p90 } distribution(bins: 7) { bins { low high count } } } } } }"""
FIGURES = """query ($measure: Measure!) { cohort {
  stats(measure: $measure) { count mean standardDeviation p10 p25 p50 p75 p90 }
  distribution(measure: $measure, bins: 20) { bins { low high count } }
  trend(measure: $measure) { period start stats { count p25 p50 p75 } } } }"""
SEARCH = """query ($text: String!) { factorValues(factor: EMPLOYER, search: $text) { totalCount } }"""


@dataclass(frozen=True)
class Person:
    """All that may be published of somebody: the class and the steps of the amounts, in the currency of the country."""

    role: str
    level: str
    country: str
    base: int
    total: int | None


@dataclass
class Canaries:
    """What must not be published: texts anywhere, codes of values on any record, and amounts."""

    words: set[str] = field(default_factory=set)
    codes: set[tuple[str, str]] = field(default_factory=set)
    amounts: set[int] = field(default_factory=set)


class World:
    """Everybody's other answers in one of the worlds."""

    def __init__(self, number: int, reference: Reference) -> None:
        self.rng, self.number, self.canaries, self.made = random.Random(number), number, Canaries(), 0
        self._reference = reference

    def answers_of(self, person: Person) -> SubmissionAnswers:
        self.made += 1
        fields = {name: self._canary(Factor(name), many=False) for name in ONE} | {"country": person.country}
        fields |= {name: [self._canary(Factor(name), many=True)] for name in MANY}
        fields |= {"role": person.role, "level": person.level, "employer": self._employer()}
        fields["experience"] = str(self.rng.randrange(2, 30))
        month = 2025 * 12 + self.rng.randrange(1, 12)
        self.canaries.words.add(month_text(month))
        fields["scores"] = {Measure.JOB_SATISFACTION: self.rng.randrange(1, 6)}
        return answers("metro", "subdivision", effective=month_text(month), **fields | self._pay(person))

    def _pay(self, person: Person) -> Mapping[str, Any]:
        """Amounts in the steps, in the other currency for half of the people in the second world."""
        local = COUNTRIES[person.country]
        other = {"USD": "EUR", "EUR": "USD"}[local]
        currency = other if self.number and self.rng.random() < 0.5 else local
        rate = self._rate(local) / self._rate(currency)
        base = round(self._within(person.base) * rate)
        amounts = {"base": base, "initial_offer": self.rng.randrange(90_000, 250_000)}
        if person.total:
            more = round(self._within(person.total) * rate) - base
            bonus = self.rng.randrange(more)
            amounts |= {"bonus": bonus, "equity": more - bonus}
        self.canaries.amounts |= set(amounts.values())
        return {"currency": currency, **amounts}

    def _within(self, step: int) -> float:
        """An amount in a step, apart from its ends, which rounding could leave."""
        return step + (0.05 + 0.9 * self.rng.random()) * (int(step_end([step])[0]) - step)

    def _rate(self, currency: str) -> float:
        return self._reference.rates.usd(currency, 2026)

    def _employer(self) -> str:
        """One in three is shared."""
        name = f"Solitary{self.number}{self.made:03d} Works" if self.made % 3 else "Commonplace Robotics"
        self.canaries.words.add(name.split(maxsplit=1)[0].casefold())
        return name

    def _canary(self, factor: Factor, *, many: bool) -> str:
        """One of the values that only people in this world have."""
        values = [value.code for value in self._reference.taxonomy.values(factor)][self.number :: 2]
        code = values[self.made % len(values)] if many else self.rng.choice(values)
        self.canaries.codes.add((factor.value, code))
        return code


ONE = ("industry", "employment_type", "work_mode", "education", "field_of_study", "employer_size", "employer_type")
MANY = ("skill", "certification", "benefit", "specialization")


@dataclass(frozen=True)
class Published:
    """Everything that the API returned: the text, the records, and how many have each value by factor and code."""

    text: str
    records: list[Mapping[str, Any]]
    counts: Mapping[tuple[str, str], int]
    grouped: set[tuple[str, str]]

    @property
    def amounts(self) -> set[float]:
        return {float(number) for number in re.findall(r"(?<![\w.-])\d{4,}(?:\.\d+)?(?![\w-])", self.text)}


def everything(url: str, canaries: Canaries) -> Published:
    """Everything that the API reveals, queried in few large requests."""
    with TestClient(create_app(load_settings(queries_per_minute=0, max_cost=100_000), url)) as client:

        def execute(query: str, **variables: Any) -> dict[str, Any]:
            answer = client.post("/graphql", json={"query": query, "variables": variables}).json()
            assert "errors" not in answer, answer["errors"]
            return answer["data"]  # type: ignore[no-any-return]

        def pages(query: str, name: str, **variables: Any) -> Iterator[Any]:
            after = None
            while True:
                page = execute(query, after=after, **variables)[name]
                yield page
                if not page["pageInfo"]["hasNextPage"]:
                    return
                after = page["pageInfo"]["endCursor"]

        def groups_of(factor: str, under: str | None = None) -> Iterator[Any]:
            """The groups of the top values, and of the values below each."""
            found = execute(GROUPS, factor=factor, under=under)["cohort"]["by"]
            yield from found
            for group in found:
                if group["value"] and group["value"]["children"]:
                    yield from groups_of(factor, group["value"]["code"])

        records = list(pages(RECORDS, "salaryRecords"))
        values = {factor: list(pages(VALUES, "factorValues", factor=factor)) for factor in FACTORS}
        groups = {factor: list(groups_of(factor)) for factor in FACTORS}
        figures = [execute(FIGURES, measure=measure) for measure in MONEY]
        found = [execute(SEARCH, text=word)["factorValues"]["totalCount"] for word in sorted(canaries.words)]
    assert set(found) <= {0}
    nodes = {factor: [node for page in listed for node in page["nodes"]] for factor, listed in values.items()}
    codes = {
        factor: [group["value"]["code"] for group in found_groups if group["value"]]
        for factor, found_groups in groups.items()
    }
    return Published(
        text=orjson.dumps([records, values, groups, figures]).decode(),
        records=[edge["node"] for page in records for edge in page["edges"]],
        counts={(factor.lower(), node["code"]): node["records"] for factor, listed in nodes.items() for node in listed},
        grouped={(factor.lower(), code) for factor, listed in codes.items() for code in listed},
    )


@dataclass(frozen=True)
class Releases:
    """The random history that both worlds have: who arrives, leaves, is rejected and amends before each release."""

    seed: int
    number: int = 4

    def run(self, url: str, world: World) -> Iterator[None]:
        rng, people = random.Random(self.seed), list[UUID]()
        for number in range(self.number):
            people += contribute(url, [world.answers_of(somebody(rng)) for _ in range(rng.randrange(60, 100))])
            rng.shuffle(people)
            leaving, people = people[: number * 8], people[number * 8 :]
            withdraw(url, *leaving)
            amend_all(url, {id_: world.answers_of(somebody(rng)) for id_ in people[: number * 4]})
            for id_ in people[-number:]:
                if number:
                    reject(url, id_)
            release(url, number)
            yield


def somebody(rng: random.Random) -> Person:
    total = rng.choice([None, *TOTAL_STEPS])
    return Person(rng.choice(ROLES), rng.choice(LEVELS), rng.choice([*COUNTRIES]), rng.choice(BASE_STEPS), total)


def check(url: str, published: Published, canaries: Canaries) -> None:
    """Search everything for all canaries, and compare the ids with those of the edition."""
    text = published.text.casefold()
    assert [word for word in canaries.words if f'"{word}' in text] == []
    assert {code for code in canaries.codes if published.counts[code]} == set()
    assert canaries.codes & published.grouped == set()
    assert {factor for factor, _ in published.grouped} <= {
        "role",
        "level",
        "country",
        "year",
        "quarter",
        "source",
        "source_kind",
    }
    assert {record["id"] for record in published.records} == {global_id(id_) for id_ in records(url)}
    assert {record["source"]["code"] for record in published.records} <= {"contributors"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_but_classes_steps_and_quarters_is_published(
    server_url: str, empty_template: str, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    seen, canaries = list[Sequence[Published]](), list[Canaries]()
    for number in range(2):
        with clone(server_url, empty_template) as url:
            with bulk_connection(url) as rows:
                world = World(number, load_reference(rows))
            seed_randomness(monkeypatch, seed)
            editions = []
            for _ in Releases(seed).run(url, world):
                editions.append(everything(url, world.canaries))
                check(url, editions[-1], world.canaries)
            seen.append(editions)
            canaries.append(world.canaries)
            linked = {row["base_record"] for row in submissions(url).values()} - {None}
            assert len(linked) > 3 * K
    assert len(canaries[0].amounts & canaries[1].amounts) < len(canaries[0].amounts) / 20
    assert not canaries[0].codes & canaries[1].codes
    assert [edition.text for edition in seen[0]] == [edition.text for edition in seen[1]]
    sizes = [len(edition.records) for edition in seen[0]]
    assert max(sizes) > 5 * K, "enough was published for canaries to be found"
    assert len(set(sizes)) == len(sizes)


@pytest.mark.slow
def test_the_search_finds_canaries_that_are_published(
    server_url: str, empty_template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same search finds each kind of canary in records that were tampered with."""
    texts = []
    for tamper in (False, True):
        with clone(server_url, empty_template) as url:
            with bulk_connection(url) as rows:
                world = World(0, load_reference(rows))
            seed_randomness(monkeypatch, 1)
            next(iter(Releases(1, 1).run(url, world)))
            if tamper:
                execute(url, "INSERT INTO factor_value VALUES (999999, 'employer', 'solitary0001', 'S', NULL, '{}')")
                skill = next(code for factor, code in world.canaries.codes if factor == "skill")
                number = f"(SELECT id FROM factor_value WHERE factor = 'skill' AND code = '{skill}')"
                amount = max(world.canaries.amounts)
                execute(
                    url,
                    f"UPDATE salary_record SET employer = 999999, skill = ARRAY[{number}], base_reported = {amount}, "
                    "effective = '2025-11-01'",
                )
            found = everything(url, Canaries())
            texts.append(found.text)
            assert (("skill", found_skill(found)) in world.canaries.codes) == tamper
            for word in ("solitary0001", "2025-11"):
                assert (f'"{word}' in found.text) == tamper
            if tamper:
                assert found.counts["skill", skill]
                assert ("skill", skill) in found.grouped
                assert float(amount) in found.amounts
    assert texts[0] != texts[1]


def found_skill(found: Published) -> str | None:
    return next((skill["code"] for record in found.records for skill in record["skills"] or ()), None)
