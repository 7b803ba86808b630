"""The tools: for each its description, arguments, GraphQL operation and result."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from service.mcp import arguments as given
from service.mcp import results
from service.mcp.results import Data, Result

_OPERATIONS = Path(__file__).with_name("operations")


@dataclass(frozen=True)
class Tool:
    """A tool, which runs the operation of its name with the variables of its arguments."""

    name: str
    title: str
    description: str
    arguments: type[given.Arguments]
    result: type[Result]
    answer: Callable[[Data, Any], Result]
    """The result of an operation's data and the arguments."""

    @cached_property
    def operation(self) -> str:
        return (_OPERATIONS / f"{self.name}.graphql").read_text()


def _search_result(data: Data, _: given.SearchArguments) -> Result:
    found = data["factorValues"]
    return results.SearchResult(
        total=found["totalCount"],
        values=results.values(found["nodes"]),
        citation=results.citation(data["cohort"]["citation"]),
        refusal=None if found["nodes"] else results.Refusal(message="No value matches. Search for a part of its name."),
    )


def _cohort_fields(cohort: Data, asked: given.PayArguments) -> dict[str, Any]:
    return {
        "cohort": cohort["label"],
        "size": cohort["size"],
        "measure": asked.measure.value,
        "currency": asked.currency.upper(),
        "citation": results.citation(cohort["citation"]),
        "refusal": results.refusal(cohort["unavailable"]),
    }


def _summary(data: Data, asked: given.PayArguments) -> Result:
    cohort = data["cohort"]
    return results.SummaryResult(**_cohort_fields(cohort, asked), figures=results.figures(cohort["stats"]))


def _group(group: Data) -> results.Group:
    value, cohort = group["value"] or {"code": None, "label": "unknown"}, group["cohort"]
    figures = results.figures(cohort["stats"])
    return results.Group(**value, size=cohort["size"], figures=figures, cautions=results.messages(group))


def _premiums(table: Data | None) -> results.Premiums | None:
    if table is None:
        return None
    rows = [
        results.Premium(
            **row["value"], percent=row["percent"], interval=results.interval(row["interval"]), sample_size=row["records"]
        )
        for row in table["rows"]
    ]
    baseline = table["baseline"]["label"] if table["baseline"] else None
    return results.Premiums(baseline=baseline, method=table["method"], unavailable=table["reason"], rows=rows)


def _groups(data: Data, asked: given.GroupArguments) -> Result:
    cohort = data["cohort"]
    return results.GroupResult(
        **_cohort_fields(cohort, asked),
        factor=asked.factor.value,
        groups=[_group(group) for group in cohort["by"]],
        premiums=_premiums(cohort.get("premiums")),
    )


def _period(point: Data) -> results.Period:
    stats = point["stats"]
    return results.Period(
        period=point["period"],
        sample_size=stats["count"] if stats else 0,
        median=stats["p50"] if stats else None,
        median_interval=results.interval(stats["interval"]) if stats and stats["interval"] else None,
        change_percent=point["change"],
        mix_adjusted_median=point["adjusted"],
        mix_adjusted_interval=results.interval(point["adjustedInterval"]) if point["adjustedInterval"] else None,
        mix_adjusted_change_percent=point["adjustedChange"],
    )


def _trend(data: Data, asked: given.TrendArguments) -> Result:
    cohort = data["cohort"]
    periods = [_period(point) for point in cohort["trend"]]
    cautions = [*results.messages(cohort["stats"]), *chain.from_iterable(map(results.messages, cohort["trend"]))]
    return results.TrendResult(**_cohort_fields(cohort, asked), periods=periods, cautions=cautions)


def _offer(data: Data, _: given.OfferArguments) -> Result:
    offer = data["benchmarkOffer"]
    return results.OfferResult(
        currency=offer["currency"],
        annualized_total=offer["annualized"],
        first_year=offer["firstYear"],
        four_year_value=offer["fourYearValue"],
        compared_measure=offer["measure"].lower(),
        percentile_rank=offer["rank"]["rank"],
        percentile_rank_interval=results.interval(offer["rank"]["interval"]),
        sample_size=offer["rank"]["count"],
        compa_ratio=offer["compaRatio"],
        compared_with=offer["cohort"]["label"],
        dropped_factors=[step["dropped"].lower() for step in offer["relaxations"] if step["dropped"]],
        negotiation_target=offer["negotiation"]["target"],
        negotiation_reasons=offer["negotiation"]["reasons"],
        cautions=results.messages(offer["cohort"][offer["measure"].lower()]),
        citation=results.citation(offer["cohort"]["citation"]),
    )


