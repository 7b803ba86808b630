"""Reading job titles: role, level, specializations, and whether the job is an internship."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import combinations

from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue
from service.vocabulary.title_levels import (
    ALTERNATIVE,
    DEPUTY,
    OCCUPATIONS,
    SEASONS,
    Kind,
    Needs,
    Part,
    Piece,
    is_held,
    level_of,
    pieces,
    with_internships,
)
from service.vocabulary.title_words import CONNECTING, Phrases, Segment, Words, phrases, segments, spelling, words_of
from service.work import Work, count

READ_ALL, REARRANGED, WORDS_LEFT_OUT = 1.0, 0.9, 0.7
"""The certainty of a role if all words of the title were read; if they were rearranged ("Engineer, Machine Learning"), name
only the lead of a field ("Security Lead"), or only skills were left out ("Python Data Engineer"); and if other words were
left out ("Data Scientist, Payments")."""

MAX_CHARACTERS = 200
"""The maximum length of a title; a longer text is more than the name of a job."""

_FIELDS = set(
    phrases("data, software, ml, ai, nlp, llm, genai, mlops, devops, analytics, backend, frontend, fullstack, mobile")
)
"""Words that make the end of a title its role whatever precedes it: "Payments Data Engineer", not "Crash Test Engineer"."""
_SPECIALIST_FAMILIES = {"machine-learning", "ai-engineering", "data-science", "quantitative", "research", "robotics"}
"""The families of roles for which an ordinary word, such as "Search" or "Ads", is a specialization."""
_LEADING_FAMILY = "management"
_LEADERS = set(phrases("chief, director, head, vp, vpof"))
"""Words that make a leading role executive; the numerals of managers are other grades than those of engineers."""
_NO_OTHER_ROLE = set(phrases("consultant, expert, generalist, specialist, technologist, technical"))
"""Words that say how somebody works in a role: "Data Scientist, Senior Consultant" is a data scientist."""
_ANY_FIELD = {("engineer",), ("developer",), ("programmer",)}
"""Alternatives that leave the field of the other one: "Backend Developer / Engineer"."""
_BETWEEN_ROLES = ALTERNATIVE - {"/"}
"""Words after which a title names another role; a slash may follow a skill, as in "Python/Data Engineer"."""
_OTHER_OCCUPATIONS = set(
    phrases(
        "barista, bookkeeper, cashier, chef, cook, dba, dentist, educator, electrician, estimator, hygienist, janitor, "
        "journalist, lawyer, librarian, mechanic, musician, paralegal, pastor, pharmacist, plumber, psychologist, "
        "receptionist, sdet, surgeon, toimitusjohtaja, translator, tutkija, veterinarian, waiter, waitress"
    )
)
"""Occupations that never end the name of another one: a title with one of them beside a role names two."""
_AROUND_PLACES = re.compile(r"\b(?:greater|area|based|office|only|region|metro|remote|hybrid)\b")
_SHORT_PLACES = set(phrases("us, usa, uk, uae, eu, nyc, dc, emea, apac"))


class Unread(Enum):
    """Why a title has no role."""

    UNKNOWN = "no known role"
    UNCLEAR = "names several occupations, or is ambiguous"
    NOT_HELD = "not a current job"


@dataclass(frozen=True, slots=True)
class TitleReading:
    """What a title says.

    `certainty` is that of the role, 0 if it is unknown for the reason `unread`; `left_out` are the words not read, `parts`
    those from which the rest was read.
    """

    role: FactorValue | None = None
    level: FactorValue | None = None
    specializations: tuple[FactorValue, ...] = ()
    internship: bool = False
    certainty: float = 0.0
    left_out: str = ""
    unread: Unread | None = Unread.UNKNOWN
    parts: tuple[Part, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class _Match:
    """A role and the words that it was found by; `several` if the title names it at several levels."""

    role: FactorValue
    words: Words
    certainty: float = READ_ALL
    left_out: Words = ()
    several: bool = False


class _UnclearOccupation(Exception):
    """A title names several occupations, or one that its other words may change."""


class TitleReader:
    """Reads titles by the spellings of a taxonomy."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._roles: dict[str, FactorValue] = {}
        for text, role in _spellings(taxonomy, Factor.ROLE):
            self._roles.setdefault(spelling(words_of(text)), role)
        self._families = {family.id: family.code for family in taxonomy.roots(Factor.ROLE)}
        specializations = dict(_spellings(taxonomy, Factor.SPECIALIZATION))
        self._specializations = Phrases(specializations)
        self._ordinary = {words_of(text) for text in specializations if re.fullmatch("[A-Z]?[a-z]+", text)}
        self._skills = Phrases(specializations | dict(_spellings(taxonomy, Factor.SKILL)))

    def read(self, title: str) -> TitleReading:
        """What a title says.

        An internship has no level. Without a role, only levels that are certain in every occupation are read.
        """
        if len(title) > MAX_CHARACTERS:
            return TitleReading()
        count(Work.TITLES, len(title) ** 2)
        parts = with_internships([pieces(segment.words) for segment in self._without_places(segments(title))])
        if not is_held(parts):
            return TitleReading(unread=Unread.NOT_HELD)
        internship = any(piece.kind is Kind.INTERNSHIP for part in parts for piece in part)
        try:
            match = self._match([part for part in (_naming(part, internship=internship) for part in parts) if part])
        except _UnclearOccupation:
            return self._with_attributes(TitleReading(internship=internship, unread=Unread.UNCLEAR, parts=parts), None)
        if match is None:
            return self._with_attributes(TitleReading(internship=internship, parts=parts), None)
        left_out = " ".join(match.left_out)
        reading = TitleReading(match.role, None, (), internship, match.certainty, left_out, None, parts)
        return self._with_attributes(reading, match.role, match)

    def with_known_role(self, reading: TitleReading, role: FactorValue) -> TitleReading:
        """The reading of a title that names no role, with levels and specializations as of a role known from elsewhere."""
        return reading if reading.role else self._with_attributes(reading, role)

    def _with_attributes(self, reading: TitleReading, role: FactorValue | None, match: _Match | None = None) -> TitleReading:
        level = None if reading.internship else self._level(reading.parts, match, role)
        values = [value for part in reading.parts for _, _, value in self._specializations_in(_words_of(part), role)]
        return replace(
            reading,
            level=self._taxonomy.lookup(Factor.LEVEL, level) if level else None,
            specializations=tuple({value.id: value for value in values}.values()),
        )

    def _family(self, role: FactorValue) -> str:
        return self._families[self._taxonomy.root(role.id)]

    def _level(self, parts: Sequence[Part], match: _Match | None, role: FactorValue | None) -> str | None:
        if match and match.several:
            return None
        leads = role is not None and self._family(role) == _LEADING_FAMILY
        if leads and match and not _LEADERS.isdisjoint(match.words):
            deputy = any(piece.level == DEPUTY for part in parts for piece in part)
            return None if deputy else "executive"  # "VP Engineering", while "VP, Data Engineer" is the grade of an engineer
        numbered = {word for word in match.words if not self._skills.find((word,))} if match else set()
        return level_of(parts, known_role=role is not None, read_numerals=not leads, numbered=numbered)

    def _specializations_in(self, words: Words, role: FactorValue | None) -> list[tuple[int, int, FactorValue]]:
        """Start, end and value of the specializations of a role; ordinary words count only in specialist fields."""
        specialist = role is not None and self._family(role) in _SPECIALIST_FAMILIES
        found = self._specializations.find(words)
        return [phrase for phrase in found if specialist or words[phrase[0] : phrase[1]] not in self._ordinary]

    # Places

    def _without_places(self, found: Sequence[Segment]) -> Iterator[Segment]:
        """The segments that name no place, alone ("Berlin") or together with the next one ("Austin, TX")."""
        continues = False
        for number, segment in enumerate(found):
            pair = found[number : number + 2]
            follows, continues = continues, len(pair) > 1 and self._is_place(f"{pair[0].text}, {pair[1].text}")
            if len(found) == 1 or not (follows or continues or self._is_place(segment.text)):
                yield segment

    def _is_place(self, text: str) -> bool:
        name = _AROUND_PLACES.sub("", text).strip()
        if len(name) < 4 or name in _FIELDS:
            return name in _SHORT_PLACES
        return any(self._taxonomy.resolve(factor, name) for factor in PLACES)

    # Roles

    def _match(self, parts: Sequence[Part]) -> _Match | None:
        """The role that the parts name, if any. Raises _UnclearOccupation."""
        finders = (self._by_first_parts, self._by_alternatives, self._by_end_of_part, self._by_later_part)
        return next((match for find in finders if parts and (match := find(parts))), None)

    def _by_first_parts(self, parts: Sequence[Part]) -> _Match | None:
        """The role that as many parts as possible name together, in their order or with the first one last."""
        for number in range(len(parts), 0, -1):
            head, rest = parts[:number], parts[number:]
            if found := self._exact_or_rearranged(head, whole=not rest):
                return self._beside(found, rest)
        return None

    def _exact_or_rearranged(self, parts: Sequence[Part], *, whole: bool) -> _Match | None:
        found = self._exact(parts, whole=whole)
        if found is None and (rearranged := _with_first_last(parts)):
            found = self._exact(rearranged, whole=False)
            found = found and replace(found, certainty=REARRANGED)
        return found

    def _by_alternatives(self, parts: Sequence[Part]) -> _Match | None:
        """The role of "Data Engineer / Senior Data Engineer", or of "Backend Developer / Engineer"."""
        alternatives = list(_alternatives(parts[0]))
        named = [part for part in alternatives if _words_of(part) not in _ANY_FIELD]
        found = [match for part in named if (match := self._exact_or_rearranged([part], whole=False))]
        if len(alternatives) < 2 or not found or len(found) < len(named):
            return None
        if len(named) < len(alternatives) and (found[0].words[-1],) not in _ANY_FIELD:
            return None  # "Data Scientist / Engineer"
        if len({match.role.id for match in found}) > 1:
            raise _UnclearOccupation
        levels = {level_of([part], known_role=True) for part in named}
        return self._beside(replace(found[0], several=len(levels) > 1), parts[1:])

    def _by_end_of_part(self, parts: Sequence[Part]) -> _Match | None:
        """The role that the first part names after other words: "Payments Data Scientist", "Rust Developer"."""
        words = _words_of(parts[0], without_levels=True)
        for length in range(len(words) - 1, 0, -1):
            for start in range(len(words) - length + 1):
                found = self._inside(words, start, start + length)
                if found:
                    return self._beside(found, parts[1:])
        return None

    def _inside(self, words: Words, start: int, end: int) -> _Match | None:
        """The role that some of the words name, if those around them allow it."""
        before, named, after = words[:start], words[start:end], words[end:]
        role = self._role(named) if named[-1] in OCCUPATIONS and named[0] not in CONNECTING else None
        if role is None or any(word in _BETWEEN_ROLES or _is_occupation(word) for word in before) or before[:1] == ("/",):
            return None
        certainty, certainty_after = self._certainty_without(before, role), self._certainty_without(after, role)
        of_field = len(named) > 1 and not _FIELDS.isdisjoint(named)
        if (certainty_after == WORDS_LEFT_OUT and not _NO_OTHER_ROLE.issuperset(after)) or (
            certainty == WORDS_LEFT_OUT and not (of_field and "/" not in before)
        ):
            return None
        left_out = self._not_read(before, role) + self._not_read(after, role)
        return _Match(role, named, min(certainty, certainty_after), left_out)

    def _by_later_part(self, parts: Sequence[Part]) -> _Match | None:
        """The role of a later part, if the first one names no occupation: "Remote opportunity: Data Scientist"."""
        first = _words_of(parts[0], without_levels=True)
        if first and _is_occupation(first[-1]):
            return None
        for position, part in enumerate(parts[1:], 1):
            found = self._exact([part], whole=False)
            if found and found.words[-1] in OCCUPATIONS:
                return self._beside(found, [*parts[:position], *parts[position + 1 :]])
        return None

    def _exact(self, parts: Sequence[Part], *, whole: bool) -> _Match | None:
        """The role that parts name together, with as many of the phrases of levels as belong to its spelling.

        A family is found only if the parts are the whole title.
        """
        found = [piece for part in parts for piece in part]
        of_occupation = any(words[-1] in OCCUPATIONS for part in parts if (words := _words_of(part, without_levels=True)))
        for numbers in _removals(found):
            words = tuple(word for number, piece in enumerate(found) if number not in numbers for word in piece.words)
            removed = [found[number] for number in numbers]
            role = self._role(words, removed, of_occupation=of_occupation)
            if role and (whole or role.id not in self._families):
                leads_field = role.id in self._families and any("lead" in piece.words for piece in removed)
                return _Match(role, words, REARRANGED if leads_field else READ_ALL)  # "Security Lead"
        return None

    def _role(self, words: Words, removed: Sequence[Piece] = (), *, of_occupation: bool = False) -> FactorValue | None:
        """The role with a spelling, from which the phrases of some levels were removed.

        `of_occupation` is whether a part of the title ends in an occupation, as that of "VP, Software Engineer, Robotics".
        """
        role = self._roles.get(spelling(words))
        if any("lead" in piece.words for piece in removed) and (role is None or role.id in self._families):
            role = self._roles.get(f"{spelling(words)} lead", role)  # "Lead, Data Science" is a "Data Science Lead"
        directs = any(map(_directs, removed)) and not of_occupation
        if role and directs and words[-1] not in OCCUPATIONS | {"lead"} and self._family(role) != _LEADING_FAMILY:
            return None  # "Director of Machine Learning Engineering" is not an engineer
        if role and any(piece.needs is Needs.ALWAYS_FIRST for piece in removed) and self._family(role) != _LEADING_FAMILY:
            return None  # "CTO / Software Engineer"
        return role

    def _beside(self, match: _Match, rest: Sequence[Part]) -> _Match:
        """A match with the other parts of the title. Raises _UnclearOccupation if one names another occupation."""
        for part in rest:
            words = _words_of(part, without_levels=True)
            if words and self._names_another(words, match):
                raise _UnclearOccupation
            certainty = min(match.certainty, self._certainty_without(words, match.role))
            if certainty == WORDS_LEFT_OUT and len(match.words) == 1 and match.words[0] in OCCUPATIONS:
                raise _UnclearOccupation  # "Programmer, CNC"
            match = replace(match, certainty=certainty, left_out=match.left_out + self._not_read(words, match.role))
        return match

    def _names_another(self, words: Words, match: _Match) -> bool:
        """Whether words name another occupation, or another field beside a field: "Backend, DevOps"."""
        role = self._role(words)
        field = role is not None and role.id not in self._families and _FIELDS.issuperset(match.words)
        return role != match.role and (field or _is_occupation(words[-1]))

    def _certainty_without(self, words: Words, role: FactorValue) -> float:
        """The certainty of a role in whose title these words are left out."""
        if not self._not_read(words, role):
            return READ_ALL
        return REARRANGED if _covers(self._skills.find(words), words) else WORDS_LEFT_OUT

    def _not_read(self, words: Words, role: FactorValue) -> Words:
        return () if _covers(self._specializations_in(words, role), words) else words


