"""The claims of the page, source by source: what each data set says about them, and which of them cannot say anything.

The claims and their tests are those of `web/src/pages/factors`, each on the records of one source.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.markdown import table
from bench.validation.client import ApiClient, Where
from bench.validation.evidence import Estimate, Evidence, Interval, Side, Unit, difference, evidence_cell, growth
from service.counts import joined
from service.vocabulary.factors import FACTORS
from service.vocabulary.measures import MEASURES, Measure

SOURCES: Mapping[str, tuple[str, ...]] = {
    "ai-jobs": ("aijobs", "aijobs-survey"),
    "LCA": ("lca",),
    "data_jobs": ("data-jobs-2023",),
    "NYC": ("nyc-jobs",),
    "data professionals": ("dataprofessionals",),
    "Stack Overflow 2017": ("stackoverflow-2017",),
    "Stack Overflow 2025": ("stackoverflow-2025",),
    "Koodiklinikka": tuple(f"koodiklinikka-{year}" for year in range(2021, 2026)),
    "ColombiaDev": ("colombiadev-2016", "colombiadev-2020", "colombiadev-2021"),
}
"""The data sets by their publishers; Stack Overflow's surveys are apart, since they asked for different pay."""
MAX_HUBS, MIN_BASELINE, RECENT_YEARS, SIGNIFICANT = 5, 30, 3, 5.0
CLAIMED_INDUSTRIES = ("finance", "healthcare", "automotive")
_GROUPS = "{ value { code label } cohort { size stats(measure: $measure) { count p50 } } }"
_PREMIUMS = """
    query ($where: CohortFilter, $adjust: Adjustment!, $factor: Factor!, $under: Code, $baseline: Code, $measure: Measure!) {
        cohort(where: $where, adjust: $adjust) {
            premiums(factor: $factor, under: $under, baseline: $baseline, measure: $measure) {
                rows { value { code label } percent interval { low high } records }
            }
        }
    }
"""
_MEANS = """
    query ($where: CohortFilter, $factor: Factor!, $measure: Measure!, $pay: Measure!) {
        cohort(where: $where) {
            by(factor: $factor, orderBy: {field: VALUE, direction: ASC}) {
                value { code label }
                cohort {
                    stats(measure: $measure) { mean meanInterval { low high } count }
                    pay: stats(measure: $pay) { p50 }
                }
            }
        }
    }
"""
_PARTS = """
    query ($where: CohortFilter) {
        cohort(where: $where) {
            base: stats(measure: BASE_SALARY) { mean }
            bonus: stats(measure: BONUS) { mean meanInterval { low high } count }
            equity: stats(measure: EQUITY) { mean meanInterval { low high } count }
        }
    }
"""
_YEARS = """
    query ($where: CohortFilter, $measure: Measure!) {
        cohort(where: $where) {
            trend(interval: YEAR, measure: $measure) { period adjusted adjustedInterval { low high } stats { count } }
        }
    }
"""
_OUTLOOK = """
    query ($where: CohortFilter, $measure: Measure!) {
        cohort(where: $where) {
            outlook(measure: $measure, quarters: 4) { points { period start median interval { low high } } records }
            trend(interval: QUARTER, measure: $measure) { start adjusted stats { p50 } }
        }
    }
"""
LABELS = {
    **{factor.name: spec.label for factor, spec in FACTORS.items()},
    **{measure.name: spec.label for measure, spec in MEASURES.items()},
}
Directions = Mapping[str, Side] | Callable[[str], Side | None]
"""The predicted side of values by code, or of any value."""


