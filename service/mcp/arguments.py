"""Arguments of the tools: their descriptions are what a language model chooses by."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from service.vocabulary.factors import FACTORS, NOT_IN_PROFILES, Factor, Storage
from service.vocabulary.measures import STORED_CURRENCY, Adjustment, Measure

MAX_GROUPS = 50

Code = Annotated[str, Field(max_length=100)]


class Arguments(BaseModel):
    """Arguments of a tool. Unknown ones are errors, so that a misspelt filter never selects everything."""

    model_config = ConfigDict(extra="forbid")

    @property
    def variables(self) -> dict[str, object]:
        """The variables of the tool's operation."""
        return self.model_dump()


def _code(factor: Factor) -> Any:
    """The type of a factor's codes; those of a closed factor are listed."""
    codes = FACTORS[factor].codes
    return Literal[codes] if codes else Code


def _filter_field(factor: Factor) -> tuple[Any, Any]:
    description = FACTORS[factor].description
    return list[_code(factor)], Field(default=[], max_length=50, description=description)  # type: ignore[misc]


_FILTER_FIELDS: dict[str, Any] = {factor.value: _filter_field(factor) for factor in Factor}
Filter = create_model(
    "Filter",
    __base__=Arguments,
    __doc__="Codes of factors, as search_values returns them. A record matches if it has one of the codes of each factor.",
    **_FILTER_FIELDS,
)


def match(where: BaseModel | None) -> dict[str, object]:
    """A CohortFilter of a filter."""
    chosen = where.model_dump() if where else {}
    return {"match": [{"factor": enum_name(factor), "any": codes} for factor, codes in chosen.items() if codes]}


def enum_name(value: str) -> str:
    """The name that the API has for a value of an enumeration, such as BASE_SALARY."""
    return str(value).upper()


class PayArguments(Arguments):
    where: Filter | None = Field(  # type: ignore[valid-type]
        default=None, description="Which records to use, by codes of search_values. Without it: all."
    )
    measure: Measure = Field(
        default=Measure.BASE_SALARY,
        description="What is measured. Most data report base_salary; total_compensation adds bonus and equity.",
    )
    currency: str = Field(default=STORED_CURRENCY, max_length=3, description="ISO 4217 code of the currency of all amounts.")
    adjust: Adjustment = Field(
        default=Adjustment.NONE, description="cost_of_living divides pay by the price level of its place."
    )

    @property
    def variables(self) -> dict[str, object]:
        return {
            "where": match(self.where),
            "measure": enum_name(self.measure),
            "currency": self.currency,
            "adjust": enum_name(self.adjust),
        }


class GroupArguments(PayArguments):
    factor: Factor = Field(description="What to compare by, such as level, metro, work_mode or skill.")
    under: Code | None = Field(
        default=None,
        description="Roles, countries and other trees are compared at their top level, such as continents; with this, at "
        "the level below a code, such as europe.",
    )
    first: int = Field(default=10, ge=1, le=MAX_GROUPS, description="The number of groups, the largest first.")
    highest_paid_first: bool = Field(default=False, description="Order groups by median instead of by size.")
    baseline: Code | None = Field(
        default=None,
        description="A value of the factor: also return each value's premium over it with all other factors held equal.",
    )

    @property
    def variables(self) -> dict[str, object]:
        measure = enum_name(self.measure)
        order = {"field": "MEDIAN", "measure": measure} if self.highest_paid_first else None
        return {
            **super().variables,
            "factor": enum_name(self.factor),
            "under": self.under,
            "first": self.first,
            "order": order,
            "baseline": self.baseline,
            "premiums": self.baseline is not None,
        }


class TrendArguments(PayArguments):
    interval: Literal["year", "quarter"] = Field(default="year", description="Length of the periods: year or quarter.")

    @property
    def variables(self) -> dict[str, object]:
        return {**super().variables, "interval": enum_name(self.interval)}


class SearchArguments(Arguments):
    factor: Factor = Field(description="The factor whose codes are wanted, such as role, metro or skill.")
    search: str | None = Field(default=None, max_length=200, description="Part of a name, such as 'machine learning'.")
    under: Code | None = Field(default=None, description="Only values below this one in a tree, such as a country.")
    first: int = Field(default=20, ge=1, le=100, description="The maximum number of values.")

    @property
    def variables(self) -> dict[str, object]:
        return {"factor": enum_name(self.factor), "search": self.search, "under": self.under, "first": self.first}


