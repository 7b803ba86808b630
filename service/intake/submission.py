"""A submission: what a contributor typed, checked all at once, as answers that can be kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite

from service.errors import InputError, UnknownCode
from service.intake.problem import Problem, ProblemCode, text_problem
from service.store.reference import Reference
from service.vocabulary.answers import Answers
from service.vocabulary.counts import MOST_OFFERS, MOST_YEARS
from service.vocabulary.factors import FACTORS, PLACES, Factor
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.periods import month_of, month_text
from service.vocabulary.places import closed
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

MOST_VALUES, LONGEST_EMPLOYER = 50, 120
SHORTEST_KEY, LONGEST_KEY = 16, 200


@dataclass(frozen=True, slots=True)
class Told:
    """What a contributor typed. Amounts are a year's, in units of `currency`; None is untold."""

    one: Mapping[Factor, str]
    many: Mapping[Factor, Sequence[str]]
    experience: int
    effective: int
    currency: str
    base_salary: float
    bonus: float | None = None
    equity: float | None = None
    employer: str | None = None
    initial_offer: float | None = None
    competing_offers: int | None = None
    scores: Mapping[Measure, int] = field(default_factory=dict)


def check_key(key: str) -> list[Problem]:
    """What is wrong with an idempotency key."""
    if SHORTEST_KEY <= len(key) <= LONGEST_KEY and key.isprintable():
        return []
    message = f"An idempotency key has {SHORTEST_KEY} to {LONGEST_KEY} printable characters; a random UUID is a good one."
    return [Problem(ProblemCode.INVALID, message, ("idempotency_key",))]


def check(told: Told, reference: Reference, today: date) -> Answers | list[Problem]:
    """The answers, or all that is wrong with them."""
    places, contradictions = _places(told, reference.taxonomy)
    problems = [
        *_codes(told, reference),
        *_lists(told, reference),
        *contradictions,
        *_counts(told),
        *_pay(told, reference),
        *_employer(told.employer),
        *_month(told.effective, today),
    ]
    return problems or _answers(told, places)


def _codes(told: Told, reference: Reference) -> Iterator[Problem]:
    for factor, code in told.one.items():
        if not reference.taxonomy.known(factor, code):
            yield _unknown(reference, factor, code, factor.value)
    try:
        reference.rates.latest(told.currency)
    except UnknownCode as error:
        yield Problem(ProblemCode.UNKNOWN_CODE, str(error), ("currency",))


def _lists(told: Told, reference: Reference) -> Iterator[Problem]:
    for factor, codes in told.many.items():
        name = f"{factor.value}s"
        if len(codes) > MOST_VALUES:
            message = f"At most {MOST_VALUES} values of {FACTORS[factor].label} can be told, not {len(codes)}."
            yield Problem(ProblemCode.OUT_OF_RANGE, message, (name,))
            continue
        for number, code in enumerate(codes):
            if not reference.taxonomy.known(factor, code):
                yield _unknown(reference, factor, code, name, str(number))


def _unknown(reference: Reference, factor: Factor, code: str, *where: str) -> Problem:
    nearest = reference.taxonomy.nearest(factor, code)
    return Problem(ProblemCode.UNKNOWN_CODE, str(UnknownCode(FACTORS[factor].label, code[:100], nearest)), where)


def _places(told: Told, taxonomy: Taxonomy) -> tuple[Mapping[Factor, FactorValue], list[Problem]]:
    """The places that are known with what each lies in, and what is wrong with them."""
    found = [taxonomy.known(factor, told.one[factor]) for factor in PLACES if factor in told.one]
    places = [place for place in found if place]
    problems = [
        Problem(ProblemCode.INVALID, f"{place.label} is a continent; name the country.", ("country",))
        for place in places
        if place.factor is Factor.COUNTRY and place.parent is None
    ]
    try:
        return closed(taxonomy, places), problems
    except InputError as error:
        return {}, [*problems, Problem(ProblemCode.INVALID, str(error), (places[0].factor.value,))]


def _counts(told: Told) -> Iterator[Problem]:
    yield from _within("experience", "Years of experience are", told.experience, 0, MOST_YEARS)
    if told.competing_offers is not None:
        yield from _within("competing_offers", "Competing offers are", told.competing_offers, 0, MOST_OFFERS)
    for measure, score in told.scores.items():
        spec = MEASURES[measure]
        yield from _within(measure.value, f"The {spec.label} is a score", score, spec.low, spec.high)


def _within(name: str, what: str, number: int, low: int, high: int) -> Iterator[Problem]:
    if not low <= number <= high:
        yield Problem(ProblemCode.OUT_OF_RANGE, f"{what} from {low} to {high}, not {number}.", (name,))


def _pay(told: Told, reference: Reference) -> Iterator[Problem]:
    rate = reference.rates.usd(told.currency, told.effective // 12) if told.currency in reference.rates else 1.0
    for name, label, measure, least in (
        ("base_salary", "base salary", Measure.BASE_SALARY, 1),
        ("bonus", "bonus", Measure.BONUS, 0),
        ("equity", "equity", Measure.EQUITY, 0),
        ("initial_offer", "first offer", Measure.TOTAL_COMPENSATION, 1),
    ):
        amount = getattr(told, name)
        if amount is not None and not _plausible(amount, rate, least, MEASURES[measure].high):
            message = (
                f"The {label} is told as {amount:,.10g} {told.currency[:3]} a year; it has to be {least} or more "
                f"and come to no more than US$ {MEASURES[measure].high:,}."
            )
            yield Problem(ProblemCode.OUT_OF_RANGE, message, (name,))


def _plausible(amount: float, rate: float, least: int, most: int) -> bool:
    """Both as told and in whole US dollars."""
    return isfinite(amount) and amount >= least and least <= round(amount * rate) <= most


def _employer(name: str | None) -> list[Problem]:
    if name is None:
        return []
    problems = text_problem("An employer's name", name, 1, LONGEST_EMPLOYER, "employer")
    if problems or any(character.isalnum() for character in name):
        return problems
    return [Problem(ProblemCode.INVALID, "An employer's name has letters or digits; or leave it out.", ("employer",))]


def _month(month: int, today: date) -> Iterator[Problem]:
    now = month_of(today.year, today.month)
    if month > now:
        message = f"{month_text(month)} is still to come; tell pay of {month_text(now)} or before."
        yield Problem(ProblemCode.OUT_OF_RANGE, message, ("effective",))


def _answers(told: Told, places: Mapping[Factor, FactorValue]) -> Answers:
    counts = {Factor.EXPERIENCE: told.experience, Factor.COMPETING_OFFERS: told.competing_offers}
    return Answers(
        one=dict(told.one)
        | {factor: place.code for factor, place in places.items()}
        | {factor: str(number) for factor, number in counts.items() if number is not None},
        many={factor: tuple(dict.fromkeys(codes)) for factor, codes in told.many.items() if codes},
        effective=told.effective,
        currency=told.currency,
        base=round(told.base_salary),
        bonus=_whole(told.bonus),
        equity=_whole(told.equity),
        employer=" ".join(told.employer.split()) if told.employer else None,
        initial_offer=_whole(told.initial_offer),
        scores=dict(told.scores),
    )


def _whole(amount: float | None) -> int | None:
    return None if amount is None else round(amount)