def _estimate(data: Data, asked: given.EstimateArguments) -> Result:
    estimate = data["estimatePay"]
    shared = {name: estimate[name] for name in ("p10", "p25", "p75", "p90", "coverage", "method", "notes")}
    return results.EstimateResult(
        **shared,
        measure=asked.measure.value,
        currency=asked.currency.upper(),
        median=estimate["p50"],
        sample_size=estimate["records"],
        contributions=[
            results.Contribution(
                factor=one["factor"].lower(), value=one["value"] and one["value"]["label"], amount=one["amount"]
            )
            for one in estimate["contributions"]
        ],
        citation=results.citation(estimate["citation"]),
    )


def _wage(wage: Data) -> results.Wage:
    shared = {name: wage[name] for name in ("occupation", "area", "year", "employment", "p10", "p25", "p75", "p90", "mean")}
    return results.Wage(**shared, industry=wage["naicsTitle"], median=wage["p50"])


def _wages(data: Data, asked: given.WageArguments) -> Result:
    wages, unavailable = data["officialWages"], data["officialWagesUnavailable"]
    if not wages:
        refusal = results.Refusal(message=unavailable["message"]) if unavailable else None
        return results.WageResult(currency=asked.currency.upper(), wages=[], refusal=refusal)
    source = wages[0]["source"]
    return results.WageResult(
        currency=asked.currency.upper(),
        wages=[_wage(wage) for wage in wages],
        citation=results.Citation(text=f"{source['label']}, {wages[0]['year']} ({source['licence']})", url=source["url"]),
    )


def _title(data: Data, _: given.TitleArguments) -> Result:
    read = data["readTitle"]
    return results.TitleResult(
        role=results.value(read["role"]) if read["role"] else None,
        level=read["level"] and read["level"].lower(),
        specializations=results.values(read["specializations"]),
        certainty=read["certainty"],
        reason=read["reason"],
        citation=results.citation(data["cohort"]["citation"]),
    )


_EXACT = (
    "Figures are exact, with sample size, 95% confidence interval, cautions and a citation; below the minimum sample size "
    "there is a refusal instead."
)

TOOLS = (
    Tool(
        "search_values",
        "Find codes",
        "Find the codes that filters of the other tools take: roles, countries, metro areas, skills and so on, by a "
        "part of their names. Use it first; for a whole job title use read_title.",
        given.SearchArguments,
        results.SearchResult,
        _search_result,
    ),
    Tool(
        "pay_summary",
        "Pay of a group",
        "Median and percentiles of pay for machine-learning and related jobs that match a filter, such as senior data "
        f"scientists in Germany. {_EXACT}",
        given.PayArguments,
        results.SummaryResult,
        _summary,
    ),
    Tool(
        "compare_groups",
        "Compare pay by a factor",
        "Pay for each value of a factor (level, country, metro area, work mode, industry, skill and so on), and with a "
        f"baseline each value's premium over it with all other factors held equal. {_EXACT}",
        given.GroupArguments,
        results.GroupResult,
        _groups,
    ),
    Tool(
        "pay_trend",
        "Pay over time",
        f"Median pay by year or quarter, its change, and the change for the same mix of jobs. {_EXACT}",
        given.TrendArguments,
        results.TrendResult,
        _trend,
    ),
    Tool(
        "benchmark_offer",
        "Assess an offer",
        "Where an offer lies among the pay of comparable jobs: its annual value, percentile rank, ratio to the median, and "
        "what to negotiate for. Comparable jobs share all factors of the profile that enough records share.",
        given.OfferArguments,
        results.OfferResult,
        _offer,
    ),
    Tool(
        "estimate_pay",
        "Estimate pay",
        "Estimate the pay of a profile that may have no exact match, by a model fitted to all records, with what each "
        "factor contributes. Prefer pay_summary where it has enough records.",
        given.EstimateArguments,
        results.EstimateResult,
        _estimate,
    ),
    Tool(
        "official_wages",
        "Official US wages",
        "Wages from the US Bureau of Labor Statistics (OEWS) for the occupation of a role: by state or metro area, or by "
        "industry. A second source beside the records, never mixed with them.",
        given.WageArguments,
        results.WageResult,
        _wages,
    ),
    Tool(
        "read_title",
        "Read a job title",
        "The role, level and specializations that a job title means, as codes for filters, and how certain that is.",
        given.TitleArguments,
        results.TitleResult,
        _title,
    ),
)
"""In the order in which they are listed."""
