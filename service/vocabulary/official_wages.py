"""Official wages: what a statistical office publishes of the wages of an occupation in an area and an industry."""

from dataclasses import dataclass

from service.vocabulary.factors import Factor

ALL_INDUSTRIES = "000000"
"""The industry code of figures over all industries."""
AMOUNTS = ("mean", "p10", "p25", "p50", "p75", "p90")
FIGURES = ("employment", *AMOUNTS)


@dataclass(frozen=True, slots=True)
class OfficialWage:
    """Published figures of one occupation, area and industry; None where the office did not release one.

    `employment` is in jobs, rounded by the office; amounts are annual wages in whole units of `currency`. `place` and
    `industry` are the values that mean the same as the area and the industry, None where no value does.
    """

    source: str
    year: int
    currency: str
    occupation_code: str
    occupation: str
    area_code: str
    area: str
    place: tuple[Factor, str] | None
    naics_code: str
    naics_title: str
    industry: str | None
    employment: int | None
    mean: int | None
    p10: int | None
    p25: int | None
    p50: int | None
    p75: int | None
    p90: int | None


@dataclass(frozen=True, slots=True)
class RoleOccupation:
    """The occupation (SOC) of a role: `share` of the `filings` with titles of the role carry its code, at least half."""

    role: str
    occupation_code: str
    share: float
    filings: int
