"""Validation: a parsed submission is checked against the reference data, and every problem is reported at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite

from service.errors import MAX_SUGGESTED, InputError, ProblemCode, UnknownCode
from service.store.reference import Reference
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.employers import EmployerName
from service.vocabulary.factors import FACTORS, PLACES, Factor
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.taxonomy import Taxonomy, complete_places
from service.vocabulary.terms import FactorValue
from service.vocabulary.units import MAX_COMPETING_OFFERS, MAX_YEARS, month_of, month_text


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a user's input and how to correct it; `field` is its path, empty for the input as a whole."""

    code: ProblemCode
    message: str
    field: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextField:
    """A text written for people to read, with its length limits; `str()` gives them in words.

    >>> note = TextField("note", 3, 1_000)
    >>> print(note)
    3 to 1,000 characters
    >>> note.problems("fine")
    []
    >>> note.problems("a\\x00b")[0].message
    'The note must have 3 to 1,000 characters and no control characters.'
    """

    name: str
    minimum: int
    maximum: int
    label: str = ""

    def __str__(self) -> str:
        return f"{self.minimum:,} to {self.maximum:,} characters"

    def problems(self, text: str) -> list[Problem]:
        printable = all(character.isprintable() or character in "\n\t" for character in text)
        if self.minimum <= len(text.strip()) and len(text) <= self.maximum and printable:
            return []
        message = f"The {self.label or self.name} must have {self} and no control characters."
        return [Problem(ProblemCode.INVALID, message, (self.name,))]


MAX_VALUES = 50
"""Values of one multi-valued factor."""
MAX_AGE = 12
"""Months since the month in which the pay applied."""
EMPLOYER = TextField("employer", 1, 120, "employer name")
IDEMPOTENCY_KEY = TextField("idempotency_key", 22, 200, "idempotency key")
"""128 random bits take 22 characters. Shorter ones are too predictable: anyone who guesses a key can request its receipt."""


@dataclass(frozen=True, slots=True)
class ParsedSubmission:
    """A contributor's input with typed fields, not yet validated.

    Amounts are for a year, in units of `currency`; None means not reported.
    """

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


def validate(parsed: ParsedSubmission, reference: Reference, today: date) -> SubmissionAnswers | list[Problem]:
    """The answers to store, or everything that is wrong with the submission."""
    places, contradictions = _places(parsed, reference.taxonomy)
    suggested = iter(range(MAX_SUGGESTED))
    problems = [
        *_codes(parsed, reference, suggested),
        *_lists(parsed, reference, suggested),
        *contradictions,
        *_counts(parsed),
        *_pay(parsed, reference),
        *_employer(parsed.employer),
        *_month(parsed.effective, today),
    ]
    return problems or _answers(parsed, places)


def validate_key(key: str) -> list[Problem]:
    """What is wrong with an idempotency key."""
    if IDEMPOTENCY_KEY.minimum <= len(key) <= IDEMPOTENCY_KEY.maximum and key.isprintable():
        return []
    message = (
        f"The idempotency key must have {IDEMPOTENCY_KEY}, all printable. Make a random one that nobody can guess: "
        '`python3 -c "import uuid; print(uuid.uuid4())"`, or `crypto.randomUUID()` in JavaScript.'
    )
    return [Problem(ProblemCode.INVALID, message, (IDEMPOTENCY_KEY.name,))]


def _codes(parsed: ParsedSubmission, reference: Reference, suggested: Iterator[int]) -> Iterator[Problem]:
    for factor, code in parsed.one.items():
        if not reference.taxonomy.lookup(factor, code):
            yield _unknown(reference, suggested, factor, code, factor.value)
    try:
        reference.rates.latest(parsed.currency)
    except UnknownCode as error:
        yield Problem(ProblemCode.UNKNOWN_CODE, str(error), ("currency",))


def _lists(parsed: ParsedSubmission, reference: Reference, suggested: Iterator[int]) -> Iterator[Problem]:
    for factor, codes in parsed.many.items():
        name = f"{factor.value}s"
        if len(codes) > MAX_VALUES:
            message = f"At most {MAX_VALUES} values of {FACTORS[factor].label} are allowed, got {len(codes)}. Remove some."
            yield Problem(ProblemCode.OUT_OF_RANGE, message, (name,))
            continue
        for number, code in enumerate(codes):
            if not reference.taxonomy.lookup(factor, code):
                yield _unknown(reference, suggested, factor, code, name, str(number))


def _unknown(reference: Reference, suggested: Iterator[int], factor: Factor, code: str, *path: str) -> Problem:
    """The problem of an unknown code; with the nearest ones as long as `suggested` has items."""
    nearest = () if next(suggested, None) is None else reference.taxonomy.nearest(factor, code)
    return Problem(ProblemCode.UNKNOWN_CODE, str(UnknownCode(FACTORS[factor].label, code[:100], nearest)), path)


