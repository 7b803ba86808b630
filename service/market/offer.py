"""Offers: what one comes to in a year, and where that stands in the narrowest cohort that is large enough."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from service.errors import InputError
from service.index.index import Index
from service.market.cohort import Cohort, PercentileRank, Stats
from service.market.profile import Profile
from service.market.relaxation import RelaxationStep, relax
from service.stats.suppression import Confidence, SuppressionRules
from service.vocabulary.factors import Factor
from service.vocabulary.measures import MEASURES, Measure

RANKED_BY = (Measure.TOTAL_COMPENSATION, Measure.BASE_SALARY)
"""What pay is compared by. Many sources tell base salaries alone, so these serve where too few tell the whole."""

COMPONENTS = (Measure.BASE_SALARY, Measure.BONUS, Measure.EQUITY, Measure.TOTAL_CASH)
"""The parts that are compared each by itself."""


@dataclass(frozen=True, slots=True)
class AnnualPay:
    """Pay of a year in one currency; a part that is None is not told, and so are the totals that it belongs to."""

    base: float
    bonus: float | None
    equity: float | None

    @property
    def amounts(self) -> dict[Measure, float]:
        """By measure, as far as it is told."""
        parts = {Measure.BASE_SALARY: self.base, Measure.BONUS: self.bonus, Measure.EQUITY: self.equity}
        told = {measure: amount for measure, amount in parts.items() if amount is not None}
        if self.bonus is not None:
            told[Measure.TOTAL_CASH] = self.base + self.bonus
            if self.equity is not None:
                told[Measure.TOTAL_COMPENSATION] = self.base + self.bonus + self.equity
        return told

    @property
    def sum(self) -> float:
        """All that is told."""
        return self.base + (self.bonus or 0) + (self.equity or 0)


_MARKS = ((0.5, "the median: half"), (0.75, "P75: a quarter"), (0.9, "P90: a tenth"))


@dataclass(frozen=True, slots=True)
class NegotiationAdvice:
    """Yearly amounts like the offer's; `typical_uplift` is what negotiating added, None where too few records tell it."""

    target: float
    stretch: float
    typical_uplift: Stats | None
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A percentile that could be asked for, with the share of records that reach it."""

    amount: float
    meaning: str


def advice(stats: Stats, offered: PercentileRank, uplift: Stats | None) -> NegotiationAdvice:
    """Median, P75 and P90 are the marks: the target is the first of them above the offer, the stretch the next.

    From P75 on an offer is its own target, and P90, where it is told, the stretch: to be paid like the best paid tenth takes
    more than a market figure as an argument.
    """
    marks = [_Mark(amount, meaning) for p, meaning in _MARKS if (amount := stats.percentile(p)) is not None]
    target = next((mark for mark in marks[:2] if mark.amount > offered.amount), None)
    aimed = target.amount if target else offered.amount
    stretch = next((mark for mark in marks if mark.amount > aimed), None)
    reasons = [*_of_target(stats, offered, target), *_of_stretch(stats, stretch), *_of_records(stats, uplift)]
    return NegotiationAdvice(aimed, stretch.amount if stretch else aimed, uplift, reasons)


def _of_target(stats: Stats, offered: PercentileRank, target: _Mark | None) -> Iterator[str]:
    currency = stats.cohort.currency
    yield (
        f"The offer's {MEASURES[stats.measure].label} of {_money(offered.amount, currency)} stands above "
        f"{offered.rank:.0f}% of {stats.count:,} records: {stats.cohort.label}."
    )
    if target:
        more = 100 * (target.amount / offered.amount - 1)
        yield f"The target of {_money(target.amount, currency)}, {more:.1f}% more, is {target.meaning} of them reach it."
    else:
        third = _money(stats.quartile(0.75), currency)
        yield f"It is not below their P75 of {third}: these figures give little reason to ask for more."


def _of_stretch(stats: Stats, stretch: _Mark | None) -> Iterator[str]:
    if stretch:
        yield f"The stretch of {_money(stretch.amount, stats.cohort.currency)} is {stretch.meaning} of them reach it."


def _of_records(stats: Stats, uplift: Stats | None) -> Iterator[str]:
    if uplift:
        yield f"Negotiating added {uplift.quartile(0.5):g}% to the first offer at the median of {uplift.count:,} records."
    if not stats.cohort.filters_on(Factor.ROLE):
        yield "These records are of all kinds of work, since too few here are of this role."
    if stats.confidence is Confidence.LOW:
        yield f"{stats.count} records are few: a few more could move these figures much."


def _money(amount: float, currency: str) -> str:
    return f"{currency} {amount:,.0f}"


HORIZON_YEARS = 4
"""Years that a sign-on bonus is spread over, and that all of an offer is added up over."""
MIN_VESTING_YEARS, MAX_VESTING_YEARS = 1, 10
MAX_LABEL_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer in whole or parts of its currency: `base` and target `bonus` a year, `sign_on` once, `grant` as a whole."""

    profile: Profile
    base: float
    bonus: float = 0
    sign_on: float = 0
    grant: float = 0
    vesting_years: float = 4
    currency: str = "USD"
    label: str | None = None

    @property
    def yearly(self) -> AnnualPay:
        """The sign-on bonus counts as bonus over four years, the grant as equity over the years that it vests in."""
        return AnnualPay(self.base, self.bonus + self.sign_on / HORIZON_YEARS, self.grant / self.vesting_years)

    @property
    def first_year(self) -> float:
        return self.base + self.bonus + self.sign_on + self.grant / self.vesting_years

    @property
    def four_years(self) -> float:
        """At today's value, without raises; of a grant as much as vests in that time, in equal parts a year."""
        vested = self.grant * min(HORIZON_YEARS / self.vesting_years, 1)
        return HORIZON_YEARS * (self.base + self.bonus) + self.sign_on + vested