class Scope:
    """The records of a source that claims are tested on, and the measure of pay that most of them report."""

    def __init__(self, client: ApiClient, sources: Sequence[str]) -> None:
        self.client, self.where = client, {"source": list(sources)}
        pay = {measure: self.reported(measure) for measure in ("BASE_SALARY", "TOTAL_COMPENSATION")}
        self.measure = max(pay, key=lambda name: pay[name])

    def reports(self, name: str) -> bool:
        """Whether enough records for a figure report a factor or a measure."""
        if name in Measure.__members__:
            return self.reported(name) > 0
        return any(_pay(group)["count"] for group in self.groups(name))

    def reported(self, measure: str) -> int:
        """The number of records that report a measure, 0 if there are too few to show."""
        query = "query ($where: CohortFilter, $m: Measure!) { cohort(where: $where) { stats(measure: $m) { count } } }"
        stats = self.client.query(query, where=self.where, m=measure)["cohort"]["stats"]
        return stats["count"] if stats else 0

    def groups(self, factor: str, where: Where | None = None) -> list[dict[str, Any]]:
        """The groups by a factor that have a value, in the order of the API: the largest or the lowest value first."""
        by = f"by(factor: {factor}, first: 500) {_GROUPS}"
        query = f"query ($where: CohortFilter, $measure: Measure!) {{ cohort(where: $where) {{ {by} }} }}"
        found = self.client.query(query, where=where or self.where, measure=self.measure)["cohort"]["by"]
        return [group for group in found if group["value"]]

    def large(self, factor: str, where: Where | None = None) -> list[dict[str, Any]]:
        return [group for group in self.groups(factor, where) if _pay(group)["count"] >= MIN_BASELINE]

    def premiums(
        self,
        factor: str,
        predicted: Directions,
        *,
        baseline: str | None = None,
        under: str | None = None,
        **others: Any,
    ) -> Evidence:
        """The premiums of the values of a factor that a claim predicts, with all other factors held equal."""
        variables = {"where": self.where, "measure": self.measure, "adjust": "NONE", **others}
        found = self.client.query(_PREMIUMS, factor=factor, baseline=baseline, under=under, **variables)
        rows = (found["cohort"]["premiums"] or {"rows": []})["rows"]
        side = predicted if callable(predicted) else predicted.get
        estimates = [
            Estimate(row["value"]["label"], _interval(row["percent"], row["interval"]), row["records"], predicted_side)
            for row in rows
            if (predicted_side := side(row["value"]["code"]))
        ]
        codes = {row["value"]["code"] for row in rows}
        return Evidence(estimates, missing=[] if callable(predicted) else [code for code in predicted if code not in codes])


