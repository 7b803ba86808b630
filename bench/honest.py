"""Real records as contributors would have told them, with what their source does not tell drawn from the sample's model."""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from seed.sample import sample_batches
from seed.sample.model import EMPLOYERS
from service.index.index import RankIndex
from service.market.profile import Profile, profile_of
from service.store.bulk import Bulk
from service.store.editions import published_sql
from service.store.reference import Reference, add_terms
from service.vocabulary.answers import Answers
from service.vocabulary.factors import MULTIPLE, PLACES, SINGLE, Factor
from service.vocabulary.local_currency import LOCAL_CURRENCY
from service.vocabulary.measures import Measure
from service.vocabulary.periods import month_of
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import Term

MADE_UP = 60_000
_COLUMNS = (*(f.value for f in (*SINGLE, *MULTIPLE)), "effective", "currency", "base_reported", "total_compensation")
_REQUIRED = (Factor.LEVEL, Factor.EXPERIENCE, Factor.EMPLOYMENT_TYPE, Factor.WORK_MODE)
_SCORES = (Measure.JOB_SATISFACTION, Measure.CAREER_GROWTH, Measure.WORK_LIFE_BALANCE)


@dataclass(frozen=True, slots=True)
class Case:
    """Answers, and the factors of them that the real record told: peers are looked for by these alone."""

    answers: Answers
    real: frozenset[Factor]

    def profile(self, taxonomy: Taxonomy) -> Profile:
        """Of a real level the one that is told, right or wrong; an employer that no record has is left out."""
        told = {factor: code for factor, code in self.answers.one.items() if factor in self.real}
        one = {factor: code for factor, code in told.items() if taxonomy.known(factor, code)}
        many = {factor: codes for factor, codes in self.answers.many.items() if factor in self.real}
        return profile_of(taxonomy, one, many)


class Strangers:
    """People of the made-up sample, by level, from whom records take the answers that they lack."""

    def __init__(self, rows: Bulk, reference: Reference, rng: random.Random) -> None:
        taxonomy = add_terms(rows, [Term(Factor.EMPLOYER, one.code, f"{one.name} (made up)") for one in EMPLOYERS])
        rows.commit()
        numbered = Reference(taxonomy, reference.sources, reference.rates, reference.price_levels)
        told = [row for batch in sample_batches(numbered, MADE_UP, 1) for row in batch.to_pylist()]
        self._taxonomy = taxonomy
        self._by_level: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in told:
            if all(row[factor.value] is not None for factor in _REQUIRED):
                self._by_level[taxonomy[row[Factor.LEVEL.value]].code].append(row)
        self._everyone = [row for level in self._by_level.values() for row in level]
        for people in (*self._by_level.values(), self._everyone):
            rng.shuffle(people)

    def completed(self, case: Case) -> Case:
        """With the answers of somebody of the same level, bonus and equity as the same shares of the base salary."""
        answers = case.answers
        level = answers.one.get(Factor.LEVEL)
        row = (self._by_level[level] if level else self._everyone).pop()  # nobody twice, which would make duplicates
        one, many = codes_of(row, self._taxonomy)
        places = set(PLACES)
        return replace(
            case,
            answers=replace(
                answers,
                one={factor: code for factor, code in one.items() if factor not in places} | dict(answers.one),
                many=many | dict(answers.many),
                **self._amounts(row, answers.base),
            ),
        )

    def _amounts(self, row: Mapping[str, Any], base: int) -> dict[str, Any]:
        paid = {name: row[f"{name}_reported"] for name in ("bonus", "equity")}
        amounts = {name: whole(base * told / row["base_reported"]) for name, told in paid.items() if told is not None}
        total, uplift = base + sum(amounts.values()), row[Measure.NEGOTIATION_UPLIFT.value]
        offer = None if uplift is None else whole(total / (1 + uplift / 100))
        scores = {measure: row[measure.value] for measure in _SCORES if row[measure.value] is not None}
        return {**amounts, "initial_offer": offer, "scores": scores}


def codes_of(row: Mapping[str, Any], taxonomy: Taxonomy) -> tuple[dict[Factor, str], dict[Factor, tuple[str, ...]]]:
    """The factors that a row tells; not its source."""
    told = (factor for factor in SINGLE if row[factor.value] is not None and factor is not Factor.SOURCE)
    one: dict[Factor, str] = {factor: taxonomy[row[factor.value]].code for factor in told}
    many: dict[Factor, tuple[str, ...]] = {
        factor: tuple(taxonomy[number].code for number in row[factor.value]) for factor in MULTIPLE if row[factor.value]
    }
    return one, many


def whole(amount: float) -> int:
    """To three significant digits, as people tell what they earn."""
    return int(float(f"{amount:.3g}"))


def cases_of(rows: Bulk, index: RankIndex, strangers: Strangers, rng: random.Random, most: int) -> list[Case]:
    """A random choice of the records that have what a contributor must tell of them: role and country."""
    told = rows.rows(
        f"SELECT {', '.join(_COLUMNS)} FROM salary_record WHERE {published_sql(index.edition.number)} "
        "AND role IS NOT NULL AND country IS NOT NULL AND coalesce(base_reported, total_compensation) > 0 ORDER BY id"
    ).to_pylist()
    chosen = rng.sample(told, min(most, len(told)))
    return [strangers.completed(_case(row, index.reference)) for row in chosen]


def _case(row: Mapping[str, Any], reference: Reference) -> Case:
    """A source that tells US dollars alone is taken to have been answered in the country's own currency."""
    one, many = codes_of(row, reference.taxonomy)
    month = month_of(row["effective"].year, row["effective"].month)
    currency, base = row["currency"], row["base_reported"]
    if base is None:
        local = LOCAL_CURRENCY.get(one[Factor.COUNTRY], "USD")
        currency = local if local in reference.rates else "USD"
        base = whole(row["total_compensation"] / reference.rates.usd(currency, month // 12))
    return Case(Answers(one, many, month, currency, base), frozenset((*one, *many)))


def measure_of(index: RankIndex) -> Measure:
    """What the source tells of: base salary, or total compensation where it knows no other."""
    return Measure.BASE_SALARY if len(index.order(Measure.BASE_SALARY)) else Measure.TOTAL_COMPENSATION
