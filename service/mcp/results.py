"""Results of the tools. Each has figures with their sample size, interval and cautions, or says why there are none."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

Data = Mapping[str, Any]
"""An object of a GraphQL response."""


class Citation(BaseModel):
    text: str = Field(description="What to cite: data, edition, sources and licences.")
    url: str | None = Field(default=None, description="Address of the figures.")


class Refusal(BaseModel):
    """Why there is no figure, and what to do."""

    message: str
    available_measures: list[str] = Field(default=[], description="Measures that the records do report.")


class Result(BaseModel):
    citation: Citation | None = None
    refusal: Refusal | None = None


class Interval(BaseModel):
    low: float
    high: float


class Figures(BaseModel):
    sample_size: int = Field(description="Records that report the measure.")
    unit: str
    p10: float | None = None
    p25: float | None = None
    median: float
    p75: float | None = None
    p90: float | None = None
    mean: float | None = None
    median_interval: Interval | None = Field(default=None, description="95% confidence interval of the median.")
    confidence: str
    cautions: list[str] = []


class Value(BaseModel):
    code: str
    label: str
    records: int | None = None
    parent: str | None = None


class SearchResult(Result):
    total: int = Field(description="Values that match in all.")
    values: list[Value]


class CohortResult(Result):
    cohort: str
    size: int = Field(description="Records that match the filter.")
    measure: str
    currency: str


class SummaryResult(CohortResult):
    figures: Figures | None = None


class Group(BaseModel):
    code: str | None = Field(description="Null for records without a value of the factor.")
    label: str
    size: int
    figures: Figures | None = Field(default=None, description="Null if too few records report the measure.")
    cautions: list[str] = Field(default=[], description="About the comparison with other groups.")


class Premium(BaseModel):
    code: str
    label: str
    percent: float = Field(description="How much more than the baseline, all other factors held equal.")
    interval: Interval = Field(description="95% confidence interval.")
    sample_size: int


class Premiums(BaseModel):
    baseline: str | None = None
    method: str
    unavailable: str | None = None
    rows: list[Premium]


class GroupResult(CohortResult):
    factor: str
    groups: list[Group]
    premiums: Premiums | None = None


class Period(BaseModel):
    period: str
    sample_size: int
    median: float | None = None
    median_interval: Interval | None = None
    change_percent: float | None = Field(default=None, description="Change of the median from a year before.")
    mix_adjusted_median: float | None = Field(default=None, description="The median had the mix of jobs stayed the same.")
    mix_adjusted_interval: Interval | None = None
    mix_adjusted_change_percent: float | None = None


class TrendResult(CohortResult):
    periods: list[Period]
    cautions: list[str] = []


class OfferResult(Result):
    currency: str
    annualized_total: float
    first_year: float
    four_year_value: float
    compared_measure: str
    percentile_rank: float = Field(description="Percent of comparable records that pay less.")
    percentile_rank_interval: Interval
    sample_size: int
    compa_ratio: float = Field(description="The offer divided by the median of comparable records.")
    compared_with: str
    dropped_factors: list[str] = Field(description="Factors that comparable records need not share, as too few did.")
    negotiation_target: float
    negotiation_reasons: list[str]
    cautions: list[str] = []


class Contribution(BaseModel):
    factor: str
    value: str | None
    amount: float


class EstimateResult(Result):
    measure: str
    currency: str
    p10: float | None = None
    p25: float | None = None
    median: float | None = None
    p75: float | None = None
    p90: float | None = None
    sample_size: int = Field(default=0, description="Records that the model was fitted to.")
    coverage: float | None = Field(default=None, description="Share of held-out records between P10 and P90.")
    method: str = ""
    notes: list[str] = []
    contributions: list[Contribution] = Field(default=[], description="What each factor adds to the baseline pay.")


class Wage(BaseModel):
    occupation: str
    area: str
    industry: str
    year: int
    employment: int | None = None
    p10: float | None = None
    p25: float | None = None
    median: float | None = None
    p75: float | None = None
    p90: float | None = None
    mean: float | None = None


class WageResult(Result):
    currency: str
    wages: list[Wage]


class TitleResult(Result):
    role: Value | None = None
    level: str | None = None
    specializations: list[Value] = []
    certainty: float = Field(description="0 to 1.")
    reason: str | None = None


def citation(data: Data | None) -> Citation | None:
    """A relative address is left out: without PAYRANK_PUBLIC_URL, only clients know where the service is."""
    if not data:
        return None
    url = data["url"] if data["url"].startswith("http") else None
    return Citation(text=data["text"].removesuffix(data["url"]).strip(), url=url)


def refusal(unavailable: Data | None) -> Refusal | None:
    if not unavailable:
        return None
    return Refusal(message=unavailable["message"], available_measures=[name.lower() for name in unavailable["available"]])


def figures(stats: Data | None) -> Figures | None:
    if not stats:
        return None
    shared = {name: stats.get(name) for name in ("p10", "p25", "p75", "p90", "mean")}
    return Figures(
        **shared,
        sample_size=stats["count"],
        unit=stats["unit"].lower(),
        median=stats["p50"],
        median_interval=interval(stats["interval"]) if stats["interval"] else None,
        confidence=stats["confidence"].lower(),
        cautions=messages(stats),
    )


def interval(data: Data) -> Interval:
    return Interval(low=data["low"], high=data["high"])


def messages(found: Data | None) -> list[str]:
    """The messages of the cautions of statistics, or of a group."""
    return [caution["message"] for caution in found["cautions"]] if found else []


def value(data: Data) -> Value:
    return Value(**{**data, "parent": data["parent"]["code"] if data.get("parent") else None})


def values(data: Sequence[Data]) -> list[Value]:
    return [value(one) for one in data]