_PROFILE_FACTORS = [
    factor
    for factor, spec in FACTORS.items()
    if factor not in NOT_IN_PROFILES and spec.storage is not Storage.DERIVED and factor not in (Factor.ROLE, Factor.COUNTRY)
]


def _profile_field(factor: Factor) -> tuple[Any, Any]:
    spec = FACTORS[factor]
    if factor is Factor.EXPERIENCE:
        return int | None, Field(default=None, ge=0, le=60, description=spec.description)
    kind: Any = list[Code] if spec.storage is Storage.MANY else _code(factor)
    return kind | None, Field(default=None, description=spec.description)


class _Person(Arguments):
    role: Code = Field(description="Code of a role of search_values, such as machine-learning-engineer.")
    country: Code = Field(description="Code of the country of the workplace, such as us or de.")


_PROFILE_FIELDS: dict[str, Any] = {factor.value: _profile_field(factor) for factor in _PROFILE_FACTORS}
Profile = create_model(
    "Profile",
    __base__=_Person,
    __doc__="A person and their job, by codes of search_values.",
    **_PROFILE_FIELDS,
)

_MANY = {factor.value for factor in _PROFILE_FACTORS if FACTORS[factor].storage is Storage.MANY}
_CLOSED = {factor.value for factor in _PROFILE_FACTORS if FACTORS[factor].codes}


def profile_input(profile: BaseModel) -> dict[str, object]:
    """A ProfileInput of a profile."""
    return {
        _input_name(name): enum_name(value).replace("-", "_") if name in _CLOSED else value
        for name, value in profile.model_dump(exclude_none=True).items()
    }


def _input_name(name: str) -> str:
    first, *rest = (f"{name}s" if name in _MANY else name).split("_")
    return first + "".join(part.capitalize() for part in rest)


class EstimateArguments(Arguments):
    profile: Profile  # type: ignore[valid-type]
    measure: Measure = Field(default=Measure.BASE_SALARY, description="base_salary or total_compensation.")
    currency: str = Field(default=STORED_CURRENCY, max_length=3, description="ISO 4217 code of the currency.")

    @property
    def variables(self) -> dict[str, object]:
        return {
            "profile": profile_input(self.profile),
            "measure": enum_name(self.measure),
            "currency": self.currency,
        }


class OfferArguments(Arguments):
    profile: Profile  # type: ignore[valid-type]
    base_salary: float = Field(gt=0, description="Base salary a year, before tax.")
    target_bonus: float = Field(default=0, ge=0, description="Target bonus a year.")
    sign_on_bonus: float = Field(default=0, ge=0, description="Sign-on bonus, once.")
    equity_grant: float = Field(default=0, ge=0, description="Value of the whole equity grant today.")
    vesting_years: float = Field(default=4, ge=1, le=10, description="Years in which the grant vests.")
    currency: str = Field(default=STORED_CURRENCY, max_length=3, description="ISO 4217 code of all amounts.")

    @property
    def variables(self) -> dict[str, object]:
        return {
            "offer": {
                "profile": profile_input(self.profile),
                "baseSalary": self.base_salary,
                "targetBonus": self.target_bonus,
                "signOnBonus": self.sign_on_bonus,
                "equityGrant": self.equity_grant,
                "vestingYears": self.vesting_years,
                "currency": self.currency,
            }
        }


class WageArguments(Arguments):
    role: Code | None = Field(default=None, description="Code of a role; its occupation in the official statistics is used.")
    place: Code | None = Field(default=None, description="Code of a US state or metro area, or us for the whole country.")
    industry: Code | None = Field(default=None, description="Code of an industry; only for the whole country.")
    currency: str = Field(default=STORED_CURRENCY, max_length=3, description="ISO 4217 code of the amounts.")
    first: int = Field(default=10, ge=1, le=MAX_GROUPS, description="The maximum number of rows.")


class TitleArguments(Arguments):
    title: str = Field(min_length=1, max_length=200, description="A job title as written, such as 'Sr. ML Engineer (NLP)'.")
