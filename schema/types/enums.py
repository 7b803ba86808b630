"""Enumerations. Members of closed factors carry the codes of the registry."""

from enum import StrEnum

from schema.types.definitions import define_enum
from service.errors import ProblemCode
from service.intake.review import ReviewDecision
from service.intake.screening import FindingCode
from service.market.grouping import GroupOrderField
from service.market.listing import RecordOrderField
from service.market.trend import Interval
from service.stats.suppression import (
    MAX_SOURCE_DISTANCE,
    MAX_SOURCE_SHIFT,
    MIN_COVERAGE,
    MIN_EMPLOYERS,
    MIN_HIGH_CONFIDENCE,
    MIN_MEDIUM_CONFIDENCE,
    CautionCode,
    Confidence,
    SuppressionCode,
)
from service.store.data_loading import DataLoadingState
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.measures import MEASURES, Adjustment, Measure, UnavailableCode, Unit


class Level(StrEnum):
    ENTRY = "entry"
    MID = "mid"
    SENIOR = "senior"
    STAFF = "staff"
    PRINCIPAL = "principal"
    EXECUTIVE = "executive"


class WorkMode(StrEnum):
    ON_SITE = "on-site"
    HYBRID = "hybrid"
    REMOTE = "remote"


class EmploymentType(StrEnum):
    FULL_TIME = "full-time"
    PART_TIME = "part-time"
    CONTRACT = "contract"
    FREELANCE = "freelance"
    INTERNSHIP = "internship"


class EmployerSize(StrEnum):
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    ENTERPRISE = "enterprise"
    FROM_20_TO_99 = "from-20-to-99"
    FROM_100_TO_499 = "from-100-to-499"
    FROM_500_TO_999 = "from-500-to-999"
    FROM_1000_TO_4999 = "from-1000-to-4999"
    FROM_5000_TO_9999 = "from-5000-to-9999"
    FROM_10000 = "from-10000"


class EmployerType(StrEnum):
    STARTUP = "startup"
    PRIVATE = "private"
    PUBLIC = "public"
    NONPROFIT = "nonprofit"
    GOVERNMENT = "government"
    ACADEMIA = "academia"
    AGENCY = "agency"


class EducationLevel(StrEnum):
    SECONDARY = "secondary"
    VOCATIONAL = "vocational"
    SOME_COLLEGE = "some-college"
    ASSOCIATE = "associate"
    BACHELOR = "bachelor"
    MASTER = "master"
    DOCTORATE = "doctorate"


class SourceKind(StrEnum):
    SELF_REPORTED = "self-reported"
    VERIFIED = "verified"
    SURVEY = "survey"
    POSTED_RANGE = "posted-range"
    GOVERNMENT_FILING = "government-filing"
    SAMPLE = "sample"


CLOSED_FACTORS: dict[Factor, type[StrEnum]] = {
    Factor.LEVEL: Level,
    Factor.EMPLOYMENT_TYPE: EmploymentType,
    Factor.WORK_MODE: WorkMode,
    Factor.EMPLOYER_SIZE: EmployerSize,
    Factor.EMPLOYER_TYPE: EmployerType,
    Factor.EDUCATION: EducationLevel,
    Factor.SOURCE_KIND: SourceKind,
}
"""The enumeration of each factor whose values are fixed."""


class SortDirection(StrEnum):
    ASC = "asc"
    DESC = "desc"


class SubmissionStatus(StrEnum):
    """What a contributor sees of the status that is stored."""

    RECEIVED = "received"
    WAITING = "waiting"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


