"""Offers: their annual value, their rank in the most specific cohort that is sufficient, and what to negotiate for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from service.counts import count_of
from service.errors import InputError, collected_problems, out_of_range
from service.index.index import Index
from service.market.cohort import Cohort, PercentileRank, Stats
from service.market.profile import Profile
from service.market.relaxation import RelaxationStep, relax, without_sample
from service.stats.suppression import Confidence, SuppressionRules
from service.vocabulary.factors import Factor
from service.vocabulary.measures import COMPARED_BY, MEASURES, Measure, MeasureSpec, with_totals

RANKED_COMPONENTS = (Measure.BASE_SALARY, Measure.BONUS, Measure.EQUITY, Measure.TOTAL_CASH)
"""Measures that are ranked on their own."""

HORIZON_YEARS = 4
"""Years over which a sign-on bonus is spread and the value of an offer is added up."""

MIN_VESTING_YEARS, MAX_VESTING_YEARS = 1, 10
MAX_LABEL_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class AnnualPay:
    """Pay per year in one currency; None for a component that is not known."""

    base: float
    bonus: float | None
    equity: float | None

    @property
    def amounts(self) -> dict[Measure, float]:
        """Components and totals by measure; totals only if all of their components are known."""
        parts = {Measure.BASE_SALARY: self.base, Measure.BONUS: self.bonus, Measure.EQUITY: self.equity}
        return with_totals({measure: amount for measure, amount in parts.items() if amount is not None})

    @property
    def total(self) -> float:
        """The sum of the components that are known."""
        return self.base + (self.bonus or 0) + (self.equity or 0)


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer: `base` and target `bonus` per year, `sign_on` paid once, `grant` the total value of equity."""

    profile: Profile
    base: float
    bonus: float = 0
    sign_on: float = 0
    grant: float = 0
    vesting_years: float = 4
    currency: str = "USD"
    label: str | None = None

    @property
    def annualized(self) -> AnnualPay:
        """The sign-on bonus is a bonus over four years, the grant is equity over its vesting period."""
        return AnnualPay(self.base, self.bonus + self.sign_on / HORIZON_YEARS, self.grant / self.vesting_years)

    @property
    def first_year(self) -> float:
        return self.base + self.bonus + self.sign_on + self.grant / self.vesting_years

    @property
    def four_year_value(self) -> float:
        """At current value and without raises; of the grant the part that vests within four years."""
        vested = self.grant * min(HORIZON_YEARS / self.vesting_years, 1)
        return HORIZON_YEARS * (self.base + self.bonus) + self.sign_on + vested


@dataclass(frozen=True, slots=True)
class ComponentRank:
    """The percentile rank of a component among the cohort's records that report it; None if they are too few."""

    measure: Measure
    amount: float
    rank: PercentileRank | None


@dataclass(frozen=True, slots=True)
class NegotiationAdvice:
    """Annual amounts of the compared measure to ask for.

    `typical_uplift` are the statistics of negotiation uplifts in percent; None if too few records report one.
    """

    target: float
    stretch: float
    typical_uplift: Stats | None
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class OfferBenchmark:
    """A comparison of pay with a cohort; money is in `currency`.

    `rank` and `stats` are of the amount of `measure` in the cohort of the last relaxation.
    """

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
        return self.pay.total

    @property
    def cohort(self) -> Cohort:
        return self.relaxations[-1].cohort

    @property
    def compa_ratio(self) -> float:
        return self.rank.amount / self.stats.quartile(0.5)

    @property
    def range_penetration(self) -> float:
        return range_penetration(self.rank.amount, self.stats.quartile(0.25), self.stats.quartile(0.75))

    def components(self) -> list[ComponentRank]:
        """Ranks of the components that are known. The orders of COMPONENTS must be prepared."""
        amounts = self.pay.amounts
        return [
            ComponentRank(measure, amounts[measure], self.cohort.percentile_rank(amounts[measure], measure))
            for measure in RANKED_COMPONENTS
            if measure in amounts
        ]

    def negotiation(self) -> NegotiationAdvice:
        """What to ask for. The order of NEGOTIATION_UPLIFT must be prepared."""
        return _advice(self.stats, self.rank, self.cohort.stats(Measure.NEGOTIATION_UPLIFT))


