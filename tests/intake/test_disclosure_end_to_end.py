"""From submissions to everything that the API returns: nothing that anonymisation removed is anywhere in it.

Every submission has unique marks: an employer name, odd amounts, a month within a quarter, a skill and a certification.
After each edition everything in the schema is queried, and searched for these marks.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.stored_submissions import amend, answers, contribute, submissions, withdraw

from schema.types.record import global_id
from service.app import create_app
from service.intake.audit import audit
from service.intake.publication import publish
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.store.reference import load_reference
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.units import month_text

K = 3
PLACES = [
    {"metro": "san-francisco", "subdivision": "us-ca", "country": "us"},
    {"metro": "los-angeles", "subdivision": "us-ca", "country": "us"},
    {"metro": "austin", "subdivision": "us-tx", "country": "us"},
    {"metro": None, "subdivision": None, "country": "de"},
]
POOLS = {
    "role": ["machine-learning-engineer", "mlops-engineer", "data-scientist"],
    "level": ["mid", "senior"],
    "experience": ["4", "5", "9"],
    "work_mode": ["remote", "hybrid"],
    "education": ["bachelor", "master"],
    "industry": ["software", "finance"],
    "employer": ["Common Robotics", "common robotics, inc.", "Shared Speech GmbH"],
}
SHARED_SKILLS = ["python", "sql"]
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


@dataclass
class Marks:
    """What must not be published: texts and amounts anywhere, codes of values on any record."""

    words: set[str] = field(default_factory=set)
    amounts: set[int] = field(default_factory=set)
    codes: set[tuple[str, str]] = field(default_factory=set)


class SubmissionGenerator:
    """Generates submissions from small pools, so that they form classes, with unique marks."""

    def __init__(self, seed: int, taxonomy: Taxonomy) -> None:
        self.rng, self.marks, self.made = random.Random(seed), Marks(), 0
        self._own = {
            factor: [value.code for value in taxonomy.values(factor) if value.code not in SHARED_SKILLS and value.parent]
            for factor in (Factor.SKILL, Factor.CERTIFICATION)
        }

    def person(self) -> SubmissionAnswers:
        self.made += 1
        fields: dict[str, Any] = {name: self.rng.choice(pool) for name, pool in POOLS.items()}
        fields |= self.rng.choice(PLACES)
        if self.rng.random() < 0.4:
            fields["employer"] = f"Solitary{self.made:03d} Works"
            self.marks.words.add(f"solitary{self.made:03d}")
        fields["skill"] = [*self.rng.sample(SHARED_SKILLS, self.rng.randrange(3)), self._mark(Factor.SKILL)]
        fields["certification"] = [self._mark(Factor.CERTIFICATION)]
        fields |= {"base": self._odd(90_000, 250_000), "bonus": self._odd(5_000, 60_000), "equity": self._odd(5_000, 90_000)}
        fields |= {"initial_offer": self._odd(90_000, 250_000), "competing_offers": str(self.rng.randrange(1, 9))}
        fields["scores"] = {Measure.JOB_SATISFACTION: 1 + self.made % 5}
        fields["currency"] = "EUR" if fields["country"] == "de" and self.rng.random() < 0.7 else "USD"
        month = 2025 * 12 + self.rng.choice([1, 2, 4, 5, 7, 8, 10, 11])
        self.marks.words.add(month_text(month))
        without = [name for name, value in fields.items() if value is None]
        reported = {name: value for name, value in fields.items() if value is not None}
        return answers(*without, effective=month_text(month), **reported)

    def unique_person(self) -> SubmissionAnswers:
        """Somebody who shares nothing with anyone."""
        self.marks.codes |= {("country", "nz"), ("role", "data-engineer")}
        self.marks.words.add("NZD")
        return answers(
            "metro", "subdivision", country="nz", role="data-engineer", currency="NZD", base=self._odd(90_000, 250_000)
        )

    def _mark(self, factor: Factor) -> str:
        code = self._own[factor][self.made % len(self._own[factor])]
        self.marks.codes.add((factor.value, code))
        return code

    def _odd(self, low: int, high: int) -> int:
        """An amount of five or six digits that ends in a 1, 3 or 7, as no sum of rounded ones does."""
        amount = self.rng.randrange(low, high, 10) + self.rng.choice([1, 3, 7])
        self.marks.amounts.add(amount)
        return amount


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


def everything(url: str, marks: Marks) -> Published:
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
        found = [execute(SEARCH, text=word)["factorValues"]["totalCount"] for word in sorted(marks.words)]
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


def check(url: str, marks: Marks, gone: set[UUID]) -> int:
    """Search everything for all marks; returns the number of records."""
    published = everything(url, marks)
    text = published.text.casefold()
    assert [word for word in marks.words if f'"{word.casefold()}' in text] == []
    assert marks.amounts & published.amounts == set()
    assert {mark for mark in marks.codes if published.counts[mark]} == set()
    assert marks.codes & published.grouped == set()
    assert {factor for factor, _ in published.grouped} & {"competing_offers"} == set()
    assert {global_id(id_) for id_ in gone} & {record["id"] for record in published.records} == set()
    pay = [record["pay"]["reported"]["baseSalary"] for record in published.records]
    assert all(amount == round(amount, -3) for amount in pay if amount >= 100_000)
    return len(published.records)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_that_anonymisation_removed_is_published(server_url: str, empty_template: str, seed: int) -> None:
    with clone(server_url, empty_template) as url:
        with bulk_connection(url) as rows:
            generator = SubmissionGenerator(seed, load_reference(rows).taxonomy)
        people, gone, sizes = contribute(url, [generator.unique_person()]), set[UUID](), []
        for step in range(4):
            before = submissions(url)
            people += contribute(url, [generator.person() for _ in range(generator.rng.randrange(2, 40))])
            left = generator.rng.sample(people[1:], min(len(people) - 1, step * 4))
            for number, id_ in enumerate(left):
                gone |= {before[id_]["record"]} - {None} if id_ in before else set()
                if number % 2:
                    amend(url, id_, generator.person())
                else:
                    withdraw(url, id_)
                    people.remove(id_)
            publish(url, k=K, screen=lambda _: {})
            assert audit(url, K) == []
            sizes.append(check(url, generator.marks, gone))
        assert max(sizes) >= 20  # enough was published for marks to be found


def test_the_search_finds_marks_that_are_published(server_url: str, empty_template: str) -> None:
    """The same search finds each kind of mark in records published without anonymisation."""
    with clone(server_url, empty_template) as url:
        with bulk_connection(url) as rows:
            generator = SubmissionGenerator(1, load_reference(rows).taxonomy)
        contribute(url, [generator.person() for _ in range(30)])
        publish(url, k=1, screen=lambda _: {})
        published = everything(url, Marks())
        assert any(published.counts[mark] for mark in generator.marks.codes)
        assert generator.marks.codes & published.grouped
        assert [word for word in generator.marks.words if f'"{word}' in published.text.casefold()]
        with bulk_connection(url) as rows:
            rows.execute(f"UPDATE salary_record SET base_reported = {min(generator.marks.amounts)}")
            rows.commit()
        assert generator.marks.amounts & everything(url, Marks()).amounts