def _pay(group: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = group["cohort"]["stats"] or {"count": 0, "p50": 0}
    return found


def _interval(value: float, bounds: Mapping[str, float]) -> Interval:
    return Interval(value, bounds["low"], bounds["high"])


# Tests of claims


def _hubs(scope: Scope, adjust: str = "NONE") -> Evidence:
    """The largest metro areas, compared with the one with the median pay among as many of the next largest."""
    country = max(_countries(scope), key=lambda group: group["cohort"]["size"], default=None)
    if country is None:
        return Evidence([])
    where: Where = {**scope.where, "country": [country["value"]["code"]]}
    large = scope.large("METRO", where)
    count = min(MAX_HUBS, max(1, len(large) // 3))
    hubs, others = large[:count], sorted(large[count : 2 * count], key=lambda group: float(_pay(group)["p50"]))
    if not others:
        return Evidence([])
    typical = others[(len(others) - 1) // 2]["value"]["code"]
    predicted: dict[str, Side] = {group["value"]["code"]: "above" for group in hubs}
    return scope.premiums("METRO", predicted, baseline=typical, adjust=adjust, where=where)


def _countries(scope: Scope) -> list[dict[str, Any]]:
    """Groups by country, below their continents."""
    found: list[dict[str, Any]] = []
    for continent in scope.groups("COUNTRY"):
        by = f'by(factor: COUNTRY, under: "{continent["value"]["code"]}", first: 500) {_GROUPS}'
        query = f"query ($where: CohortFilter, $measure: Measure!) {{ cohort(where: $where) {{ {by} }} }}"
        found += scope.client.query(query, where=scope.where, measure=scope.measure)["cohort"]["by"]
    return [group for group in found if group["value"]]


def _experience(scope: Scope) -> Evidence:
    lowest = next(iter(scope.large("EXPERIENCE")), None)
    return scope.premiums("EXPERIENCE", _any_above, baseline=lowest["value"]["code"]) if lowest else Evidence([])


def _any_above(_: str) -> Side:
    return "above"


def _any_below(_: str) -> Side:
    return "below"


def _industries(scope: Scope) -> Evidence:
    """Finance and healthcare, and autonomous vehicles, which are below the automotive industry."""
    unclaimed = (group for group in scope.large("INDUSTRY") if group["value"]["code"] not in CLAIMED_INDUSTRIES)
    typical = next(unclaimed, None)
    if typical is None:
        return Evidence([])
    baseline = typical["value"]["code"]
    every = scope.premiums("INDUSTRY", {"finance": "above", "healthcare": "above"}, baseline=baseline)
    cars = scope.premiums("INDUSTRY", {"autonomous-vehicles": "above"}, baseline=baseline, under="automotive")
    return Evidence([*every.estimates, *cars.estimates], missing=[*every.missing, *cars.missing])


def _startups(scope: Scope) -> Evidence:
    base = scope.premiums("EMPLOYER_TYPE", {"startup": "below"}, baseline="private", measure="BASE_SALARY")
    equity = scope.premiums("EMPLOYER_TYPE", {"startup": "above"}, baseline="private", measure="EQUITY")
    estimates = [
        Estimate(label, one.interval, one.records, one.predicted)
        for label, found in (("base salary", base), ("equity", equity))
        for one in found.estimates
    ]
    return Evidence(estimates, missing=[*base.missing, *equity.missing])


def _sizes(code: str) -> Side | None:
    return "above" if code in ("medium", "large") else None  # other bands overlap these


def _means(
    scope: Scope,
    factor: str,
    measure: str,
    baseline: Callable[[Sequence[Mapping[str, Any]]], Mapping[str, Any] | None],
    predicted: Callable[[str], Side | None],
    unit: Unit,
) -> Evidence:
    """The differences between the means of the values of a factor."""
    found = scope.client.query(_MEANS, where=scope.where, factor=factor, measure=measure, pay=scope.measure)["cohort"]["by"]
    groups = [one for one in found if one["value"] and (one["cohort"]["stats"] or {}).get("meanInterval")]
    base = baseline(groups)
    if base is None:
        return Evidence([], unit)
    return Evidence(
        [
            Estimate(one["value"]["label"], difference(_mean(one), _mean(base)), one["cohort"]["stats"]["count"], side)
            for one in groups
            if one is not base and (side := predicted(one["value"]["code"]))
        ],
        unit,
    )


def _mean(group: Mapping[str, Any]) -> Interval:
    stats = group["cohort"]["stats"]
    return _interval(stats["mean"], stats["meanInterval"])


def _with_code(code: str, groups: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((group for group in groups if group["value"]["code"] == code), None)


def _best_paid(groups: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return max(groups, key=lambda group: (group["cohort"]["pay"] or {"p50": 0})["p50"], default=None)


def _startup_above(code: str) -> Side | None:
    return "above" if code == "startup" else None


def _parts(scope: Scope) -> Evidence:
    """The means of bonus and equity in percent of the mean base salary."""
    found = scope.client.query(_PARTS, where=scope.where)["cohort"]
    estimates = [
        Estimate(
            name,
            Interval(*(100 * amount / found["base"]["mean"] for amount in _bounds(found[name]))),
            found[name]["count"],
            "above",
        )
        for name in ("bonus", "equity")
        if found["base"] and found[name] and found[name]["meanInterval"]
    ]
    return Evidence(estimates, threshold=SIGNIFICANT)


def _bounds(stats: Mapping[str, Any]) -> tuple[float, float, float]:
    return stats["mean"], stats["meanInterval"]["low"], stats["meanInterval"]["high"]


def _growth(scope: Scope) -> Evidence:
    """Mix-adjusted growth a year, over all years and over the last few."""
    found = scope.client.query(_YEARS, where=scope.where, measure=scope.measure)["cohort"]["trend"]
    years = [one for one in found if one["adjusted"] and one["adjustedInterval"]]
    if len(years) < 2:
        several = sum(one["stats"] is not None for one in found) > 1
        return Evidence([], reason="each year is a survey of its own" if several else "one year only")
    starts = [number for number in dict.fromkeys((0, len(years) - 1 - RECENT_YEARS)) if 0 <= number < len(years) - 1]
    return Evidence([_growth_since(years, start) for start in starts])


def _growth_since(years: Sequence[Mapping[str, Any]], start: int) -> Estimate:
    first, last = years[start], years[-1]
    adjusted = [_interval(one["adjusted"], one["adjustedInterval"]) for one in (last, first)]
    rate = growth(adjusted[0], adjusted[1], len(years) - 1 - start)
    records = sum((one["stats"] or {"count": 0})["count"] for one in years[start:])
    return Estimate(f"{first['period']} to {last['period']}", rate, records, "above")


def _outlook(scope: Scope) -> Evidence:
    """The forecast for a year from the last quarter, compared with that quarter."""
    found = scope.client.query(_OUTLOOK, where=scope.where, measure=scope.measure)["cohort"]
    points = (found["outlook"] or {"points": []})["points"]
    before = [one for one in found["trend"] if points and one["start"] < points[0]["start"]]
    now = (before[-1]["adjusted"] or (before[-1]["stats"] or {}).get("p50")) if before else None
    if not points or not now:
        return Evidence([], reason="too few quarters")
    last = points[-1]
    bounds = (last["median"], last["interval"]["low"], last["interval"]["high"])
    interval = Interval(*(100 * (amount / now - 1) for amount in bounds))
    return Evidence([Estimate(last["period"], interval, found["outlook"]["records"], "above")])


def _premiums(factor: str, predicted: Directions, baseline: str | None = None, under: str | None = None) -> "Test":
    return lambda scope: scope.premiums(factor, predicted, baseline=baseline, under=under)


Test = Callable[[Scope], Evidence]


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of the page, the factors and measures that a source must report for it, and its test."""

    statement: str
    needs: tuple[str, ...]
    test: Test


CLAIMS = (
    Claim("Hubs pay more", ("METRO",), _hubs),
    Claim("Hubs pay more even after the cost of living", ("METRO",), partial(_hubs, adjust="COST_OF_LIVING")),
    Claim("Remote work pays a little less", ("WORK_MODE",), _premiums("WORK_MODE", {"remote": "below"}, "on-site")),
    Claim(
        "A master’s degree or a doctorate helps",
        ("EDUCATION",),
        _premiums("EDUCATION", {"master": "above", "doctorate": "above"}, "bachelor"),
    ),
    Claim("Experience pays", ("EXPERIENCE",), _experience),
    Claim("Promotions pay", ("LEVEL",), _premiums("LEVEL", _any_above, "entry")),
    Claim(
        "Competing offers strengthen a negotiation",
        ("COMPETING_OFFERS", "NEGOTIATION_UPLIFT"),
        partial(
            _means,
            factor="COMPETING_OFFERS",
            measure="NEGOTIATION_UPLIFT",
            baseline=partial(_with_code, "0"),
            predicted=_any_above,
            unit="points",
        ),
    ),
    Claim("Finance, healthcare and driverless cars pay more", ("INDUSTRY",), _industries),
    Claim("Start-ups pay less base salary and more equity", ("EMPLOYER_TYPE",), _startups),
    Claim("Larger employers pay more", ("EMPLOYER_SIZE",), _premiums("EMPLOYER_SIZE", _sizes, "small")),
    Claim(
        "Cloud certifications help",
        ("CERTIFICATION",),
        _premiums("CERTIFICATION", {"aws": "above", "google-cloud": "above", "microsoft": "above"}),
    ),
    Claim(
        "Language, vision and generative AI pay more",
        ("SPECIALIZATION",),
        _premiums("SPECIALIZATION", {"nlp": "above", "computer-vision": "above", "generative-ai": "above"}),
    ),
    Claim("Knowing Python pays", ("SKILL",), _premiums("SKILL", {"python": "above"}, under="programming-languages")),
    Claim("Flexible work costs salary", ("BENEFIT",), _premiums("BENEFIT", _any_below, under="flexibility")),
    Claim("Bonus and equity add significantly", ("BONUS",), _parts),
    Claim("Pay keeps rising", (), _growth),
    Claim("Pay will be higher in a year", (), _outlook),
    Claim(
        "Work-life balance is better away from the office",
        ("WORK_MODE", "WORK_LIFE_BALANCE"),
        partial(
            _means,
            factor="WORK_MODE",
            measure="WORK_LIFE_BALANCE",
            baseline=partial(_with_code, "on-site"),
            predicted=_any_above,
            unit="score",
        ),
    ),
    Claim(
        "Employers who pay less can satisfy more",
        ("EMPLOYER_TYPE", "JOB_SATISFACTION"),
        partial(
            _means,
            factor="EMPLOYER_TYPE",
            measure="JOB_SATISFACTION",
            baseline=_best_paid,
            predicted=_any_above,
            unit="score",
        ),
    ),
    Claim(
        "Careers grow faster at start-ups",
        ("EMPLOYER_TYPE", "CAREER_GROWTH"),
        partial(
            _means,
            factor="EMPLOYER_TYPE",
            measure="CAREER_GROWTH",
            baseline=partial(_with_code, "public"),
            predicted=_startup_above,
            unit="score",
        ),
    ),
)


# What each source says


@dataclass(frozen=True)
class ClaimResult:
    """What the sources say about a claim, and why the others say nothing, by their names."""

    statement: str
    evidence: Mapping[str, Evidence]
    silent: Mapping[str, str]


def ask_claims(client: ApiClient, sources: Mapping[str, Sequence[str]] = SOURCES) -> list[ClaimResult]:
    scopes = {name: Scope(client, codes) for name, codes in sources.items()}
    return [_asked(claim, scopes) for claim in CLAIMS]


def _asked(claim: Claim, scopes: Mapping[str, Scope]) -> ClaimResult:
    evidence, silent = {}, {}
    for name, scope in scopes.items():
        if unreported := [need for need in claim.needs if not scope.reports(need)]:
            silent[name] = f"no {joined([LABELS[need] for need in unreported], 'and')}"
        elif (found := claim.test(scope)).estimates:
            evidence[name] = found
        else:
            silent[name] = found.reason
    return ClaimResult(claim.statement, evidence, silent)


# Section of the report


def fields(results: Sequence[ClaimResult]) -> dict[str, object]:
    """The fields of page.md."""
    return {
        "claims": "\n\n".join(map(_section, results)),
        "claim_count": len(results),
        "claims_tested": sum(bool(one.evidence) for one in results),
        "claims_untested": joined([f"“{one.statement}”" for one in results if not one.evidence], "and"),
    }


def _section(result: ClaimResult) -> str:
    header = ("source", "verdict", "difference (95% CI; records)")
    rows = [(name, _verdict(found), evidence_cell(found)) for name, found in result.evidence.items()]
    reasons: dict[str, list[str]] = {}
    for name, reason in result.silent.items():
        reasons.setdefault(reason, []).append(name)
    silent = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in reasons.items())
    parts = [f"#### {result.statement}", table(header, rows) if rows else "", f"No figure: {silent}." if silent else ""]
    return "\n\n".join(filter(None, parts))


def _verdict(found: Evidence) -> str:
    return f"{found.verdict} (no figure for {', '.join(found.missing)})" if found.missing else found.verdict