@dataclass(frozen=True, slots=True)
class ComponentRank:
    """A part of the pay among the cohort's records that tell it; `rank` is None where those are too few."""

    measure: Measure
    amount: float
    rank: PercentileRank | None


@dataclass(frozen=True, slots=True)
class OfferBenchmark:
    """Where pay stands. Money is in `currency`; `rank` is of the amount of `measure`, in the cohort of the last rung."""

    currency: str
    pay: AnnualPay
    first_year: float
    four_year_value: float
    relaxations: list[RelaxationStep]
    measure: Measure
    rank: PercentileRank
    stats: Stats
    label: str | None = None

    @property
    def annualized(self) -> float:
        return self.pay.sum

    @property
    def cohort(self) -> Cohort:
        return self.relaxations[-1].cohort

    @property
    def compa_ratio(self) -> float:
        return self.rank.amount / self.stats.quartile(0.5)

    @property
    def range_penetration(self) -> float:
        return penetration(self.rank.amount, self.stats.quartile(0.25), self.stats.quartile(0.75))

    def components(self) -> list[ComponentRank]:
        """Asks for the orders of COMPONENTS."""
        told = self.pay.amounts
        return [
            ComponentRank(measure, told[measure], self.cohort.percentile_rank(told[measure], measure))
            for measure in COMPONENTS
            if measure in told
        ]

    def negotiation(self) -> NegotiationAdvice:
        """Asks for the order of NEGOTIATION_UPLIFT."""
        return advice(self.stats, self.rank, self.cohort.stats(Measure.NEGOTIATION_UPLIFT))


def penetration(amount: float, low: float, high: float) -> float:
    """Where an amount lies in a range: 0 at its low end, 1 at its high end; below and above go on in the same measure.

    A range of no width has just three places: below, at and above it.

    >>> penetration(130, 100, 200), penetration(250, 100, 200), penetration(99, 100, 100), penetration(100, 100, 100)
    (0.3, 1.5, 0.0, 0.5)
    """
    if high > low:
        return (amount - low) / (high - low)
    return 0.5 if amount == low else float(amount > low)


def benchmark_offer(index: Index, offer: Offer, rules: SuppressionRules) -> OfferBenchmark:
    """Where an offer stands; raises InputError for amounts that cannot be, and where there is too little data."""
    check(offer, index.reference.rates.latest(offer.currency))
    pay = offer.yearly
    measure, ladder = _compared(index, offer.profile, pay, offer.currency, rules)
    found = _at(measure, ladder, pay)
    if found is None:
        raise InputError(_too_little(ladder[-1].cohort, offer.profile))
    return replace(found, label=offer.label, first_year=offer.first_year, four_year_value=offer.four_years)


