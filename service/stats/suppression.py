"""Disclosure: what is told of a cohort of a given size and mix, and with which cautions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Rules:
    """The least numbers of records for any figure, for percentiles outside 25-75, and for those outside 10-90."""

    minimum: int = 5
    outer: int = 10
    extreme: int = 20


USUAL = Rules()


class Confidence(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class SuppressionCode(StrEnum):
    TOO_FEW_RECORDS = "too_few_records"
    TOO_FEW_EMPLOYERS = "too_few_employers"


class CautionCode(StrEnum):
    SMALL_SAMPLE = "small_sample"
    FEW_EMPLOYERS = "few_employers"
    DOMINATED_BY_ONE_EMPLOYER = "dominated_by_one_employer"
    POSTED_RANGES = "posted_ranges"
    SAMPLE_DATA = "sample_data"
    OLD_DATA = "old_data"
    MIXED_SOURCES = "mixed_sources"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why nothing is told, in words, and how many it takes."""

    code: SuppressionCode
    message: str
    minimum: int


@dataclass(frozen=True, slots=True)
class Caution:
    """What a reader of a figure should bear in mind."""

    code: CautionCode
    message: str


@dataclass(frozen=True, slots=True)
class Mix:
    """What a cohort is made of: records in all, by kind of source, by known employer, and those over three years old."""

    size: int
    kinds: Mapping[str, int]
    employers: tuple[int, ...]
    old: int


def suppression(count: int, rules: Rules) -> Suppression | None:
    """The reason to tell nothing of so many records; None when they are enough.

    >>> suppression(4, Rules()).message
    'Nothing is told of fewer than 5 records; this cohort has 4. Widen the filter.'
    """
    if count >= rules.minimum:
        return None
    return Suppression(
        SuppressionCode.TOO_FEW_RECORDS,
        f"Nothing is told of fewer than {rules.minimum} records; this cohort has {count}. Widen the filter.",
        rules.minimum,
    )


def told(p: float, count: int, rules: Rules) -> bool:
    """Whether a percentile (0 to 1) of so many records may be told; never the minimum, the maximum or what rests on them.

    >>> [told(p, 19, Rules()) for p in (0.5, 0.1, 0.05)]
    [True, True, False]
    """
    if 0.25 <= p <= 0.75:
        return count >= rules.minimum
    if 0.1 <= p <= 0.9:
        return count >= rules.outer
    return count >= rules.extreme and 1 <= p * (count - 1) <= count - 2


def confidence(count: int) -> Confidence:
    """
    >>> [confidence(n).value for n in (14, 15, 49, 50)]
    ['low', 'medium', 'medium', 'high']
    """
    if count < 15:
        return Confidence.LOW
    return Confidence.MEDIUM if count < 50 else Confidence.HIGH


def cautions(mix: Mix) -> list[Caution]:
    """
    >>> [caution.code.value for caution in cautions(Mix(100, {"survey": 90, "sample": 10}, (), 60))]
    ['sample_data', 'mixed_sources', 'old_data']
    """
    return [*_of_size(mix), *_of_employers(mix), *_of_kinds(mix), *_of_age(mix)]


def _of_size(mix: Mix) -> Iterator[Caution]:
    if confidence(mix.size) is Confidence.LOW:
        yield Caution(CautionCode.SMALL_SAMPLE, f"Rests on {mix.size} records; a few more could change it much.")


def _of_employers(mix: Mix) -> Iterator[Caution]:
    known = sum(mix.employers)
    if not known:
        return
    if len(mix.employers) < 5:
        yield Caution(CautionCode.FEW_EMPLOYERS, f"The known employers are only {len(mix.employers)}.")
    if max(mix.employers) > known / 4:
        share = round(100 * max(mix.employers) / known)
        yield Caution(
            CautionCode.DOMINATED_BY_ONE_EMPLOYER, f"One employer has {share}% of the records with a known employer."
        )


def _of_kinds(mix: Mix) -> Iterator[Caution]:
    posted, sample = mix.kinds.get("posted-range", 0), mix.kinds.get("sample", 0)
    if posted:
        yield Caution(
            CautionCode.POSTED_RANGES,
            f"{_share(posted, mix.size)} of the records are advertised pay, not pay that someone receives.",
        )
    if sample:
        yield Caution(CautionCode.SAMPLE_DATA, f"{_share(sample, mix.size)} of the records are made-up examples.")
    if sum(count > 0 for count in mix.kinds.values()) > 1:
        yield Caution(CautionCode.MIXED_SOURCES, "Mixes kinds of sources; filter by sourceKind to compare like with like.")


def _of_age(mix: Mix) -> Iterator[Caution]:
    if mix.old > mix.size / 2:
        yield Caution(CautionCode.OLD_DATA, f"{_share(mix.old, mix.size)} of the records are over three years old.")


def _share(count: int, size: int) -> str:
    """
    >>> _share(1, 1000), _share(999, 1000), _share(2, 4)
    ('Under 1%', 'Over 99%', '50%')
    """
    percent = 100 * count / size
    if 0 < percent < 1:
        return "Under 1%"
    return "Over 99%" if 99 < percent < 100 else f"{round(percent)}%"