def _spellings(taxonomy: Taxonomy, factor: Factor) -> Iterator[tuple[str, FactorValue]]:
    """The spellings of a factor's values: labels and aliases, then codes."""
    values = taxonomy.values(factor)
    yield from ((text, value) for value in values for text in (value.label, *value.aliases))
    yield from ((value.code, value) for value in values)


def _words_of(part: Part, *, without_levels: bool = False) -> Words:
    return tuple(word for piece in part if not (without_levels and piece.removable) for word in piece.words)


def _naming(part: Part, *, internship: bool) -> Part:
    """The pieces that may name a role: without internships, their seasons, and circumstances such as remote work."""
    kept = (piece for piece in part if piece.kind not in (Kind.CONTEXT, Kind.INTERNSHIP))
    return tuple(piece for piece in kept if not (internship and piece.words[0] in SEASONS))


def _with_first_last(parts: Sequence[Part]) -> list[Part]:
    """The parts with the first one last, or a single part with its occupation last ("Ingénieur Machine Learning")."""
    if len(parts) > 1:
        return [*parts[1:], parts[0]]
    position = next((number for number, piece in enumerate(parts[0]) if not piece.removable), None)
    if position is None or parts[0][position].words[0] not in OCCUPATIONS:
        return []
    return [(*parts[0][:position], *parts[0][position + 1 :], parts[0][position])]