def benchmark_pay(
    index: Index, profile: Profile, base: float, bonus: float | None, equity: float | None, currency: str, rules: SuppressionRules
) -> OfferBenchmark | None:
    """Where pay stands that someone receives, in amounts a year; None where there is too little data.

    Pay that does not tell its bonus or equity is compared by its base salary.
    """
    pay = AnnualPay(base, bonus, equity)
    return _at(*_compared(index, profile, pay, currency, rules), pay)


def _compared(index: Index, profile: Profile, pay: AnnualPay, currency: str, rules: SuppressionRules) -> tuple[Measure, list[RelaxationStep]]:
    """The first measure of RANKED_BY that enough records of the same kind of work tell; without one, the better of them."""
    ladders: dict[Measure, list[RelaxationStep]] = {}
    worth: dict[Measure, tuple[bool, ...]] = {}
    for measure in (known for known in RANKED_BY if known in pay.amounts):
        ladders[measure] = relax(index, profile, measure=measure, rules=rules, currency=currency)
        worth[measure] = _worth(measure, ladders[measure][-1])
        if all(worth[measure]):
            break
    best = max(worth, key=lambda measure: worth[measure])
    return best, ladders[best]


def _worth(measure: Measure, last: RelaxationStep) -> tuple[bool, ...]:
    """Whether any figure can be told, whether of enough records, and whether these are of the role's family at least."""
    told = len(last.cohort.values(measure)) >= last.cohort.rules.minimum
    return told, last.sufficient, last.cohort.filters_on(Factor.ROLE)


def _at(measure: Measure, ladder: list[RelaxationStep], pay: AnnualPay) -> OfferBenchmark | None:
    cohort = ladder[-1].cohort
    rank, stats = cohort.percentile_rank(pay.amounts[measure], measure), cohort.stats(measure)
    if rank is None or stats is None:
        return None
    return OfferBenchmark(cohort.currency, pay, pay.sum, HORIZON_YEARS * pay.sum, ladder, measure, rank, stats)


def _too_little(cohort: Cohort, profile: Profile) -> str:
    taxonomy = cohort.index.reference.taxonomy
    count = max(len(cohort.values(measure)) for measure in RANKED_BY)
    country = profile.one.get(Factor.COUNTRY)
    wider = taxonomy.parent(taxonomy.find(Factor.COUNTRY, country)) if country else None
    way_out = f"ask for {wider.code!r} as the country, without subdivision and metro area" if wider else "come back later"
    return (
        f"There is too little data to compare with: only {count} records of {cohort.label} tell such pay, and it takes "
        f"{cohort.rules.minimum}. To go on, {way_out}."
    )


def check(offer: Offer, rate: float) -> None:
    """Raise InputError for what no offer can be; `rate` is US dollars for one unit of its currency."""
    limits = (
        ("baseSalary", offer.base, Measure.BASE_SALARY),
        ("targetBonus", offer.bonus, Measure.BONUS),
        ("signOnBonus", offer.sign_on, Measure.BONUS),
        ("equityGrant", offer.grant, Measure.EQUITY),
    )
    for name, amount, measure in limits:
        low, high = MEASURES[measure].low, MEASURES[measure].high
        if not low <= amount * rate <= high:
            raise InputError(f"`{name}` is from {low} to {high:,} US dollars, not {_figure(amount)} {offer.currency}.")
    if not MIN_VESTING_YEARS <= offer.vesting_years <= MAX_VESTING_YEARS:
        years = _figure(offer.vesting_years)
        raise InputError(f"`vestingYears` is from {MIN_VESTING_YEARS} to {MAX_VESTING_YEARS} years, not {years}.")
    if offer.label is not None and not (len(offer.label) <= MAX_LABEL_CHARACTERS and offer.label.isprintable()):
        raise InputError(f"`label` has at most {MAX_LABEL_CHARACTERS} characters, all of them printable and in one line.")


def _figure(amount: float) -> str:
    """
    >>> _figure(-0.5), _figure(1_250_000), _figure(1e300), _figure(float("nan"))
    ('-0.50', '1,250,000.00', '1e+300', 'nan')
    """
    return f"{amount:,.2f}" if abs(amount) < 1e12 else f"{amount:g}"
