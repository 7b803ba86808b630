"""Levels in job titles: the phrases that name them, those that only seem to, and those of jobs that are not held.

The tables cover the languages of the titles that PayRank has met; longer phrases take precedence over shorter ones.
"""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import takewhile

from service.vocabulary.title_words import Phrases, Words, phrases


class Kind(Enum):
    """What a phrase of a title names."""

    LEVEL = "a level"
    GRADE = "a grade whose level differs between employers"
    INTERNSHIP = "an internship or apprenticeship"
    CONTEXT = "a circumstance, such as remote work"
    NOT_HELD = "that the job before or after it is not held: 'Former Data Scientist', 'Data Scientist (retired)'"
    NEXT_NOT_HELD = "that the job after it is not held: 'Not a data scientist', 'Looking for a data scientist role'"
    STUDENT = "a student"
    ORDINARY = "anything else, such as a field or an occupation"


class Needs(Enum):
    """What makes a level certain."""

    NOTHING = "the phrase means the level in every occupation"
    FIRST = "a known role, or the phrase comes first: 'Director of Sales', but not 'Art Director'"
    ALWAYS_FIRST = "the phrase comes first: 'CTO', but not 'Analyst, Office of the CTO'"
    ONE_OCCUPATION = "a known role, or nothing else but an occupation: 'Lead Engineer', but not 'Lead Paint Inspector'"
    ROLE = "a known role: 'Staff Data Scientist', but not 'Staff Accountant'"


