"""Summary statistics against SciPy, NumPy and statsmodels, and as properties."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, median_abs_deviation, percentileofscore, ttest_1samp
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from service.stats.percentiles import (
    SortedList,
    difference_interval,
    distribution,
    log_mad,
    mean_interval,
    percentile,
    percentile_interval,
    percentile_rank,
    rank_interval,
    share_interval,
)

whole = st.integers(1, 1_000_000)
samples = st.lists(whole, min_size=1, max_size=200).map(lambda values: SortedList(sorted(values)))


@given(samples, st.floats(0, 1))
def test_percentile_is_type_7(values: SortedList, p: float) -> None:
    assert percentile(values, p) == pytest.approx(np.quantile(np.array(values), p, method="linear"), rel=1e-12)


@given(samples, whole)
def test_percentile_rank_is_the_mean_rank(values: SortedList, amount: int) -> None:
    assert percentile_rank(values, amount) == pytest.approx(percentileofscore(values, amount, kind="mean"))


@given(st.integers(5, 3_000), st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_percentile_intervals_have_their_level_and_are_minimal(n: int, p: float, level: float) -> None:
    """The interval from rank l to u covers l to u - 1 binomial successes; a narrower end would leave over half the tail."""
    found = percentile_interval(SortedList(range(1, n + 1)), p, level)
    tail = (1 - level) / 2
    if found is None:
        assert binom.cdf(0, n, p) > tail or binom.cdf(1, n, p) > tail or binom.sf(n - 3, n, p) > tail
        return
    low, high = int(found.low), int(found.high)
    assert 2 <= low < high <= n - 1
    assert binom.cdf(high - 1, n, p) - binom.cdf(low - 1, n, p) >= level - 1e-9
    assert binom.cdf(low, n, p) > tail - 1e-12
    assert binom.sf(high - 2, n, p) > tail - 1e-12


@given(st.integers(0, 500), st.integers(1, 500), st.sampled_from([0.8, 0.95, 0.99]))
def test_rank_intervals_equal_scipy(below: int, more: int, level: float) -> None:
    count = below + more
    found = rank_interval(100 * below / count, count, level)
    expected = binomtest(below, count).proportion_ci(level, method="wilson")
    assert (found.low, found.high) == (
        pytest.approx(100 * expected.low, abs=1e-9),
        pytest.approx(100 * expected.high, abs=1e-9),
    )


@given(st.integers(0, 500), st.integers(1, 500), st.sampled_from([0.8, 0.95, 0.99]))
def test_share_intervals_equal_statsmodels(carry: int, others: int, level: float) -> None:
    count = carry + others
    found = share_interval(carry / count, count, level)
    expected = proportion_confint(carry, count, 1 - level, method="wilson")
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)
    assert found.level == level


scores = st.lists(st.integers(1, 5), min_size=2, max_size=300)


@given(scores | st.lists(whole, min_size=2, max_size=100), st.sampled_from([0.5, 0.8, 0.95, 0.999]))
def test_mean_intervals_equal_scipy_and_statsmodels(values: list[int], level: float) -> None:
    """SciPy's is that of the t test, statsmodels' that of its descriptive statistics."""
    array = np.array(values, float)
    found = mean_interval(float(array.mean()), float(array.std(ddof=1)), len(values), level)
    if len(set(values)) == 1:
        assert found is None
        return
    assert found is not None
    expected = ttest_1samp(array, 0).confidence_interval(level)
    assert (found.low, found.high) == (pytest.approx(expected.low, rel=1e-9), pytest.approx(expected.high, rel=1e-9))
    assert (found.low, found.high) == pytest.approx(DescrStatsW(array).tconfint_mean(1 - level), rel=1e-9)


def test_single_and_equal_values_have_no_mean_interval() -> None:
    assert mean_interval(4, 0, 1, 0.95) is None
    assert mean_interval(4, 0, 9, 0.95) is None


@given(samples | st.lists(st.integers(1, 5), min_size=1).map(lambda values: SortedList(sorted(values))))
def test_log_mad_equals_scipy(values: SortedList) -> None:
    expected = median_abs_deviation(np.log(np.array(values)), scale="normal")
    assert log_mad(values) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_log_mad_reads_few_values() -> None:
    touched: list[int] = []

    class Watched(SortedList):
        def __getitem__(self, k: int) -> float:  # type: ignore[override]
            touched.append(k)
            return super().__getitem__(k)

    log_mad(Watched(range(1, 100_001)))
    assert len(touched) < 100


@given(samples, st.integers(1, 100))
def test_distribution_counts_each_value_once(values: SortedList, bins: int) -> None:
    found = distribution(values, bins)
    assert len(found.bins) == bins
    assert found.below + found.above + sum(part.count for part in found.bins) == len(values)
    widths = {round(part.high - part.low, 4) for part in found.bins}
    assert max(widths) - min(widths) <= 1e-3 * max(widths)


@given(st.lists(whole, min_size=20, max_size=100), st.integers(1, 10**9))
def test_edges_do_not_disclose_the_maximum(values: list[int], more: int) -> None:
    """The bins do not depend on how large the maximum is."""
    usual = SortedList(sorted(values))
    outlier = SortedList([*usual[:-1], usual[-1] + more])
    assert [part.low for part in distribution(usual, 10).bins] == [part.low for part in distribution(outlier, 10).bins]


def test_intervals_of_differences_cover_the_true_difference() -> None:
    """Of 600 pairs of independent samples of log-normal pay, of unequal sizes and spreads, about 95% or a few more."""
    rng = np.random.default_rng(20_261_201)
    z = NormalDist().inv_cdf
    for p in (0.25, 0.5, 0.75):
        true = np.exp(11.8 + 0.4 * z(p)) - np.exp(11.5 + 0.2 * z(p))
        covered = 0
        for _ in range(200):
            a, b = (
                SortedList(np.sort(np.exp(rng.normal(mean, spread, size))).tolist())
                for mean, spread, size in ((11.8, 0.4, 60), (11.5, 0.2, 150))
            )
            found = [(percentile(values, p), percentile_interval(values, p, 0.95)) for values in (a, b)]
            assert found[0][1]
            assert found[1][1]
            interval = difference_interval(*found[0], *found[1])  # type: ignore[arg-type]
            covered += interval.low <= true <= interval.high
        assert 0.93 <= covered / 200 <= 1