def _removals(found: Sequence[Piece]) -> Iterator[tuple[int, ...]]:
    """The positions of removable pieces to remove together: first none, finally all."""
    removable = [number for number, piece in enumerate(found) if piece.removable]
    if len(removable) > 3:
        return iter(((), tuple(removable)))
    return (removed for count in range(len(removable) + 1) for removed in combinations(removable, count))


def _alternatives(part: Part) -> Iterator[Part]:
    """The alternatives that a part lists with slashes or "or"."""
    alternative: list[Piece] = []
    for piece in part:
        if piece.words in (("/",), ("or",)):
            yield tuple(alternative)
            alternative = []
        else:
            alternative.append(piece)
    yield tuple(alternative)


def _directs(piece: Piece) -> bool:
    """Whether a phrase names a leader, whose role is another than that of the people in the field."""
    return piece.words in (("vp",), ("vpof",)) or (piece.level in ("executive", DEPUTY) and piece.words != ("principal",))


def _is_occupation(word: str) -> bool:
    return (word in OCCUPATIONS and word not in _NO_OTHER_ROLE) or word in _OTHER_OCCUPATIONS


def _covers(found: Sequence[tuple[int, int, FactorValue]], words: Words) -> bool:
    """Whether phrases cover all words but those between alternatives."""
    covered = {position for start, end, _ in found for position in range(start, end)}
    return all(position in covered or word in ALTERNATIVE for position, word in enumerate(words))