# "Vice president" and "VP" alone are `staff`: most US labor condition applications with that title are from banks, where it
# is a grade with pay between lead and staff (median 160,000 dollars; lead 125,000, staff 175,000).
_LEVELS = (
    ("entry", Needs.NOTHING, "junior, entry level, entry to, entry or, entry /, new grad, new graduate, recent graduate"),
    ("entry", Needs.NOTHING, "recent graduates, early career, trainee, berufseinsteiger, debutant, debutante"),
    ("entry", Needs.ROLE, "graduate"),
    ("mid", Needs.NOTHING, "mid, mid level, mid career, confirme, confirmee"),
    ("mid", Needs.ROLE, "middle"),
    ("senior", Needs.NOTHING, "senior, senior level, expert level"),
    ("senior", Needs.ROLE, "assistant vp, associate vp, avp"),
    ("staff", Needs.ONE_OCCUPATION, "lead, tech lead, team lead, tech team lead"),
    ("staff", Needs.ROLE, "staff, vp"),
    ("principal", Needs.ONE_OCCUPATION, "principal, distinguished"),
    ("executive", Needs.FIRST, "director, vp of, senior vp, svp, executive vp, evp"),
    ("executive", Needs.ROLE, "head, head of"),
    (
        "executive",
        Needs.ALWAYS_FIRST,
        "chief executive officer, ceo, chief operating officer, coo, chief financial officer, cfo",
    ),
    (
        "executive",
        Needs.ALWAYS_FIRST,
        "chief technology officer, chief technical officer, cto, chief information officer, cio",
    ),
    ("executive", Needs.ALWAYS_FIRST, "chief data officer, chief data and analytics officer, cdo, chief ai officer, caio"),
    (
        "executive",
        Needs.ALWAYS_FIRST,
        "chief analytics officer, chief scientific officer, chief information security officer, ciso",
    ),
    ("executive", Needs.ALWAYS_FIRST, "chief product officer, cpo, chief marketing officer, cmo"),
)
_OTHERS = {
    Kind.GRADE: """
        associate, principal associate, senior associate, experienced, chief, practitioner, all level, multiple level,
        associate lead, assistant lead, deputy lead, member of technical staff, member technical
        staff, technical staff member, mts, amts, smts, lmts, pmts
    """,
    Kind.INTERNSHIP: """
        intern, internship, internships, working student, student trainee, co op, coop, apprentice, apprenticeship,
        placement student, werkstudent, werkstudentin, praktikum, praktikant, praktikantin, auszubildende, azubi,
        auszubildender, stage, stagiaire, offre de stage, alternance, alternant, alternante, apprenti, apprentie,
        tirocinio, tirocinante, stagista, becario, becaria, practicante, practicas, pasante, estagio, estagiario, estagiaria,
        harjoittelija, praktikand, praktikanten, werkstudenten, studentische hilfskraft, stagiair, stazysta, stazystka,
        praktykant, praktykantka, стажер, стажёр, стажерка, стажёрка
    """,
    Kind.CONTEXT: """
        remote, remote eligible, remote friendly, fully remote, hybrid, on site, onsite, work from home, wfh, home office,
        homeoffice, full time, part time, vollzeit, teilzeit, temps plein, cdi, cdd, freelance, freelancer, contract to
        hire, direct hire, now hiring, job, security clearance, security clearance required, we are looking, interim,
        acting
    """,
    Kind.NOT_HELD: """
        former, formerly, ex, retired, unemployed, jobless, laid off, job seeker, jobseeker, aspiring, wannabe, no longer,
        ehemalig, ehemalige, ehemaliger, ehem, arbeitslos, arbeitslose, arbeitsloser, pensioniert, angehend, angehende,
        angehender, ancien, ancienne, sans emploi, aspirante, jubilado, jubilada, desempleado, desempleada, aposentado,
        aposentada, desempregado, desempregada, disoccupato, disoccupata, entinen, tyoton, elakkeella, fore detta,
        бывший, бывшая, 無職, 待业
    """,
    Kind.NEXT_NOT_HELD: """
        not, never, would be, future, prospective, previous, previously, looking, seeking, seek, searching, in search,
        want to, wants to, wanting to, wanna be, hope to, hoping to, would like to, wish to, become, becoming, aim to,
        dream to, applying, transitioning, transition to, interested, kein, keine, nicht, fruher, fruhere, fruherer,
        kunftig, kunftige, kunftiger, zukunftig, zukunftige, zukunftiger, werdende, werdender, suche, sucht, auf der suche,
        mochte, futur, pas un, pas une, a la recherche, en recherche, recherche un, recherche une, souhaite, cherche,
        futuro, futura, antiguo, anterior, antigo, busco, buscando, en busca, en busqueda, quiero, em busca, a procura,
        procurando, quero, cerco, in cerca, voormalig, voormalige, toekomstig, toekomstige, aankomend, aankomende,
        op zoek, tuleva, etsin, etsii, blivande, tidigare, soker, byly, byla, przyszly, przyszla, szukam, будущий,
        будущая, ищу, 求職中, 求职
    """,
    Kind.STUDENT: """
        student, studentin, studerende, etudiant, etudiante, estudiante, estudante, studente, studentessa, opiskelija,
        graduate student, studentka, студент, студентка, 学生, 大学生
    """,
    Kind.ORDINARY: """
        staff augmentation, staff aug, school principal, assistant principal, vice principal, lead teacher, chief of staff,
        technical staff, staff development, staff training, data entry, mid market, senior living, senior care, senior
        home, senior center, senior citizen, senior housing, junior high, junior college, graduate school, graduate
        assistant, graduate research, graduate teaching, director of photography, head start, mid school, middle school,
        middle office, middle east, middle market, middle management, middle manager, lead generation, lead gen, remote
        sensing, intern program, intern coordinator, internship program, internship coordinator, apprenticeship program,
        internship platform, stage manager, stage technician, stage entertainment, stage startup, early stage, late stage,
        seed stage, growth stage, co op bank, coop bank, coop norge, lead ad, lead scoring, lead routing,
        head office, director office, mid atlantic, mid west, mid size, mid sized, mid cap, graduate admission
    """,
}
_NUMERALS = {"i": "entry", "ii": "mid", "iii": "senior", "iv": "staff", "v": "principal"}
_NUMERALS |= dict(zip("12345", _NUMERALS.values(), strict=True))
_EMPLOYER_GRADE = re.compile(r"(?:l|ict?|[egmpt]|jc|cl|s?mts)\d{1,2}|(?:grade|band|level|tier|step)(?:\d{0,2}|i{1,3}|iv|v)")
"""A grade whose level differs between employers: "L5", "Level 3"."""
DEPUTY = "deputy"
"""The level of the deputy of a leader, which differs between employers: "Associate Director"."""
_SEVERAL = "several"
"""The level of a phrase that names more than one: "Mid/Senior", "I-II"."""
_DEPUTIES = {"assistant", "associate", "asst", "assoc", "deputy", "vice", "stellvertretender", "stellvertretende", "adjoint"}
ALTERNATIVE = {"/", "or", "to", "and", "through"}
"""Words between alternatives."""

OCCUPATIONS = set(
    phrases(
        "accountant, actuary, administrator, advisor, agent, analyst, architect, assistant, attorney, auditor, "
        "biostatistician, clerk, coach, consultant, coordinator, counsel, designer, developer, director, economist, "
        "engineer, executive, expert, fellow, founder, generalist, instructor, inspector, lecturer, linguist, manager, "
        "modeler, nurse, officer, operator, owner, partner, physician, planner, president, professor, programmer, "
        "recruiter, representative, researcher, reviewer, scholar, scientist, specialist, staff, statistician, "
        "steward, strategist, supervisor, teacher, technician, technologist, tester, therapist, trader, trainer, "
        "tutor, writer"
    )
)


