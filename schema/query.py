"""Queries."""

from typing import Annotated

import strawberry

from schema.context import Info
from schema.limits.arguments import cohorts, filters, items, listed_values, page, similar_records, title_length
from schema.limits.cost import costs
from schema.types import contributed, difference, estimate, official_wage, record, review, vocabulary
from schema.types.cohort import After, Before, First, Last, OrderBy
from schema.types.contributed import ContributedBreakdown, PrivacySpending
from schema.types.edition import Edition, edition_of
from schema.types.estimate import PayEstimate
from schema.types.inputs import Adjust, CohortFilter, InCurrency, OfferInput, ProfileInput, filter_of, record_order_of
from schema.types.node import MAX_IDS, Node, find_node, find_nodes
from schema.types.offer import benchmark, compare
from schema.types.official_wage import OfficialWage
from schema.types.record import SalaryRecordConnection
from schema.types.review import EmployerCandidate, ReviewItemConnection
from schema.types.scalars import USD, Code, Currency
from schema.types.submission import Receipt
from schema.types.vocabulary import DEFAULT_VALUES, MAX_VALUES, FactorValueConnection, TitleReading
from service.errors import collected_problems
from service.intake import submission
from service.intake.contribution_rules import ContributionRules
from service.intake.employer_review import MAX_CANDIDATES
from service.intake.protected_tables import TABLES
from service.intake.screening import FindingCode
from service.limits import Limits
from service.market.cohort import Cohort, cohort_of
from service.market.comparison import MAX_OFFERS, OfferComparison
from service.market.difference import CohortDifference
from service.market.listing import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, PageArguments, check_page
from service.market.offer import OfferBenchmark
from service.market.official_wages import DEFAULT_WAGES, MAX_WAGES
from service.store.data_loading import DataLoading, read_loading
from service.store.submissions import Submission
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Adjustment, Measure, Unavailable
from service.vocabulary.titles import MAX_CHARACTERS

Where = Annotated[CohortFilter | None, strawberry.argument(description="Filter; all records by default.")]
DEFAULT_REVIEW_PAGE = 20


WageRole = Annotated[Code | None, strawberry.argument(description="Role or role family; any occupation by default.")]
WagePlace = Annotated[
    Code | None,
    strawberry.argument(description="Metro area, subdivision or country: san-jose, us-ca, us; any area by default."),
]
WageIndustry = Annotated[
    Code | None, strawberry.argument(description="Industry, for the whole country; all industries and each by default.")
]


