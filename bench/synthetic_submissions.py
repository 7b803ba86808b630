"""Synthetic submissions: real records completed with made-up answers, some of them with planted errors.

Answers that a record lacks are imputed from a donor, a record of the made-up sample of the same level.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import inf
from typing import Any

from seed.sample import sample_batches
from seed.sample.records import add_sample_employers
from service.index.index import RankIndex
from service.market.profile import Profile, profile_of
from service.store.bulk import BulkConnection
from service.store.editions import edition_condition
from service.store.reference import Reference
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.currencies import LOCAL_CURRENCY, Rates
from service.vocabulary.factors import MULTIPLE, PLACES, SINGLE, Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.units import month_of

DONORS = 60_000
_COLUMNS = (*(f.value for f in (*SINGLE, *MULTIPLE)), "effective", "currency", "base_reported", "total_compensation")
_REQUIRED = (Factor.LEVEL, Factor.EXPERIENCE, Factor.EMPLOYMENT_TYPE, Factor.WORK_MODE)
_SCORES = (Measure.JOB_SATISFACTION, Measure.CAREER_GROWTH, Measure.WORK_LIFE_BALANCE)


@dataclass(frozen=True, slots=True)
class SyntheticCase:
    """Answers, and the factors that the real record reports, by which alone its peers are found."""

    answers: SubmissionAnswers
    real: frozenset[Factor]

    def profile(self, taxonomy: Taxonomy) -> Profile:
        """The profile of the real factors as submitted, errors included; an employer without records is left out."""
        real = {factor: code for factor, code in self.answers.one.items() if factor in self.real}
        one = {factor: code for factor, code in real.items() if taxonomy.lookup(factor, code)}
        many = {factor: codes for factor, codes in self.answers.many.items() if factor in self.real}
        return profile_of(taxonomy, one, many)


class Donors:
    """Records of the made-up sample, by level, from which missing answers are imputed."""

    def __init__(self, rows: BulkConnection, reference: Reference, rng: random.Random) -> None:
        taxonomy = add_sample_employers(rows)
        rows.commit()
        numbered = Reference(taxonomy, reference.sources, reference.rates, reference.price_levels)
        sample = [row for batch in sample_batches(numbered, DONORS, 1) for row in batch.to_pylist()]
        self._taxonomy = taxonomy
        self._by_level: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in sample:
            if all(row[factor.value] is not None for factor in _REQUIRED):
                self._by_level[taxonomy[row[Factor.LEVEL.value]].code].append(row)
        self._all = [row for level in self._by_level.values() for row in level]
        for donors in (*self._by_level.values(), self._all):
            rng.shuffle(donors)

    def complete(self, case: SyntheticCase) -> SyntheticCase:
        """The case with the missing answers of a donor of its level; bonus and equity as the same shares of base salary."""
        answers = case.answers
        level = answers.one.get(Factor.LEVEL)
        row = (self._by_level[level] if level else self._all).pop()  # each donor once
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
        reported = {name: row[f"{name}_reported"] for name in ("bonus", "equity")}
        amounts = {name: rounded(base * paid / row["base_reported"]) for name, paid in reported.items() if paid is not None}
        total, uplift = base + sum(amounts.values()), row[Measure.NEGOTIATION_UPLIFT.value]
        offer = None if uplift is None else rounded(total / (1 + uplift / 100))
        scores = {measure: row[measure.value] for measure in _SCORES if row[measure.value] is not None}
        return {**amounts, "initial_offer": offer, "scores": scores}


def codes_of(row: Mapping[str, Any], taxonomy: Taxonomy) -> tuple[dict[Factor, str], dict[Factor, tuple[str, ...]]]:
    """The factors that a row reports, without its source."""
    reported = (factor for factor in SINGLE if row[factor.value] is not None and factor is not Factor.SOURCE)
    one: dict[Factor, str] = {factor: taxonomy[row[factor.value]].code for factor in reported}
    many: dict[Factor, tuple[str, ...]] = {
        factor: tuple(taxonomy[number].code for number in row[factor.value]) for factor in MULTIPLE if row[factor.value]
    }
    return one, many


def rounded(amount: float) -> int:
    """Three significant digits, as people round their pay."""
    return int(float(f"{amount:.3g}"))


def cases_of(
    rows: BulkConnection, index: RankIndex, donors: Donors, rng: random.Random, maximum: int
) -> list[SyntheticCase]:
    """A random sample of the records with role and country, which submissions require, completed from donors."""
    eligible = rows.query(
        f"SELECT {', '.join(_COLUMNS)} FROM salary_record WHERE {edition_condition(index.edition.number)} "
        "AND role IS NOT NULL AND country IS NOT NULL AND coalesce(base_reported, total_compensation) > 0 ORDER BY id"
    ).to_pylist()
    chosen = rng.sample(eligible, min(maximum, len(eligible)))
    return [donors.complete(_case(row, index.reference)) for row in chosen]


def _case(row: Mapping[str, Any], reference: Reference) -> SyntheticCase:
    """Total compensation in US dollars, of sources that report nothing else, is converted to the country's currency."""
    one, many = codes_of(row, reference.taxonomy)
    month = month_of(row["effective"].year, row["effective"].month)
    currency, base = row["currency"], row["base_reported"]
    if base is None:
        local = LOCAL_CURRENCY.get(one[Factor.COUNTRY], "USD")
        currency = local if local in reference.rates else "USD"
        base = rounded(row["total_compensation"] / reference.rates.usd(currency, month // 12))
    return SyntheticCase(SubmissionAnswers(one, many, month, currency, base), frozenset((*one, *many)))


def measure_of(index: RankIndex) -> Measure:
    """Base salary, or total compensation if the source reports no base salary."""
    return Measure.BASE_SALARY if len(index.order(Measure.BASE_SALARY)) else Measure.TOTAL_COMPENSATION


CURRENCY_ERRORS = ((1.5, "off by under 1.5 times"), (3, "off by 1.5 to 3 times"), (inf, "off by over 3 times"))
"""Wrong currencies are counted separately by the ratio of wrong to correct pay."""
NEXT_CURRENCY = "next currency in the list"
HIGH_LEVELS = ("staff", "principal", "executive")
ErrorPlanter = Callable[[SubmissionAnswers, random.Random, Rates], SubmissionAnswers]


def _scaled(answers: SubmissionAnswers, factor: float) -> SubmissionAnswers:
    """All amounts multiplied, since a wrong unit usually affects all of them."""

    def scaled(amount: int | None) -> int | None:
        return None if amount is None else round(amount * factor)

    return replace(
        answers,
        base=max(1, round(answers.base * factor)),
        bonus=scaled(answers.bonus),
        equity=scaled(answers.equity),
        initial_offer=scaled(answers.initial_offer),
    )


def _wrong_unit(*spans: float) -> ErrorPlanter:
    return lambda answers, rng, rates: _scaled(answers, 1 / rng.choice(spans))


def _wrong_base(factor: float) -> ErrorPlanter:
    return lambda answers, rng, rates: replace(answers, base=max(1, rounded(answers.base * factor)))


def _next_currency(answers: SubmissionAnswers, rng: random.Random, rates: Rates) -> SubmissionAnswers:
    """The next currency in the list was selected by mistake."""
    at = rates.currencies.index(answers.currency)
    return replace(answers, currency=rates.currencies[at + 1 if at + 1 < len(rates.currencies) else at - 1])


def _default_currency(answers: SubmissionAnswers, rng: random.Random, rates: Rates) -> SubmissionAnswers:
    """The default currency of the form was not changed."""
    return replace(answers, currency="USD")


def _dollar_amount(answers: SubmissionAnswers, rng: random.Random, rates: Rates) -> SubmissionAnswers:
    """The amount is in US dollars, the currency is the country's."""
    return replace(_scaled(answers, rates.usd(answers.currency, answers.effective // 12)), currency=answers.currency)


def _level_against_experience(answers: SubmissionAnswers, rng: random.Random, rates: Rates) -> SubmissionAnswers:
    """A low level with many years, or a high level with few."""
    level, years = rng.choice((("entry", rng.randint(15, 35)), (rng.choice(HIGH_LEVELS), rng.randint(0, 1))))
    return replace(answers, one={**answers.one, Factor.LEVEL: level, Factor.EXPERIENCE: str(years)})


def _bonus_over_base(answers: SubmissionAnswers, rng: random.Random, rates: Rates) -> SubmissionAnswers:
    return replace(answers, bonus=rounded(answers.base * rng.uniform(1.1, 3)))


KINDS: dict[str, ErrorPlanter] = {
    "hourly as yearly": _wrong_unit(2_080),
    "weekly or two-weekly as yearly": _wrong_unit(52, 26),
    "monthly as yearly": _wrong_unit(12),
    "thousands for units": _wrong_unit(1_000),
    NEXT_CURRENCY: _next_currency,
    "local amount reported as US dollars": _default_currency,
    "US dollars reported as local amount": _dollar_amount,
    "experience against level": _level_against_experience,
    "bonus over base": _bonus_over_base,
    "five times the pay": _wrong_base(5),
    "a fifth of the pay": _wrong_base(1 / 5),
    "ten times the pay": _wrong_base(10),
    "a tenth of the pay": _wrong_base(1 / 10),
}


CURRENCY_CONFUSIONS = ("local amount reported as US dollars", "US dollars reported as local amount")


def applies(kind: str, honest: SubmissionAnswers) -> bool:
    return (
        kind not in CURRENCY_CONFUSIONS or honest.currency == LOCAL_CURRENCY.get(honest.one.get(Factor.COUNTRY, "")) != "USD"
    )


def _named(kind: str, honest: SubmissionAnswers, planted: SubmissionAnswers, rates: Rates) -> str:
    """The kind; wrong currencies are distinguished by their effect on the pay."""
    if kind not in (*CURRENCY_CONFUSIONS, NEXT_CURRENCY):
        return kind
    year = honest.effective // 12
    wrong, correct = (one.base * rates.usd(one.currency, year) for one in (planted, honest))
    ratio = max(wrong / correct, correct / wrong)
    return next(f"{kind}, pay {words}" for limit, words in CURRENCY_ERRORS if ratio < limit)


@dataclass(frozen=True, slots=True)
class PlantedSubmission:
    """A submission and the kind of its planted error, empty for an honest one."""

    case: SyntheticCase
    kind: str


def plant(cases: Sequence[SyntheticCase], rng: random.Random, rates: Rates, share: float) -> list[PlantedSubmission]:
    """The cases as they are submitted; a share has an error of each kind."""
    kinds = _assigned_kinds(cases, round(len(cases) * share))
    submissions = []
    for number, case in enumerate(cases):
        kind = kinds.get(number, "")
        wrong = KINDS[kind](case.answers, rng, rates) if kind else case.answers
        submissions.append(PlantedSubmission(replace(case, answers=wrong), _named(kind, case.answers, wrong, rates)))
    return submissions


def _assigned_kinds(cases: Sequence[SyntheticCase], each: int) -> dict[int, str]:
    """The kind of error by position of the case, in random order. Kinds that apply to few cases are assigned first."""
    chosen: dict[int, str] = {}
    for kind in sorted(KINDS, key=lambda kind: kind not in CURRENCY_CONFUSIONS):
        eligible = (n for n, case in enumerate(cases) if n not in chosen and applies(kind, case.answers))
        chosen |= dict.fromkeys(islice(eligible, each), kind)
    return chosen