def _places(parsed: ParsedSubmission, taxonomy: Taxonomy) -> tuple[Mapping[Factor, FactorValue], list[Problem]]:
    """The known places with the places that contain them, and the problems with them."""
    found = [taxonomy.lookup(factor, parsed.one[factor]) for factor in PLACES if factor in parsed.one]
    places = [place for place in found if place]
    problems = [
        Problem(ProblemCode.INVALID, f"{place.label} is a continent. Give a country.", ("country",))
        for place in places
        if place.factor is Factor.COUNTRY and place.parent is None
    ]
    try:
        return complete_places(taxonomy, places), problems
    except InputError as error:
        return {}, [*problems, Problem(ProblemCode.INVALID, str(error), (places[0].factor.value,))]


def _counts(parsed: ParsedSubmission) -> Iterator[Problem]:
    yield from _within("experience", "Years of experience", parsed.experience, 0, MAX_YEARS)
    if parsed.competing_offers is not None:
        yield from _within("competing_offers", "Competing offers", parsed.competing_offers, 0, MAX_COMPETING_OFFERS)
    for measure, score in parsed.scores.items():
        spec = MEASURES[measure]
        yield from _within(measure.value, f"The {spec.label} score", score, spec.low, spec.high)


def _within(name: str, label: str, number: int, low: int, high: int) -> Iterator[Problem]:
    if not low <= number <= high:
        yield Problem(ProblemCode.OUT_OF_RANGE, f"{label} must be from {low} to {high}, got {number}.", (name,))


def _pay(parsed: ParsedSubmission, reference: Reference) -> Iterator[Problem]:
    currency, year = parsed.currency, parsed.effective // 12
    rate = reference.rates.usd(currency, year) if currency in reference.rates else 1.0
    for name, label, measure, minimum in (
        ("base_salary", "base salary", Measure.BASE_SALARY, 1),
        ("bonus", "bonus", Measure.BONUS, 0),
        ("equity", "equity", Measure.EQUITY, 0),
        ("initial_offer", "first offer", Measure.TOTAL_COMPENSATION, 1),
    ):
        amount, maximum = getattr(parsed, name), MEASURES[measure].high
        if amount is not None and not _plausible(amount, rate, minimum, maximum):
            message = (
                f"The {label} of {amount:,.10g} {currency[:3]} a year is out of range: it must be at least {minimum} and "
                f"at most the equivalent of US$ {maximum:,}. Check the amount and the currency."
            )
            yield Problem(ProblemCode.OUT_OF_RANGE, message, (name,))


def _plausible(amount: float, rate: float, minimum: int, maximum: int) -> bool:
    """Whether an amount is in range, both as reported and in whole US dollars."""
    return isfinite(amount) and amount >= minimum and minimum <= round(amount * rate) <= maximum


def _employer(name: str | None) -> list[Problem]:
    if name is None:
        return []
    problems = EMPLOYER.problems(name)
    if problems or EmployerName(name).code:
        return problems
    return [
        Problem(ProblemCode.INVALID, "The employer name must contain letters or digits. Correct or omit it.", ("employer",))
    ]


def _month(month: int, today: date) -> Iterator[Problem]:
    """A record has the quarter of its release and no month, so it must not be of pay of long ago."""
    now = month_of(today.year, today.month)
    oldest = now - MAX_AGE
    if month < oldest:
        message = f"{month_text(month)} is more than a year ago. Report pay as of {month_text(oldest)} or a later month."
        yield Problem(ProblemCode.OUT_OF_RANGE, message, ("effective",))
    if month > now:
        message = f"{month_text(month)} is in the future. Report pay as of {month_text(now)} or an earlier month."
        yield Problem(ProblemCode.OUT_OF_RANGE, message, ("effective",))


def _answers(parsed: ParsedSubmission, places: Mapping[Factor, FactorValue]) -> SubmissionAnswers:
    counts = {Factor.EXPERIENCE: parsed.experience, Factor.COMPETING_OFFERS: parsed.competing_offers}
    return SubmissionAnswers(
        one=dict(parsed.one)
        | {factor: place.code for factor, place in places.items()}
        | {factor: str(number) for factor, number in counts.items() if number is not None},
        many={factor: tuple(dict.fromkeys(codes)) for factor, codes in parsed.many.items() if codes},
        effective=parsed.effective,
        currency=parsed.currency,
        base=round(parsed.base_salary),
        bonus=_whole(parsed.bonus),
        equity=_whole(parsed.equity),
        employer=" ".join(parsed.employer.split()) if parsed.employer else None,
        initial_offer=_whole(parsed.initial_offer),
        scores=dict(parsed.scores),
    )


def _whole(amount: float | None) -> int | None:
    return None if amount is None else round(amount)