@strawberry.type(description="Queries.")
class Query:
    @strawberry.field(
        description="Object by its id; null if there is none, as for a record that the current edition does not have. A "
        "submission requires a moderator's bearer token, without which it is null.",
        metadata=costs(1),
    )
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id from this API.")],  # noqa: A002
    ) -> Node | None:
        return await find_node(info.context, id)

    @strawberry.field(
        description="Objects by their ids, in the same order; each is null where `node` is.",
        metadata=costs(0, each=1, times=items("ids", MAX_IDS)),
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"Ids from this API, at most {MAX_IDS}.")],
    ) -> list[Node | None] | None:
        return await find_nodes(info.context, ids)

    @strawberry.field(description="Edition of this response.")
    def edition(self, info: Info) -> Edition:
        return edition_of(info.context.index)

    @strawberry.field(description="Limits of this service.")
    def limits(self, info: Info) -> Limits:
        return info.context.limits

    @strawberry.field(description="How this service takes and publishes contributed pay.")
    def contribution_rules(self, info: Info) -> ContributionRules:
        return info.context.intake.rules

    @strawberry.field(description="Loading of pay data at the first start of this installation; null if there was none.")
    def data_loading(self, info: Info) -> DataLoading | None:
        return read_loading(info.context.intake.journal.folder)

    @strawberry.field(description="Currencies that amounts can be converted to.")
    def currencies(self, info: Info) -> list[Currency]:
        return [Currency(code) for code in info.context.index.reference.rates.currencies]

    @strawberry.field(
        description="Values of a factor to filter by, optionally those that match a search or lie below another value.",
        metadata=costs(2, times=page(DEFAULT_VALUES, MAX_VALUES), more=listed_values(DEFAULT_VALUES, MAX_VALUES)),
    )
    async def factor_values(
        self,
        info: Info,
        factor: Annotated[Factor, strawberry.argument(description="Factor.")],
        search: Annotated[
            str | None,
            strawberry.argument(
                description="Part of a label, a code or an alternative spelling; for ROLE also a job title, such as Senior "
                "Machine Learning Engineer."
            ),
        ] = None,
        under: Annotated[
            Code | None, strawberry.argument(description="Only values below this one; for METRO also a state or country.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description=f"Return the first n values, at most {MAX_VALUES}.")
        ] = DEFAULT_VALUES,
        after: Annotated[str | None, strawberry.argument(description="Return values after this cursor.")] = None,
    ) -> FactorValueConnection | None:
        first = DEFAULT_VALUES if first is None else first
        index = info.context.index
        searched = len(index.reference.taxonomy.spellings(factor)) if search else 0
        return await index.compute(lambda: vocabulary.factor_values(index, factor, search, under, first, after), searched)

    @strawberry.field(
        description="Role, level and specializations of a job title, as imports read them.",
        metadata=costs(2, more=title_length),
    )
    async def read_title(
        self,
        info: Info,
        title: Annotated[
            str,
            strawberry.argument(
                description="Job title, such as Senior ML Engineer, Computer Vision (m/f/d); at most "
                f"{MAX_CHARACTERS} characters."
            ),
        ],
    ) -> TitleReading | None:
        return vocabulary.read_title(info.context.index, title)

    @strawberry.field(
        description=f"Records that match a filter, in pages of at most {MAX_PAGE_SIZE}; the latest {DEFAULT_PAGE_SIZE} by "
        "default.",
        metadata=costs(2, each=1, times=page(DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE), more=filters("where")),
    )
    async def salary_records(
        self,
        info: Info,
        where: Where = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: OrderBy = None,
    ) -> SalaryRecordConnection | None:
        order = record_order_of(order_by)
        arguments = PageArguments(first, after, last, before, info.context.limits.page_size)
        with collected_problems() as problems:
            with problems.at():
                cohort = cohort_of(info.context.index, filter_of(where), USD, Adjustment.NONE, info.context.rules)
            with problems.at():
                check_page(order, arguments)
        return await record.record_page(cohort, order, arguments)

    @strawberry.field(
        description="Statistics of the records that match a filter.",
        metadata=costs(1, more=filters("where"), selects=cohorts("where")),
    )
    async def cohort(
        self, info: Info, where: Where = None, currency: InCurrency = USD, adjust: Adjust = Adjustment.NONE
    ) -> Cohort | None:
        return cohort_of(info.context.index, filter_of(where), currency or USD, adjust, info.context.rules)

    @strawberry.field(
        description="Differences of the quartiles and medians of two cohorts, `a` minus `b`, with confidence intervals.",
        metadata=costs(6, more=filters("a", "b"), selects=cohorts("a", "b")),
    )
    async def compare_cohorts(
        self,
        info: Info,
        a: Annotated[CohortFilter, strawberry.argument(description="Filter of the first cohort.")],
        b: Annotated[CohortFilter, strawberry.argument(description="Filter of the cohort to compare it with.")],
        measure: Annotated[Measure, strawberry.argument(description="Measure.")] = Measure.TOTAL_COMPENSATION,
        currency: InCurrency = USD,
        adjust: Adjust = Adjustment.NONE,
    ) -> CohortDifference | None:
        return await difference.compare_cohorts(info.context, a, b, measure, currency or USD, adjust)

    @strawberry.field(
        description="Figures of contributed answers that no record shows: premiums by a factor, means of scores and "
        "negotiation uplifts by role family, and counts of contributors by country and role family. They contain noise "
        "(differential privacy), and are published once a year. Without country and role family, world medians by role "
        "family, of contributed records weighted by these counts.",
        metadata=costs(2),
    )
    async def contributed_breakdown(
        self,
        info: Info,
        factor: Annotated[
            Factor | None,
            strawberry.argument(
                description="Factor to compare, over the world; COMPETING_OFFERS for the share with any, by role family. By "
                "default role families."
            ),
        ] = None,
        country: Annotated[
            Code | None, strawberry.argument(description="Country, for the counts of contributors by role family.")
        ] = None,
        role_family: Annotated[
            Code | None,
            strawberry.argument(description="Role family, for the counts of contributors by country and for one mean."),
        ] = None,
        measure: Annotated[
            Measure,
            strawberry.argument(
                description="Measure: BASE_SALARY for premiums, counts and world medians, TOTAL_COMPENSATION for world "
                "medians, otherwise a mean by role family."
            ),
        ] = Measure.BASE_SALARY,
    ) -> ContributedBreakdown | None:
        return await contributed.contributed_breakdown(info.context, factor, measure, country, role_family)

    @strawberry.field(
        description="Epsilon of every protected table that was published, the latest year first. Published records are not "
        "differentially private; docs/trust.md describes their protection.",
        metadata=costs(2, times=len(TABLES)),
    )
    async def privacy_ledger(self, info: Info) -> list[PrivacySpending] | None:
        return await contributed.privacy_ledger(info.context)

    @strawberry.field(
        description="Official wages of the United States (BLS), by occupation, area and industry: those over all industries "
        "first, then those of industries, each by employment. Empty if the role has no occupation: no code is on half of "
        "the filings with its titles. `officialWagesUnavailable` says why.",
        metadata=costs(2, times=page(DEFAULT_WAGES, MAX_WAGES)),
    )
    async def official_wages(
        self,
        info: Info,
        role: WageRole = None,
        place: WagePlace = None,
        industry: WageIndustry = None,
        currency: Annotated[
            Currency | None,
            strawberry.argument(description="Currency of amounts, converted from US dollars at the rate of the year."),
        ] = USD,
        first: Annotated[
            int | None, strawberry.argument(description=f"Return the first n entries, at most {MAX_WAGES}.")
        ] = DEFAULT_WAGES,
    ) -> list[OfficialWage] | None:
        first = DEFAULT_WAGES if first is None else first
        return await official_wage.official_wages(info.context, role, place, industry, currency or USD, first)

    @strawberry.field(description="Why `officialWages` with these arguments is empty; null if it is not.", metadata=costs(2))
    async def official_wages_unavailable(
        self, info: Info, role: WageRole = None, place: WagePlace = None, industry: WageIndustry = None
    ) -> Unavailable | None:
        return await official_wage.official_wages_unavailable(info.context, role, place, industry)

    @strawberry.field(
        description="Submission, for the holder of its receipt; null for an unknown receipt.", metadata=costs(2)
    )
    async def submission(self, info: Info, receipt: Receipt) -> Submission | None:
        return await submission.find(info.context.intake, receipt)

    @strawberry.field(
        description="Compare an offer with the most specific cohort of similar records that is large enough, and get advice "
        "for the negotiation. Generated samples are used only where there are too few other records, with a caution.",
        metadata=costs(10, selects=similar_records),
    )
    async def benchmark_offer(
        self, info: Info, offer: Annotated[OfferInput, strawberry.argument(description="Offer.")]
    ) -> OfferBenchmark | None:
        return await benchmark(info.context, offer)

    @strawberry.field(
        description="Compare offers: each is benchmarked, and valued at the cost of living of the first offer's place.",
        metadata=costs(2, each=10, times=items("offers", MAX_OFFERS), selects=similar_records),
    )
    async def compare_offers(
        self,
        info: Info,
        offers: Annotated[
            list[OfferInput],
            strawberry.argument(
                description="Two to five offers. All are converted to the currency and cost of living of the first."
            ),
        ],
    ) -> OfferComparison | None:
        return await compare(info.context, offers)

    @strawberry.field(
        description="Estimate percentiles of pay for a profile, and the contribution of each of its values. The first "
        "query of a measure takes some seconds, while its model is fitted.",
        metadata=costs(50),
    )
    async def estimate_pay(
        self,
        info: Info,
        profile: Annotated[
            ProfileInput, strawberry.argument(description="Job and person to estimate for; unknown values may be left out.")
        ],
        currency: Annotated[
            Currency | None,
            strawberry.argument(
                description="Currency of amounts, converted from US dollars at the rate of the latest year; USD if null."
            ),
        ] = USD,
        measure: Annotated[
            Measure, strawberry.argument(description="Measure to estimate: any that is an amount.")
        ] = Measure.TOTAL_COMPENSATION,
    ) -> PayEstimate | None:
        return await estimate.estimate_pay(info.context, profile, currency or USD, measure)

    @strawberry.field(
        description=f"Held and flagged submissions, oldest first, at most {MAX_PAGE_SIZE} per page. Requires a moderator's "
        "bearer token.",
        metadata=costs(2, each=1, times=page(DEFAULT_REVIEW_PAGE, MAX_PAGE_SIZE)),
    )
    async def review_queue(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description=f"Return the first n submissions, at most {MAX_PAGE_SIZE}.")
        ] = DEFAULT_REVIEW_PAGE,
        after: Annotated[str | None, strawberry.argument(description="Return submissions after this cursor.")] = None,
        finding: Annotated[
            FindingCode | None, strawberry.argument(description="Only submissions with this finding.")
        ] = None,
    ) -> ReviewItemConnection | None:
        first = DEFAULT_REVIEW_PAGE if first is None else first
        return await review.review_queue(info.context, first, after, finding)

    @strawberry.field(
        description="Employer names of contributions by invitation that match no known employer, the most frequent first, "
        f"at most {MAX_CANDIDATES}. Requires a moderator's bearer token.",
        metadata=costs(10, times=MAX_CANDIDATES),
    )
    async def employer_candidates(self, info: Info) -> list[EmployerCandidate] | None:
        return await review.employer_candidates(info.context)