def range_penetration(amount: float, low: float, high: float) -> float:
    """The position of an amount in a range: 0 at its low end, 1 at its high end, linear within and beyond.

    In a range of width 0 it is 0 below, 0.5 at and 1 above it.

    >>> [range_penetration(*case) for case in ((130, 100, 200), (250, 100, 200), (99, 100, 100), (100, 100, 100))]
    [0.3, 1.5, 0.0, 0.5]
    """
    if high > low:
        return (amount - low) / (high - low)
    return 0.5 if amount == low else float(amount > low)


def benchmark_offer(index: Index, offer: Offer, rules: SuppressionRules) -> OfferBenchmark:
    """A benchmark of an offer; raises InputError for amounts out of bounds and if there are too few records.

    Generated sample records are used only where too few others allow a benchmark; its cautions say so.
    """
    check_offer(offer, index.reference.rates.latest(offer.currency))
    pay = offer.annualized
    measure, relaxations = _comparable(index, offer.profile, pay, offer.currency, rules)
    found = _benchmark(measure, relaxations, pay)
    if found is None and without_sample(index):
        measure, relaxations = _comparable(index, offer.profile, pay, offer.currency, rules, include_sample=True)
        found = _benchmark(measure, relaxations, pay)
    if found is None:
        raise InputError(_not_enough_data(relaxations[-1].cohort, offer.profile))
    return replace(found, label=offer.label, first_year=offer.first_year, four_year_value=offer.four_year_value)


def benchmark_pay(
    index: Index,
    profile: Profile,
    base: float,
    bonus: float | None,
    equity: float | None,
    currency: str,
    rules: SuppressionRules,
) -> OfferBenchmark | None:
    """A benchmark of current annual pay, never with generated sample records; None if there are too few others.

    Pay with an unknown bonus or equity is compared by its base salary.
    """
    pay = AnnualPay(base, bonus, equity)
    return _benchmark(*_comparable(index, profile, pay, currency, rules), pay)


def _comparable(
    index: Index, profile: Profile, pay: AnnualPay, currency: str, rules: SuppressionRules, *, include_sample: bool = False
) -> tuple[Measure, list[RelaxationStep]]:
    """The first measure of COMPARED_BY with enough records of the role's family, or else the better one."""
    relaxations: dict[Measure, list[RelaxationStep]] = {}
    quality: dict[Measure, tuple[bool, ...]] = {}
    for measure in (known for known in COMPARED_BY if known in pay.amounts):
        relaxations[measure] = relax(
            index, profile, measure=measure, rules=rules, currency=currency, include_sample=include_sample
        )
        quality[measure] = _quality(measure, relaxations[measure][-1])
        if all(quality[measure]):
            break
    best = max(quality, key=lambda measure: quality[measure])
    return best, relaxations[best]


def _quality(measure: Measure, last: RelaxationStep) -> tuple[bool, ...]:
    """Whether figures can be shown, whether of enough records, and whether these are at least of the role's family."""
    return last.cohort.stats(measure) is not None, last.sufficient, last.cohort.filters_on(Factor.ROLE)


def _benchmark(measure: Measure, relaxations: list[RelaxationStep], pay: AnnualPay) -> OfferBenchmark | None:
    cohort = relaxations[-1].cohort
    rank, stats = cohort.percentile_rank(pay.amounts[measure], measure), cohort.stats(measure)
    if rank is None or stats is None:
        return None
    total = pay.total
    return OfferBenchmark(cohort.currency, pay, total, HORIZON_YEARS * total, relaxations, measure, rank, stats)


def _not_enough_data(cohort: Cohort, profile: Profile) -> str:
    taxonomy = cohort.index.reference.taxonomy
    count = max(len(cohort.values(measure)) for measure in COMPARED_BY)
    country = profile.one.get(Factor.COUNTRY)
    parent = taxonomy.parent(taxonomy.find(Factor.COUNTRY, country)) if country else None
    if parent:
        solution = f"Use {parent.code!r} as the country and remove subdivision and metro area."
    else:
        solution = "Try again when more records are published."
    return (
        f"Not enough data: a benchmark needs {cohort.rules.min_records} records with such pay, and only "
        f"{count_of(count, 'matches', 'match')} {cohort.label}. {solution}"
    )


def check_offer(offer: Offer, rate: float | None) -> None:
    """Raise InputError with everything out of bounds; `rate` is US dollars per unit of the offer's currency, if known."""
    limits = (
        ("baseSalary", offer.base, Measure.BASE_SALARY),
        ("targetBonus", offer.bonus, Measure.BONUS),
        ("signOnBonus", offer.sign_on, Measure.BONUS),
        ("equityGrant", offer.grant, Measure.EQUITY),
    )
    with collected_problems() as problems:
        for name, amount, measure in limits:
            with problems.at():
                _check_amount(name, amount, MEASURES[measure], rate, offer.currency)
        with problems.at():
            _check_terms(offer)