SEASONS = set(phrases("summer, fall, autumn, winter, spring"))
_NUMBERED_JOBS = OCCUPATIONS | set(phrases("dba, mle, sde, sdet, sre, swe"))
_PREPOSITIONS = {"of", "the", "to"}
_DENYING = set(phrases("almost, kein, keine, nearly, nicht, no, non, not, pre, quasi"))
"""Words before a level or an internship that is not held: "Non-senior", "Software Engineer (no internship)"."""
_NAMING = {Kind.ORDINARY, Kind.NOT_HELD, Kind.NEXT_NOT_HELD, Kind.STUDENT}


@dataclass(frozen=True, slots=True)
class Piece:
    """A phrase of a title with its meaning, or a single word without one."""

    words: Words
    kind: Kind = Kind.ORDINARY
    level: str | None = None
    needs: Needs = Needs.ROLE
    numeral: bool = False

    @property
    def removable(self) -> bool:
        """Whether a role may be named without the phrase."""
        return self.kind not in _NAMING


Part = tuple[Piece, ...]

_MEANINGS = Phrases(
    {phrase: (Kind.LEVEL, level, needs) for level, needs, listed in _LEVELS for phrase in phrases(listed)}
    | {phrase: (kind, None, Needs.ROLE) for kind, listed in _OTHERS.items() for phrase in phrases(listed)}
)


def pieces(words: Words) -> Part:
    """The pieces of a part of a title. Levels joined by "to", "or" or a slash become one piece of several levels."""
    found: list[Piece] = []
    position = 0
    for start, end, meaning in _MEANINGS.find(words):
        _add_words(found, words[position:start])
        found.append(Piece(words[start:end], *meaning))
        position = end
    _add_words(found, words[position:])
    return tuple(_with_joined_levels(_with_numeral(_with_deputies(found))))


def _add_words(found: list[Piece], words: Words) -> None:
    found.extend(Piece((word,), Kind.GRADE if _EMPLOYER_GRADE.fullmatch(word) else Kind.ORDINARY) for word in words)


def _with_deputies(found: Sequence[Piece]) -> list[Piece]:
    """The pieces, where the deputy of a leader has another level: "Associate Director", "Deputy Head of Data"."""
    pairs = zip(found, [*found[1:], None], strict=True)
    after = {number + 1 for number, (piece, leader) in enumerate(pairs) if leader and _is_deputy(piece, leader)}
    grades = [replace(piece, kind=Kind.GRADE) if number + 1 in after else piece for number, piece in enumerate(found)]
    return [replace(piece, level=DEPUTY) if number in after else piece for number, piece in enumerate(grades)]


def _is_deputy(piece: Piece, leader: Piece) -> bool:
    return leader.level in ("executive", "principal") and piece.words[-1] in _DEPUTIES


def _with_numeral(found: list[Piece]) -> list[Piece]:
    """The pieces with the numerals at their end as one: "Engineer II" is `mid`, "Engineer I/II" several levels."""
    end = len(found)
    while end and found[end - 1].removable:
        end -= 1
    start = end
    while start and found[start - 1].words[0] in _NUMERALS.keys() | ALTERNATIVE:
        start -= 1
    words = tuple(piece.words[0] for piece in found[start:end])
    levels = {_NUMERALS[word] for word in words if word in _NUMERALS}
    if not levels or (start == 0 and words[0].isdecimal()):
        return found
    numeral = Piece(words, Kind.LEVEL, levels.pop() if len(levels) == 1 else _SEVERAL, Needs.ONE_OCCUPATION, numeral=True)
    if start and found[start - 1].kind is Kind.GRADE:
        numeral = Piece(words, Kind.GRADE)  # "Level 3", "MTS 1"
    return [*found[:start], numeral, *found[end:]]


def _with_joined_levels(found: Sequence[Piece]) -> Iterator[Piece]:
    start = 0
    while start < len(found):
        end = start + 1
        while _is_joined_level(found[end - 1 : end + 2]):
            end += 2
        yield _joined(found[start:end])
        start = end


def _is_joined_level(found: Sequence[Piece]) -> bool:
    """Whether the pieces are a level, a word between alternatives, and a level."""
    return len(found) == 3 and bool(found[0].level and found[1].words[0] in ALTERNATIVE and found[2].level)


def _joined(found: Sequence[Piece]) -> Piece:
    if len(found) == 1:
        return found[0]
    words, levels = tuple(word for piece in found for word in piece.words), {piece.level for piece in found[::2]}
    return replace(found[0], words=words, level=levels.pop() if len(levels) == 1 else _SEVERAL)