define_enum(
    Factor,
    "A characteristic of a job, its employer or its holder that pay depends on. Values of a factor may form a tree; a value "
    "includes its descendants.",
    {factor.name: FACTORS[factor].description for factor in Factor},
)
define_enum(
    Measure,
    "A number that a record may have. Amounts are gross, full-time equivalent, per year.",
    {measure.name: MEASURES[measure].description for measure in Measure},
)
define_enum(
    Adjustment,
    "Adjustment of amounts before they are compared.",
    {
        "NONE": "No adjustment.",
        "COST_OF_LIVING": "Amounts divided by the price level of the workplace (United States = 1), which is not the cost "
        "of labour.",
    },
)
define_enum(
    Unit,
    "The unit of a measure.",
    {
        "MONEY_PER_YEAR": "Amount per year, in the requested currency.",
        "PERCENT": "Percent.",
        "SCORE_1_TO_5": "Score from 1 (lowest) to 5 (highest).",
    },
)
define_enum(
    Level,
    "Seniority of a position.",
    {
        "ENTRY": "First years in the profession.",
        "MID": "Works independently.",
        "SENIOR": "Guides the work of others by expertise.",
        "STAFF": "Leads across teams.",
        "PRINCIPAL": "Leads across the organisation.",
        "EXECUTIVE": "Directors, vice presidents and chief officers.",
    },
)
define_enum(
    WorkMode,
    "Where the work is done.",
    {
        "ON_SITE": "At the employer's premises.",
        "HYBRID": "Partly at the employer's premises, partly at home.",
        "REMOTE": "Fully or almost fully remote.",
    },
)
define_enum(
    EmploymentType,
    "Type of employment. Pay is always full-time equivalent.",
    {
        "FULL_TIME": "Full-time employee.",
        "PART_TIME": "Part-time employee.",
        "CONTRACT": "Fixed-term or service contract.",
        "FREELANCE": "Self-employed.",
        "INTERNSHIP": "Intern; the level is unknown.",
    },
)
define_enum(
    EmployerSize,
    "Number of people at the employer.",
    {
        "SMALL": "Fewer than 50 people.",
        "MEDIUM": "50 to 249 people.",
        "LARGE": "250 people or more; includes ENTERPRISE and FROM_500_TO_999.",
        "ENTERPRISE": "1,000 people or more; includes FROM_1000_TO_4999, FROM_5000_TO_9999 and FROM_10000.",
        "FROM_20_TO_99": "20 to 99 people, in sources with other bands; not included in SMALL or MEDIUM.",
        "FROM_100_TO_499": "100 to 499 people, in sources with other bands; not included in MEDIUM or LARGE.",
        "FROM_500_TO_999": "500 to 999 people.",
        "FROM_1000_TO_4999": "1,000 to 4,999 people.",
        "FROM_5000_TO_9999": "5,000 to 9,999 people.",
        "FROM_10000": "10,000 people or more.",
    },
)
define_enum(
    EmployerType,
    "Type of organisation.",
    {
        "STARTUP": "Young, venture-funded company.",
        "PRIVATE": "Private company past the start-up stage.",
        "PUBLIC": "Company listed on a stock exchange.",
        "NONPROFIT": "Non-profit organisation.",
        "GOVERNMENT": "Public authority or state-owned body.",
        "ACADEMIA": "University or research institute.",
        "AGENCY": "Consultancy or staffing agency.",
    },
)
define_enum(
    EducationLevel,
    "Highest level of education.",
    {
        "SECONDARY": "Secondary school or less.",
        "VOCATIONAL": "Vocational or trade qualification.",
        "SOME_COLLEGE": "Study at a college or university without a degree.",
        "ASSOCIATE": "Associate degree: two years of college.",
        "BACHELOR": "Bachelor's degree or equivalent.",
        "MASTER": "Master's or professional degree.",
        "DOCTORATE": "Doctorate.",
    },
)
define_enum(
    SourceKind,
    "Type of source that a record comes from.",
    {
        "SELF_REPORTED": "Pay reported to PayRank by a contributor.",
        "VERIFIED": "Reported pay, checked against a document.",
        "SURVEY": "Response to a third-party survey.",
        "POSTED_RANGE": "Pay range of a job advertisement; its midpoint is used.",
        "GOVERNMENT_FILING": "Pay that an employer declared to an authority.",
        "SAMPLE": "Synthetic example record.",
    },
)
define_enum(
    Confidence,
    "Reliability of a figure, by its sample size.",
    {
        "LOW": f"Fewer than {MIN_MEDIUM_CONFIDENCE} records.",
        "MEDIUM": f"{MIN_MEDIUM_CONFIDENCE} to {MIN_HIGH_CONFIDENCE - 1} records.",
        "HIGH": f"{MIN_HIGH_CONFIDENCE} records or more.",
    },
)
define_enum(
    SuppressionCode,
    "Reason why the figures of a cohort are suppressed.",
    {
        "TOO_FEW_RECORDS": "The cohort has too few records.",
        "TOO_FEW_EMPLOYERS": "The records of the cohort come from too few employers.",
    },
)
define_enum(
    UnavailableCode,
    "Reason why figures are unavailable.",
    {
        "SUPPRESSED": "The cohort is suppressed.",
        "TOO_FEW_RECORDS": "Too few records of the cohort report what is needed.",
        "NOT_REPORTED": "No record of the edition reports what is needed: other data sets may.",
        "ZERO_MEDIAN": "The median that the difference is relative to is 0.",
        "NOT_PUBLISHED": "No protected table or statistical office has published the figures, or not yet.",
        "NOT_COMPARABLE": "The filter lacks a condition that official figures need, or has one that they do not support.",
    },
)
define_enum(
    CautionCode,
    "Limitation to consider when interpreting a figure.",
    {
        "SMALL_SAMPLE": f"Fewer than {MIN_MEDIUM_CONFIDENCE} records.",
        "FEW_EMPLOYERS": f"Fewer than {MIN_EMPLOYERS} known employers.",
        "DOMINATED_BY_ONE_EMPLOYER": "More than a quarter of the records with a known employer come from one employer.",
        "POSTED_RANGES": "Includes advertised ranges, which are not pay that someone receives.",
        "SAMPLE_DATA": "Includes synthetic example records.",
        "OLD_DATA": "Most records are more than three years old.",
        "OLD_RATE": "Some records were converted at an exchange rate from more than a year before or after.",
        "MIXED_SOURCES": "Mixes types of sources.",
        "PARTIAL_COVERAGE": f"Fewer than {MIN_COVERAGE:.0%} of the cohort's records report the measure, or their mix of "
        f"data sets differs from that of the cohort by more than {MAX_SOURCE_SHIFT:.0%} (total variation distance).",
        "DIFFERENT_SOURCES": "The mixes of data sets of the samples that are compared differ by more than "
        f"{MAX_SOURCE_DISTANCE:.0%} (total variation distance).",
        "POOLED_COUNTRIES": "Combines contributed records with those of other countries, unweighted, although countries "
        "with many contributors are overrepresented. `contributedBreakdown` has weighted world medians by role family.",
        "MEDIAN_MOVED": "Records contributed since the quarter of a year ago moved the median out of the 95% confidence "
        "interval of the other records.",
    },
)
define_enum(
    Interval,
    "Length of the periods of a trend.",
    {"YEAR": "Calendar years.", "QUARTER": "Calendar quarters."},
)
define_enum(
    SortDirection,
    "Sort direction.",
    {"ASC": "Ascending: smallest or earliest first.", "DESC": "Descending: largest or latest first."},
)
define_enum(
    GroupOrderField,
    "Sort key of groups.",
    {
        "VALUE": "Natural order of the factor: levels from ENTRY upwards, periods by date, other values as in the reference "
        "data.",
        "SIZE": "Number of records.",
        "MEDIAN": "Median of a measure; groups without one come last.",
        "MEAN": "Mean of a measure, suited to scores from 1 to 5; groups without one come last.",
        "P10": "10th percentile of a measure; groups without one come last.",
        "P90": "90th percentile of a measure; groups without one come last.",
    },
)
define_enum(
    RecordOrderField,
    "Sort key of records.",
    {
        "EFFECTIVE": "Month in which the pay applied.",
        "BASE_SALARY": "Base salary in US dollars; records without one come last.",
        "TOTAL_COMPENSATION": "Total compensation in US dollars; records without one come last.",
    },
)
define_enum(
    SubmissionStatus,
    "State of a submission.",
    {
        "RECEIVED": "Stored; no release has been due since.",
        "WAITING": "Not published yet: too few others share its class, or a moderator has yet to review it or has "
        "rejected it.",
        "PUBLISHED": "Published as a record of its class with a rounded amount, together with others of the class.",
        "WITHDRAWN": "Withdrawn by its contributor; its answers are deleted.",
    },
)
define_enum(
    ProblemCode,
    "Type of an error in the input of a mutation.",
    {
        "INVALID": "The value is malformed or contradicts another value.",
        "OUT_OF_RANGE": "The value is too small, too large or in the future, or there are too many values.",
        "UNKNOWN_CODE": "The code is not in the reference data; the message suggests similar codes.",
        "REQUIRED": "A required value is missing.",
        "DUPLICATE": "The operation was already performed.",
        "CONFLICT": "The idempotency key was already used with different content.",
        "PROOF_REQUIRED": "The proof of work is missing, invalid, expired or already used.",
        "RATE_LIMITED": "Too many requests from one network; the message says when to retry.",
        "NOT_FOUND": "Nothing has this id or receipt.",
        "NOT_ALLOWED": "The operation is not possible in the current state.",
    },
    name="UserErrorCode",
)
define_enum(
    FindingCode,
    "Type of a screening finding.",
    {
        "OUTLIER": "The pay is far from that of comparable records.",
        "LIKELY_DUPLICATE": "The answers largely match those of another submission.",
        "BURST": "Many similar submissions arrived within an hour.",
        "INCONSISTENT": "The answers contradict each other, or the pay looks like a monthly or hourly amount or another "
        "currency.",
        "FLAGGED": "Readers have flagged the published record.",
    },
    deprecated=dict.fromkeys(
        ("LIKELY_DUPLICATE", "BURST"),
        "Only in findings of earlier versions: submissions are no longer compared with each other.",
    ),
)
define_enum(
    ReviewDecision,
    "Decision of a moderator on a submission.",
    {
        "ACCEPT": "Lets the submission be published in a later release, or leaves it published, and resolves its flags.",
        "REJECT": "Prevents its publication; a published record is removed like a withdrawn one. The contributor does not "
        "see the decision.",
        "UNDO": "Undoes the last decision, so that the submission is in the queue again; an acceptance only until the "
        "submission is published.",
    },
)
define_enum(
    DataLoadingState,
    "State of loading pay data into a new installation.",
    {
        "LOADING": "Open data sets are being downloaded and imported.",
        "LOADED": "Loading has ended.",
        "SAMPLE": "Open data sets could not be loaded, so the generated sample was; it says nothing about real pay.",
    },
)
