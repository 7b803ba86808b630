"""The tables [[rows]], [place], [[factor]] and [[measure]] of a proposal, by the names of columns and the values in them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from seed.importer.suggestion.columns import NAMED, Column, is_known, is_text_of, likely_code, place_of, plain, split
from seed.importer.suggestion.pay import GUESS, shown_texts
from seed.importer.toml_model import inline_table, quoted, string_list
from service.vocabulary.factors import MULTIPLE, PLACES, SINGLE, Factor
from service.vocabulary.measures import MEASURES, Measure, Unit
from service.vocabulary.spellings import fold

_BY_CELLS = (
    *(Factor.ROLE, Factor.COUNTRY, Factor.METRO, Factor.SUBDIVISION, Factor.EMPLOYMENT_TYPE, Factor.WORK_MODE),
    *(Factor.EDUCATION, Factor.SKILL, Factor.BENEFIT, Factor.CERTIFICATION),
)
"""Factors whose values are recognised without a name of the column that says so."""
_MIN_KNOWN = 0.1
_MIN_KNOWN_ALONE, _MIN_TEXTS_ALONE = 0.9, 4  # "no" and "si" are Norway and Slovenia too
_MIN_KNOWN_IN_OPEN_LISTS = 0.5
"""Titles and lists are recognised by a smaller share of known values, since there are many that no reference has."""
_CODES: dict[Factor, tuple[dict[str, str], ...]] = {
    Factor.LEVEL: ({"EN": "entry", "MI": "mid", "SE": "senior", "EX": "executive"},),
    Factor.EMPLOYMENT_TYPE: (
        {"FT": "full-time", "PT": "part-time", "CT": "contract", "FL": "freelance"},
        {"F": "full-time", "P": "part-time"},
        {"Y": "full-time", "N": "part-time"},
    ),
    Factor.WORK_MODE: (
        {"0": "on-site", "50": "hybrid", "100": "remote"},
        {"True": "remote", "Yes": "remote", "Y": "remote", "1": "remote"},
    ),
    Factor.EMPLOYER_SIZE: ({"S": "small", "M": "medium", "L": "large"},),
}
"""Codes that published files have, which are no spellings of the reference data."""
_NO = ("False", "No", "N", "0")
_ANSWERS = frozenset({"yes", "y", "true", "1", "x", "no", "n", "false", "0"})
_SOC = re.compile(r"\d\d-\d{4}(\.\d\d)?")
_SCORES = tuple(measure for measure, spec in MEASURES.items() if spec.unit is not Unit.MONEY_PER_YEAR)
_MAX_FILTER_TEXTS = 12
_SHOWN, _MAPPED, _MAX_TEXT, _SAMPLE = 5, 8, 100, 60


@dataclass(frozen=True, slots=True)
class FactorProposal:
    """Columns for a factor; `known` is the share of cells of the first with a known value, `unknown` its other texts.

    Without `sure` too few texts are known to use the column without a map.
    """

    factor: Factor
    column: Column
    separator: str | None
    known: float
    unknown: tuple[str, ...]
    sure: bool
    map: dict[str, str] = field(default_factory=dict)
    no_answer: tuple[str, ...] = ()
    further: tuple[Column, ...] = ()
    yes: dict[str, str] = field(default_factory=dict)
    soc: Column | None = None

    @property
    def is_useful(self) -> bool:
        """Whether the proposal is usable: not if no text is known and all are numbers or answers to a question."""
        return self.sure or any(text[0].isalpha() and fold(text) not in _ANSWERS for text in self.column.texts)

    def lines(self) -> Iterator[str]:
        mark = "" if self.sure else "# "
        if self.factor is not Factor.EMPLOYER and self.column.name:
            advice = "" if self.sure else " Fill in a map to use it."
            yield f"# {quoted(self.column.name)}: {self.known:.0%} of the cells have a known value.{advice}"
        yield f"{mark}[[factor]]"
        yield f"{mark}factor = {quoted(self.factor.value)}"
        yield from self._column_lines(mark)
        if self.soc:
            yield f"{mark}soc_column = {quoted(self.soc.name)}"
        if self.map:
            yield f"{mark}map = {inline_table(self.map)}  # {GUESS} what these codes mean"
        if self.no_answer:
            yield f"{mark}no_answer = {string_list(self.no_answer)}"
        if values := [text for text in self.column.missing if is_known(self.factor, text)]:
            yield f"{mark}missing = []  # {' and '.join(values)} may be a value here, not a missing one"
        if shown := [text for text in self.unknown if len(text) <= _MAX_TEXT][:_MAPPED]:
            codes = {text: "" if self.factor is Factor.ROLE else likely_code(self.factor, text) for text in shown}
            yield f"# map = {inline_table(codes)}" + ("  # codes by a word of the text" if any(codes.values()) else "")
        if self.yes:
            yield f"{mark}yes = {inline_table(self.yes)}"
        yield ""

    def _column_lines(self, mark: str) -> Iterator[str]:
        if self.further:
            names = [self.column.name, *(column.name for column in self.further)]
            yield f"{mark}columns = {string_list(names)}"
            yield f"{mark}join = {quoted(self.separator or ';')}"
        elif self.column.name:
            yield f"{mark}column = {quoted(self.column.name)}"
        if self.separator or self.further:
            yield f"{mark}separator = {quoted(self.separator or ';')}"


@dataclass(frozen=True, slots=True)
class PlaceProposal:
    """The column of whole places, the column of the country, and the country that nearly all of the places are in."""

    column: Column
    country: Column | None
    known: float
    within: str

    def lines(self) -> Iterator[str]:
        yield f"# {quoted(self.column.name)}: {self.known:.0%} of the frequent texts name a place."
        yield "[place]"
        yield f"column = {quoted(self.column.name)}"
        if self.country:
            yield f"country = {{column = {quoted(self.country.name)}}}"
        elif self.within:
            yield f"# country = {quoted(self.within)}  # most places are in this country; uncomment if all are"
        yield ""


@dataclass(frozen=True, slots=True)
class FilterProposal:
    """A column whose texts say which rows are pay: those to import, if the file shows them."""

    column: Column
    included: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        mark = "" if self.included else "# "
        others = ", ".join(f"{quoted(text)} ({count:,})" for text, count in self.column.texts.most_common())
        yield f"# Rows with another {quoted(self.column.name)} are left out. Its texts: {others}."
        yield f"{mark}[[rows]]"
        yield f"{mark}column = {quoted(self.column.name)}"
        yield f"{mark}in = {string_list(self.included or self.column.most_common(1))}"
        yield ""


@dataclass(frozen=True, slots=True)
class ScoreProposal:
    """The column of a score or percentage."""

    measure: Measure
    column: Column

    def lines(self) -> Iterator[str]:
        highest = max(self.column.numbers)
        yield f"# {quoted(self.column.name)} has texts such as {shown_texts(self.column)}."
        yield "[[measure]]"
        yield f"measure = {quoted(self.measure.value)}"
        yield f"column = {quoted(self.column.name)}"
        if MEASURES[self.measure].unit is Unit.SCORE_1_TO_5 and highest > 5:
            lowest = 0 if "0" in self.column.texts or highest > 10 else 1
            yield f"scale = [{lowest}, {10 if highest <= 10 else 100}]  # check the ends of the scale"
        yield ""


Proposal = FactorProposal | PlaceProposal | FilterProposal | ScoreProposal


def propose_factors(columns: Sequence[Column]) -> list[Proposal]:
    """The tables for columns that are not used otherwise; each column is used once."""
    scores = [
        ScoreProposal(measure, column)
        for measure in _SCORES
        if (column := _best_score(measure, columns)) and max(column.numbers) <= 100
    ]
    left = _without(columns, [one.column for one in scores])
    found = _factors([column for column in left if column.cells])
    place = _place(left, found)
    if place:
        found = [one for one in found if one.factor not in PLACES and one.column is not place.column]
    found = [one for one in found if one.is_useful]
    used = [column for one in found for column in (one.column, *one.further, *filter(None, [one.soc]))]
    rest = _without(left, [*used, *((place.column, place.country) if place else ())])
    filters = [proposal for column in rest if (proposal := _filter(column))]
    found = _with_yes_columns(found, _without(rest, [one.column for one in filters]))
    return [*filters, *([place] if place else []), *found, *scores]


def _without(columns: Sequence[Column], used: Sequence[Column | None]) -> list[Column]:
    return [column for column in columns if all(column is not other for other in used)]


def _best_score(measure: Measure, columns: Sequence[Column]) -> Column | None:
    numeric = [column for column in columns if column.named(measure.value) and column.numbers]
    return max(numeric, key=lambda column: column.named(measure.value), default=None)


# Factors


def _factors(columns: Sequence[Column]) -> list[FactorProposal]:
    """At most one column for each factor with one value, and one factor for each column, the best fits first."""
    ranked = sorted(_candidates(columns), key=lambda pair: pair[0], reverse=True)
    found: dict[Factor, FactorProposal] = {}
    further: dict[Factor, list[FactorProposal]] = {}
    for _, proposal in ranked:
        used = [column for one in found.values() for column in (one.column, *one.further)]
        if proposal.column in used or any(proposal.column is one.column for listed in further.values() for one in listed):
            continue
        if proposal.factor not in found:
            found[proposal.factor] = proposal
        elif (
            proposal.factor in MULTIPLE
            and proposal.sure
            and _can_be_joined(proposal, [found[proposal.factor], *further.get(proposal.factor, [])])
        ):
            further.setdefault(proposal.factor, []).append(proposal)
    for factor, listed in further.items():
        found[factor] = _joined(found[factor], listed)
    if Factor.ROLE in found:
        found[Factor.ROLE] = replace(found[Factor.ROLE], soc=next(filter(_is_soc, columns), None))
    order = {factor: number for number, factor in enumerate((*SINGLE, *MULTIPLE))}
    return sorted(found.values(), key=lambda proposal: order[proposal.factor])


def _can_be_joined(proposal: FactorProposal, others: Sequence[FactorProposal]) -> bool:
    """Whether lists and single values of a factor can be read with one separator."""
    separators = {one.separator for one in (proposal, *others)}
    return len(separators) == 1 or (len(separators - {None}) == 1 and "list" not in separators)


def _joined(first: FactorProposal, others: Sequence[FactorProposal]) -> FactorProposal:
    if not first.sure or first.separator == "list":
        return first
    unknown = dict.fromkeys(text for one in (first, *others) for text in one.unknown)
    no_answer = dict.fromkeys(text for one in (first, *others) for text in one.no_answer)
    columns = tuple(one.column for one in others)
    separator = next((one.separator for one in (first, *others) if one.separator), None)
    return replace(first, separator=separator, further=columns, unknown=tuple(unknown), no_answer=tuple(no_answer))


def _candidates(columns: Sequence[Column]) -> Iterator[tuple[float, FactorProposal]]:
    """Proposals with their rank, for columns whose name or whose cells show the factor."""
    factors = [factor for factor in (*SINGLE, *MULTIPLE) if factor is not Factor.SOURCE]
    for column, factor in product(columns, factors):
        name = column.named(factor.value)
        if name or (factor in _BY_CELLS and "other" not in column.scores and _may_be(factor, column)):
            proposal = _proposal(factor, column)
            if name or _is_evident(proposal):
                yield (name or 0.5) + proposal.known, proposal


def _may_be(factor: Factor, column: Column) -> bool:
    """Whether a sample of the texts is worth to read all of them."""
    sample = Column(column.name, Counter(dict(column.texts.most_common(_SAMPLE))), Counter(), {})
    if column.date_formats or sum(text[0].isdecimal() for text in sample.texts) * 2 > len(sample.texts):
        return False
    return _is_evident(_proposal(factor, sample))


def _is_evident(proposal: FactorProposal) -> bool:
    sample = proposal.column.most_common(_SAMPLE)
    known = {fold(part) for text in sample for part in split(text, proposal.separator) if is_known(proposal.factor, part)}
    is_open = proposal.factor is Factor.ROLE or proposal.separator is not None
    if proposal.factor in (Factor.SKILL, Factor.BENEFIT, Factor.CERTIFICATION) and proposal.separator is None:
        return False
    return proposal.known >= (_MIN_KNOWN_IN_OPEN_LISTS if is_open else _MIN_KNOWN_ALONE) and len(known) >= _MIN_TEXTS_ALONE


def _proposal(factor: Factor, column: Column) -> FactorProposal:
    if factor is Factor.EMPLOYER:
        return FactorProposal(factor, column, None, 0.0, (), not column.is_amount() and len(column.texts) > 1)
    codes, no_answer = _known_codes(factor, column)
    if codes:
        return FactorProposal(factor, column, None, 1.0, (), sure=True, map=codes, no_answer=no_answer)
    separator = column.separator(factor)
    known = column.known(factor, separator)
    others = column.unknown(factor, separator)
    no_answer = tuple(text for text in others if is_text_of(text, "cell no answer"))
    unknown = tuple(text for text in others if text not in no_answer)
    share = column.share(known)
    return FactorProposal(factor, column, separator, share, unknown, share >= _MIN_KNOWN, no_answer=no_answer)


def _known_codes(factor: Factor, column: Column) -> tuple[dict[str, str], tuple[str, ...]]:
    """The map of a column of codes that published files have, and the texts that mean no value."""
    for codes in _CODES.get(factor, ()):
        folded = {fold(text): code for text, code in codes.items()}
        nothing = () if "0" in codes else tuple(text for text in column.texts if fold(text) in map(fold, _NO))
        nothing = tuple(text for text in nothing if fold(text) not in folded)
        known = {text: folded[fold(text)] for text in column.texts if fold(text) in folded}
        if known and len(known) + len(nothing) == len(column.texts) and (len(column.texts) > 1 or len(codes) == 1):
            return known, nothing
    return {}, ()


def _is_soc(column: Column) -> bool:
    sample = column.most_common(_SAMPLE)
    return bool(sample) and sum(_SOC.fullmatch(text) is not None for text in sample) >= 0.9 * len(sample)


def _with_yes_columns(found: Sequence[FactorProposal], columns: Sequence[Column]) -> list[FactorProposal]:
    """The proposals, with columns that say yes or no about a value that is their name."""
    yes: dict[Factor, dict[str, str]] = {}
    for column, factor in product(columns, (Factor.BENEFIT, Factor.CERTIFICATION, Factor.SKILL)):
        used = any(column.name in named for named in yes.values())
        if not used and _says_yes_or_no(column) and (code := likely_code(factor, plain(column.name))):
            yes.setdefault(factor, {})[column.name] = code
    proposals = [replace(one, yes=yes.pop(one.factor)) if one.factor in yes and one.sure else one for one in found]
    return [*proposals, *(_of_yes_columns(factor, named) for factor, named in yes.items())]


def _says_yes_or_no(column: Column) -> bool:
    answers = {fold(text) for text in column.texts}
    return answers <= _ANSWERS and not answers <= {"0", "1"}


def _of_yes_columns(factor: Factor, named: dict[str, str]) -> FactorProposal:
    return FactorProposal(factor, Column.of("", []), None, 1.0, (), sure=True, yes=named)


# Places and filters


def _place(columns: Sequence[Column], found: Sequence[FactorProposal]) -> PlaceProposal | None:
    """A column of whole places: one that is called so, or that has texts such as "Austin, TX" in place of one name."""
    candidates = [(_place_rank(column), -number, column) for number, column in enumerate(columns) if column.cells]
    rank, _, best = max(candidates, key=lambda one: one[:2], default=(0.0, 0, None))
    if best is None or not rank:
        return None
    country = next((one.column for one in found if one.factor is Factor.COUNTRY and one.column is not best), None)
    if best.named("country") and not any("," in text for text in best.texts):
        return None
    read = best.places()
    counts = Counter[str]()
    for text, count in read.items():
        place = place_of(text).country
        counts[place.code if place else ""] += count
    code, count = counts.most_common(1)[0]
    shown = Counter({text: best.texts[text] for text in best.most_common(300)})
    return PlaceProposal(best, country, read.total() / shown.total(), code if count >= 0.8 * counts.total() else "")


def _place_rank(column: Column) -> float:
    """How likely a column has whole places; 0 for names of cities, states or countries alone."""
    part = max(column.named("metro"), column.named("country"), column.named("subdivision"))
    name = max(column.named("place"), part)
    if "other" in column.scores or not any(character.isalpha() for text in column.most_common(_SHOWN) for character in text):
        return 0.0
    sample = Column(column.name, Counter(dict(column.texts.most_common(_SAMPLE))), Counter(), {})
    read = sample.places()
    share = sample.share(read)
    joined = sum(count for text, count in read.items() if re.search(r"[,(/]| - ", text)) / max(read.total(), 1)
    if name and column.named("place") >= part and share >= 0.3:
        return name + share
    if share >= (0.3 if name else 0.6) and joined >= 0.2 and len(read) >= (2 if name else _MIN_TEXTS_ALONE):
        return name + share
    return 0.0


def _filter(column: Column) -> FilterProposal | None:
    """The rows of a column with a status, by the texts that are known to be, or not to be, pay."""
    if not 2 <= len(column.texts) <= _MAX_FILTER_TEXTS:
        return None
    included = tuple(text for text in column.most_common(_MAX_FILTER_TEXTS) if is_text_of(text, "cell included"))
    excluded = [text for text in column.texts if is_text_of(text, "cell excluded")]
    if included and excluded:
        return FilterProposal(column, included)
    return FilterProposal(column, ()) if column.scores.get("status", 0) >= NAMED else None