def level_of(
    parts: Sequence[Part], *, known_role: bool, read_numerals: bool = True, numbered: Container[str] = frozenset()
) -> str | None:
    """The level that a title names without doubt; `known_role` is whether its role is known.

    Numerals count after the words `numbered` and after occupations.
    """
    kept = [tuple(piece for piece in part if piece.kind is not Kind.CONTEXT) for part in parts]
    found = [piece for part in kept for piece in part]
    held = [answer for number, part in enumerate(kept) for answer in _are_held(part, first=number == 0)]
    rest = [word for piece in found if not piece.removable for word in piece.words]
    leading = sum(1 for _ in takewhile(lambda piece: piece.removable, found))
    named = [number for number, piece in enumerate(found) if piece.level and not piece.numeral]
    numerals = [number for number in range(len(found)) if read_numerals and _is_numeral_of_job(found, number, numbered)]
    used = named or numerals
    certain = (_is_certain(found[number], number < leading, rest, known_role=known_role) for number in used)
    if not all(certain) or not all(held[number] for number in named):
        return None
    levels = {found[number].level for number in used}
    if len(levels) > 1 and not levels & {"entry", "mid"}:
        levels.discard("senior")  # "Senior Staff", "Senior Director"
    level = levels.pop() if len(levels) == 1 else None
    return None if level in (DEPUTY, _SEVERAL) else level


def _are_held(part: Part, *, first: bool) -> Iterator[bool]:
    """Whether each phrase of a part, if it is a level, is that of the job.

    In a later part it is at the end, or if the part names an occupation: "Data Scientist, Senior Consultant", but not "Data
    Scientist, Staff Retention". No part has the levels of "Non-senior" and "Associate Senior".
    """
    of_job = first or _is_about_job(part)
    for position, piece in enumerate(part):
        before = part[position - 1].words[-1] if position else ""
        last = all(other.removable for other in part[position:]) and before not in _PREPOSITIONS
        approached = before in _DENYING or (position == 1 and before in _DEPUTIES and piece.level is not None)
        yield (of_job or last) and not approached


def _is_about_job(part: Part) -> bool:
    words = [word for piece in part if not piece.removable for word in piece.words]
    return not words or ("to" not in words and not OCCUPATIONS.isdisjoint((words[0], words[-1])))


def _is_numeral_of_job(found: Sequence[Piece], number: int, numbered: Container[str]) -> bool:
    """Whether a piece is a numeral right after an occupation: "Engineer II, Java", but not "Engineer, Java 2"."""
    if not (number and found[number].numeral):
        return False
    before = found[number - 1]
    return before.numeral or before.words[-1] in _NUMBERED_JOBS or before.words[-1] in numbered


def with_internships(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts, where internships that are something else are ordinary words: "Software Engineer, Internship Platform"."""
    return tuple(
        tuple(
            piece if _is_internship(part, position, first=number == 0) else replace(piece, kind=Kind.ORDINARY)
            for position, piece in enumerate(part)
        )
        for number, part in enumerate(parts)
    )


def _is_internship(part: Part, position: int, *, first: bool) -> bool:
    before, piece, after = part[:position], part[position], part[position + 1 :]
    if piece.kind is not Kind.INTERNSHIP:
        return True
    if any(other.kind in (Kind.NOT_HELD, Kind.NEXT_NOT_HELD) or other.words[-1] in _DENYING for other in before):
        return False
    if piece.words == ("stage",) and not all(other.removable for other in before):
        return False  # "Late-stage startup", while the French word begins its part
    if piece.words == ("internships",) and not first:
        return False
    circumstances = SEASONS | ALTERNATIVE
    plain = (other.removable or other.words[0] in circumstances or other.words[0].isdecimal() for other in after)
    return first or _is_about_job(part) or all(plain)


def is_held(parts: Sequence[Part]) -> bool:
    """Whether the holder of a title has its job: not for "Former Data Scientist", "Data Analyst (retired)" or a student.

    Words after an occupation are about something else, unless they end a part: "Data Scientist (ex-Meta)".
    """
    named, intern = False, any(piece.kind is Kind.INTERNSHIP for part in parts for piece in part)
    for part in parts:
        for piece in part:
            if not named and piece.kind in (Kind.NOT_HELD, Kind.NEXT_NOT_HELD):
                return False
            named = named or not (piece.removable or OCCUPATIONS.isdisjoint(piece.words))
        if part[-1].kind is Kind.NOT_HELD or (part[-1].kind is Kind.STUDENT and not intern):
            return False
    return True


def _is_certain(piece: Piece, first: bool, rest: Sequence[str], *, known_role: bool) -> bool:
    """Whether a phrase means its level in a title; `rest` are the title's words without a meaning."""
    if piece.needs is Needs.ALWAYS_FIRST or (piece.needs is Needs.FIRST and not known_role):
        return first
    if piece.needs is Needs.ONE_OCCUPATION and not known_role:
        return len(rest) == 1 and rest[0] in OCCUPATIONS
    return known_role or piece.needs is Needs.NOTHING
