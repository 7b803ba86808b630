"""Benchmarks of offers: by hand, and against PostgreSQL's percentile_cont and counts."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.databases import clone
from support.records import publish
from support.sql_oracle import publish_random, where_sql

from service.errors import InputError, UnknownCode
from service.index.build import build_current_index
from service.index.index import Index
from service.market.offer import Offer, OfferBenchmark, benchmark_offer, benchmark_pay
from service.market.profile import Profile, profile_of
from service.market.relaxation import most_specific_cohort
from service.stats.suppression import DEFAULT_RULES, CautionCode
from service.store.bulk import BulkConnection, bulk_connection
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

MLE = {"role": "machine-learning-engineer"}
RECORDS = [
    # 21 in the US: total compensation 100, 110, ... 300 thousand, of which 40 thousand are equity and 10 thousand bonus
    *(
        {
            **MLE,
            "country": "us",
            "base_salary": 50_000 + 10_000 * n,
            "bonus": 10_000,
            "equity": 40_000,
            "total_cash": 60_000 + 10_000 * n,
            "total_compensation": 100_000 + 10_000 * n,
            **({"negotiation_uplift": 2 * n} if n < 5 else {}),
        }
        for n in range(21)
    ),
    # 25 in Germany report a base salary, and only 6 of them a total compensation, all the same
    *({**MLE, "country": "de", "base_salary": 60_000 + 1_000 * n} for n in range(19)),
    *({**MLE, "country": "de", "base_salary": 90_000, "total_compensation": 100_000} for _ in range(6)),
    # 6 in France, and 4 in Spain
    *({**MLE, "country": "fr", "base_salary": 50_000, "total_compensation": 80_000} for _ in range(6)),
    *({**MLE, "country": "es", "base_salary": 50_000, "total_compensation": 80_000} for _ in range(4)),
    # in Japan and Korea 25 of another family report all; in Japan 20 of the role report a base salary
    *({"role": "data-analyst", "country": "jp", "total_compensation": 30_000} for _ in range(25)),
    *({"role": "data-analyst", "country": "kr", "total_compensation": 30_000} for _ in range(25)),
    *({**MLE, "country": "jp", "base_salary": 60_000} for _ in range(20)),
]


def who(index: Index, country: str, **other: str) -> Profile:
    one = {Factor(name): code for name, code in other.items()}
    return profile_of(index.reference.taxonomy, {Factor.ROLE: MLE["role"], Factor.COUNTRY: country} | one)


def offered(index: Index, total: float) -> OfferBenchmark:
    """An offer in the US whose total compensation is an amount."""
    return benchmark_offer(index, Offer(who(index, "us"), total - 50_000, 10_000, 0, 160_000, 4), DEFAULT_RULES)


def test_an_offer_by_hand(index: Index) -> None:
    """Base 150, bonus 20, a quarter of a sign-on bonus of 20, 40 vesting in 4 years: 185 thousand; nine of 21 are below."""
    offer = Offer(who(index, "us"), 150_000, 20_000, 20_000, 40_000, 4, label="A")
    found = benchmark_offer(index, offer, DEFAULT_RULES)
    assert (found.label, found.currency, found.measure) == ("A", "USD", Measure.TOTAL_COMPENSATION)
    assert (found.annualized, found.first_year) == (185_000, 200_000)
    assert (found.rank.amount, found.rank.rank, found.rank.count) == (185_000, pytest.approx(100 * 9 / 21), 21)
    assert (found.rank.interval.low, found.rank.interval.high) == (
        pytest.approx(24.47, abs=0.01),
        pytest.approx(63.45, abs=0.01),
    )
    assert (found.compa_ratio, found.range_penetration) == (185 / 200, 35 / 100)
    assert [(step.dropped, step.sufficient) for step in found.relaxations] == [(None, True)]
    parts = [(part.measure, part.amount, part.rank and part.rank.rank) for part in found.components()]
    assert parts == [
        (Measure.BASE_SALARY, 150_000, pytest.approx(100 * 10.5 / 21)),
        (Measure.BONUS, 25_000, 100),
        (Measure.EQUITY, 10_000, 0),
        (Measure.TOTAL_CASH, 175_000, pytest.approx(100 * 12 / 21)),
    ]


@pytest.mark.parametrize(
    ("total", "target", "stretch"),
    [
        (90_000, 200_000, 250_000),
        (199_999, 200_000, 250_000),
        (200_000, 250_000, 280_000),
        (249_999, 250_000, 280_000),
        (250_000, 250_000, 280_000),
        (279_000, 279_000, 280_000),
        (280_000, 280_000, 280_000),
        (900_000, 900_000, 900_000),
    ],
)
def test_target_and_stretch(index: Index, total: float, target: float, stretch: float) -> None:
    """The median is 200, P75 250 and P90 280 thousand."""
    advice = offered(index, total).negotiation()
    assert (advice.target, advice.stretch) == (target, stretch)


def test_reasons_contain_their_figures(index: Index) -> None:
    advice = offered(index, 160_000).negotiation()
    assert advice.typical_uplift
    assert (advice.typical_uplift.count, advice.typical_uplift.quartile(0.5)) == (5, 4)
    expected = [
        ("total compensation of USD 160,000", "31% of 21 records", "(Machine Learning Engineers, United States)"),
        ("USD 200,000", "25.0% more", "the median", "half"),
        ("USD 250,000", "P75", "a quarter"),
        ("median of 4%", "5 records"),
    ]
    assert [
        [word for word in words if word not in reason] for words, reason in zip(expected, advice.reasons, strict=True)
    ] == [[] for _ in expected]
    high = offered(index, 300_000).negotiation()
    assert "at or above P75 (USD 250,000)" in high.reasons[1]
    assert len(high.reasons) == 3


def test_amounts_are_in_the_currency_of_the_offer(index: Index) -> None:
    """The same offer in euros, at the rate of the newest year, has the same rank as in dollars."""
    rate = index.reference.rates.latest("EUR")
    dollars = offered(index, 185_500)
    euros = benchmark_offer(index, Offer(who(index, "us"), 185_500 / rate, currency="EUR"), DEFAULT_RULES)
    assert euros.currency == euros.cohort.currency == "EUR"
    assert euros.annualized == pytest.approx(185_500 / rate)
    assert euros.rank.rank == dollars.rank.rank
    assert euros.compa_ratio == pytest.approx(dollars.compa_ratio, rel=1e-5)  # each record in whole euros
    assert euros.range_penetration == pytest.approx(dollars.range_penetration, rel=1e-4)
    assert euros.negotiation().target == round(200_000 / rate)
    assert f"total compensation of EUR {185_500 / rate:,.0f}" in euros.negotiation().reasons[0]


def test_base_salaries_are_compared_if_few_records_report_totals(index: Index) -> None:
    """In Germany 25 report their base salary and only six the total. Nineteen are below 79, the median is 72 thousand."""
    found = benchmark_offer(index, Offer(who(index, "de"), 79_000, 5_000), DEFAULT_RULES)
    assert (found.measure, found.annualized) == (Measure.BASE_SALARY, 84_000)
    assert (found.rank.amount, found.rank.rank, found.rank.count) == (79_000, 100 * 19 / 25, 25)
    assert found.compa_ratio == 79 / 72
    reason = found.negotiation().reasons[0]
    assert "base salary of USD 79,000" in reason
    assert "76% of 25 records" in reason
    [base, bonus, *_] = found.components()
    assert (base.rank, bonus.rank) == (found.rank, None)


@pytest.mark.parametrize(
    ("base", "penetration", "target"), [(79_000, 0, 80_000), (80_000, 0.5, 80_000), (81_000, 1, 81_000)]
)
def test_range_of_width_zero(index: Index, base: float, penetration: float, target: float) -> None:
    """All six in France get 80 thousand: under 20 records no cohort is sufficient, but the last one has figures."""
    found = benchmark_offer(index, Offer(who(index, "fr"), base), DEFAULT_RULES)
    assert (found.measure, found.rank.count, found.relaxations[-1].sufficient) == (Measure.TOTAL_COMPENSATION, 6, False)
    assert found.range_penetration == penetration
    advice = found.negotiation()
    assert (advice.target, advice.stretch) == (target, target)
    assert "only 6 records" in advice.reasons[-1]


def test_too_few_records_are_refused_with_a_solution(index: Index) -> None:
    with pytest.raises(InputError, match=r"needs 5 records.* only 4 match Spain\. Use 'europe' as the country"):
        benchmark_offer(index, Offer(who(index, "es", metro="madrid"), 50_000), DEFAULT_RULES)
    assert benchmark_pay(index, who(index, "es"), 50_000, 0, 0, "EUR", DEFAULT_RULES) is None
    assert benchmark_offer(index, Offer(who(index, "europe"), 50_000), DEFAULT_RULES).rank.count == 35


@pytest.fixture(scope="module")
def partly_sample(server_url: str, empty_template: str) -> Iterator[Index]:
    """In the US 20 real records and 30 of the sample, in France 3 and 6, in Germany 10 of the sample alone."""
    counts = {"us": (20, 30), "fr": (3, 6), "de": (0, 10)}
    records = [
        {**MLE, "country": country, "source": source, "base_salary": 100_000 + 1_000 * n}
        for country, numbers in counts.items()
        for source, number in zip(("lca", "sample"), numbers, strict=True)
        for n in range(number)
    ]
    with clone(server_url, empty_template) as url:
        publish(url, records)
        yield build_current_index(url)


def test_peers_are_generated_records_only_where_an_offer_has_too_few_others(partly_sample: Index) -> None:
    def compared(country: str) -> tuple[int, bool]:
        found = benchmark_offer(partly_sample, Offer(who(partly_sample, country), 105_000), DEFAULT_RULES)
        return found.rank.count, CautionCode.SAMPLE_DATA in [caution.code for caution in found.stats.cautions]

    assert {country: compared(country) for country in ("us", "fr", "de")} == {
        "us": (20, False),
        "fr": (9, True),
        "de": (10, True),
    }


def test_a_submission_is_never_compared_with_generated_records(partly_sample: Index) -> None:
    for country, count in (("us", 20), ("fr", None), ("de", None)):
        profile = who(partly_sample, country)
        found = benchmark_pay(partly_sample, profile, 105_000, None, None, "USD", DEFAULT_RULES)
        peers = most_specific_cohort(partly_sample, profile, measure=Measure.BASE_SALARY, min_records=10)
        assert (found and found.rank.count, peers and len(peers)) == (count, count)


def test_continent_without_records(index: Index) -> None:
    with pytest.raises(InputError, match=r"only 0 match Oceania\. Try again when more records are published"):
        benchmark_offer(index, Offer(who(index, "oceania"), 50_000), DEFAULT_RULES)


def test_benchmark_of_current_pay(index: Index) -> None:
    whole = benchmark_pay(index, who(index, "us"), 150_000, 10_000, 25_000, "USD", DEFAULT_RULES)
    assert whole
    assert (whole.measure, whole.annualized, whole.first_year, whole.label) == (
        Measure.TOTAL_COMPENSATION,
        185_000,
        185_000,
        None,
    )
    assert whole.rank.rank == pytest.approx(100 * 9 / 21)


@pytest.mark.parametrize(
    ("bonus", "equity", "parts"),
    [
        (None, None, [Measure.BASE_SALARY]),
        (None, 9_000, [Measure.BASE_SALARY, Measure.EQUITY]),
        (9_000, None, [Measure.BASE_SALARY, Measure.BONUS, Measure.TOTAL_CASH]),
    ],
)
def test_missing_components_are_not_zero(
    index: Index, bonus: float | None, equity: float | None, parts: list[Measure]
) -> None:
    found = benchmark_pay(index, who(index, "us"), 150_000, bonus, equity, "USD", DEFAULT_RULES)
    assert found
    assert (found.measure, found.rank.rank, found.rank.amount) == (Measure.BASE_SALARY, 50, 150_000)
    assert [part.measure for part in found.components()] == parts


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base": 0}, "`baseSalary` must be from 1 to 100,000,000 US dollars, got 0.00 USD."),
        ({"base": -1}, "`baseSalary` must"),
        ({"base": float("nan")}, "`baseSalary` must be from 1 to 100,000,000 US dollars, got nan USD."),
        ({"base": 1e300}, "got 1e+300 USD"),
        ({"base": 99_000_000, "currency": "GBP"}, "got 99,000,000.00 GBP"),
        ({"bonus": -0.01}, "`targetBonus` must be from 0 to 100,000,000 US dollars, got -0.01 USD."),
        ({"sign_on": float("inf")}, "`signOnBonus` must"),
        ({"grant": 1_000_000_001}, "`equityGrant` must be from 0 to 1,000,000,000 US dollars"),
        ({"vesting_years": 0}, "`vestingYears` must be from 1 to 10, got 0.00."),
        ({"vesting_years": 10.5}, "`vestingYears` must"),
        ({"vesting_years": float("nan")}, "`vestingYears` must"),
        ({"label": "x" * 201}, "`label` must be one line of at most 200 printable characters"),
        ({"label": "a\x00b"}, "`label` must"),
        ({"label": "\ud800"}, "`label` must"),
    ],
)
def test_invalid_offers_are_refused(index: Index, change: dict[str, object], words: str) -> None:
    offer = replace(Offer(who(index, "us"), 150_000), **change)  # type: ignore[arg-type]
    with pytest.raises(InputError) as caught:
        benchmark_offer(index, offer, DEFAULT_RULES)
    assert words in str(caught.value)


def test_unknown_currencies_are_refused(index: Index) -> None:
    with pytest.raises(UnknownCode, match="no currency"):
        benchmark_offer(index, Offer(who(index, "us"), 150_000, currency="EUX"), DEFAULT_RULES)


@pytest.fixture(scope="module")
def many(server_url: str, empty_template: str) -> Iterator[tuple[BulkConnection, Index]]:
    with clone(server_url, empty_template) as url:
        publish_random(url, 3_000, 13)
        with bulk_connection(url) as rows:
            yield rows, build_current_index(url)


amounts = st.integers(0, 200_000)


@settings(max_examples=60)
@given(data=st.data(), base=st.integers(1, 300_000), bonus=amounts, sign_on=amounts, grant=amounts, years=st.floats(1, 10))
def test_benchmarks_equal_postgres(
    many: tuple[BulkConnection, Index], data: st.DataObject, base: int, bonus: int, sign_on: int, grant: int, years: float
) -> None:
    rows, index = many
    taxonomy = index.reference.taxonomy
    countries = [value.code for value in taxonomy.values(Factor.COUNTRY) if value.id in index.base.sets.values]
    levels = [value.code for value in taxonomy.values(Factor.LEVEL)]
    one = {Factor.COUNTRY: data.draw(st.sampled_from(countries)), Factor.LEVEL: data.draw(st.sampled_from(levels))}
    offer = Offer(profile_of(taxonomy, one), base, bonus, sign_on, grant, years)
    found = benchmark_offer(index, offer, DEFAULT_RULES)
    amount = base + bonus + sign_on / 4 + grant / years
    assert found.annualized == pytest.approx(amount, rel=1e-12)
    assert found.first_year == pytest.approx(base + bonus + sign_on + grant / years, rel=1e-12)

    def query(expressions: str, measure: Measure) -> list[object]:
        cohort = f"SELECT {measure.value} AS x FROM salary_record WHERE {where_sql(found.cohort.conditions, taxonomy)}"
        result = rows.query(f"SELECT {expressions} FROM ({cohort}) AS cohort WHERE x IS NOT NULL")
        return [column[0].as_py() for column in result.columns]

    quartiles = ", ".join(f"percentile_cont({p}) WITHIN GROUP (ORDER BY x)" for p in (0.25, 0.5, 0.75))
    first, median, third = query(quartiles, found.measure)
    assert found.measure is Measure.TOTAL_COMPENSATION
    assert found.compa_ratio == found.rank.amount / median  # type: ignore[operator]
    assert found.range_penetration == (found.rank.amount - first) / (third - first)  # type: ignore[operator]
    advice = found.negotiation()
    assert advice.target == (median if amount < median else third if amount < third else found.rank.amount)  # type: ignore[operator]
    assert advice.target <= advice.stretch
    ranked = [(found.measure, found.rank), *((part.measure, part.rank) for part in found.components())]
    for measure, rank in ranked:
        assert rank
        value = repr(rank.amount)
        count, below, equal = query(
            f"count(*), count(*) FILTER (WHERE x < {value}), count(*) FILTER (WHERE x = {value})", measure
        )
        assert rank.count == count
        assert rank.rank == pytest.approx(100 * (below + equal / 2) / count)  # type: ignore[operator]