def _check_amount(name: str, amount: float, spec: MeasureSpec, rate: float | None, currency: str) -> None:
    if rate is not None and not spec.low <= amount * rate <= spec.high:
        raise out_of_range(name, f"from {spec.low} to {spec.high:,} US dollars, got {_figure(amount)} {currency}.")


def _check_terms(offer: Offer) -> None:
    if not MIN_VESTING_YEARS <= offer.vesting_years <= MAX_VESTING_YEARS:
        years = _figure(offer.vesting_years)
        raise out_of_range("vestingYears", f"from {MIN_VESTING_YEARS} to {MAX_VESTING_YEARS}, got {years}.")
    if offer.label is not None and not (len(offer.label) <= MAX_LABEL_CHARACTERS and offer.label.isprintable()):
        raise InputError(f"`label` must be one line of at most {MAX_LABEL_CHARACTERS} printable characters.", ("label",))


def _figure(amount: float) -> str:
    """
    >>> _figure(-0.5), _figure(1_250_000), _figure(1e300), _figure(float("nan"))
    ('-0.50', '1,250,000.00', '1e+300', 'nan')
    """
    return f"{amount:,.2f}" if abs(amount) < 1e12 else f"{amount:g}"


_MARKS = ((0.5, "the median", "half"), (0.75, "P75", "a quarter"), (0.9, "P90", "a tenth"))


@dataclass(frozen=True, slots=True)
class _Mark:
    """A percentile of the cohort as something to ask for, and the share of records that reach it."""

    amount: float
    name: str
    share: str


def _advice(stats: Stats, offered: PercentileRank, uplift: Stats | None) -> NegotiationAdvice:
    """The target is the lower of median and P75 that exceeds the offer; the stretch is the next of median, P75 and P90.

    An offer at P75 or above is its own target, and P90 the stretch if it is shown: beyond that, market figures are no
    argument.
    """
    marks = [_Mark(amount, *words) for p, *words in _MARKS if (amount := stats.percentile(p)) is not None]
    target = next((mark for mark in marks[:2] if mark.amount > offered.amount), None)
    aimed = target.amount if target else offered.amount
    stretch = next((mark for mark in marks if mark.amount > aimed), None)
    reasons = [*_target_reasons(stats, offered, target), *_stretch_reasons(stats, stretch), *_sample_reasons(stats, uplift)]
    return NegotiationAdvice(aimed, stretch.amount if stretch else aimed, uplift, reasons)


def _target_reasons(stats: Stats, offered: PercentileRank, target: _Mark | None) -> Iterator[str]:
    currency = stats.cohort.currency
    yield (
        f"The offer's {MEASURES[stats.measure].label} of {_money(offered.amount, currency)} exceeds that of "
        f"{offered.rank:.0f}% of {stats.count:,} records ({stats.cohort.label})."
    )
    if target:
        more = 100 * (target.amount / offered.amount - 1)
        yield (
            f"The target of {_money(target.amount, currency)} is {more:.1f}% more than the offer. It is {target.name}, "
            f"which {target.share} of the records reach."
        )
    else:
        third = _money(stats.quartile(0.75), currency)
        yield f"The offer is at or above P75 ({third}), so the market gives little reason to ask for more."


def _stretch_reasons(stats: Stats, stretch: _Mark | None) -> Iterator[str]:
    if stretch:
        amount = _money(stretch.amount, stats.cohort.currency)
        yield f"The stretch goal of {amount} is {stretch.name}, which {stretch.share} of the records reach."


def _sample_reasons(stats: Stats, uplift: Stats | None) -> Iterator[str]:
    if uplift:
        median = f"{uplift.quartile(0.5):g}%"
        yield f"Negotiation raised first offers by a median of {median} in {uplift.count:,} records that report it."
    if not stats.cohort.filters_on(Factor.ROLE):
        yield "The comparison includes all roles, because there are too few records of this one."
    if stats.confidence is Confidence.LOW:
        yield f"The comparison is based on only {stats.count} records. A few more could change it considerably."


def _money(amount: float, currency: str) -> str:
    return f"{currency} {amount:,.0f}"
