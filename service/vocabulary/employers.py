"""Names of employers: the code of a name, which importer and intake share, and the label that readers see.

A code is the name in lower case without punctuation and legal form, in its own script: `jpmorgan-chase`, `müller`,
`яндекс-cloud`. Nothing is transliterated and no diacritic is dropped, so names that differ in a letter have different codes.
Which of them mean one employer is stated by the register: the aliases in seed/reference/employer.csv. Only a long registered
name in Latin letters may have a spelling mistake. `python -m bench.employer_names` measures this on labelled pairs.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from unicodedata import category

from disarm import edit_distance

from service.vocabulary.factors import Factor
from service.vocabulary.legal_forms import (
    ABBREVIATED_RELATIONS,
    ATTACHED,
    BRACKETED,
    CAPITALISED,
    CONNECTED,
    INITIALS,
    LONGEST,
    MARKED_PREFIXES,
    PREFIXES,
    RELATIONS,
    SUFFIXES,
)
from service.vocabulary.spellings import APOSTROPHES, composed, fold
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import NO_VALUE

MAX_CODE = 80
MIN_SIMILARITY = 0.96
"""Least similarity of a name with a registered one that it means: one wrong letter in 25. The smallest value that keeps all
different names of the first half of tests/vocabulary/employer_pairs.csv apart, rounded up."""
_DIGEST_BYTES = 4
_MAX_ACRONYM = 5
"""Longest label in capitals that may be an acronym."""
_NO_EMPLOYER_TEXTS = """
    nobody|no one|no employer|various|secret|not employed|unemployed|retired|student|self|self employed|self employment
    self employed freelance|freelance|freelancer|freelancing|independent contractor|stealth startup
    own company|my own company|own business|my own business|private company|small company|large company
    keine|keiner|keine angabe|keine angaben|kein arbeitgeber|privat|freiberufler|freiberuflich|selbständig|selbstständig
    arbeitslos|aucun|aucune|indépendant|sans emploi|ninguno|ninguna|autónomo|desempleado|prefiero no decirlo
    nenhum|nenhuma|autônomo|nessuno|nessuna|libero professionista|disoccupato|ingen|inget|egenföretagare
    ei ole|ei mitään|en halua kertoa|brak|bezrobotny|yok|serbest çalışan|нет|фриланс|фрилансер|самозанятый
    не указано|безработный|немає|無職|なし|無し|非公開|不明|フリーランス|自営業|无|無|保密|自由职业|없음|비공개|프리랜서
"""
_NO_EMPLOYER = {"-".join(re.findall(r"\w+", fold(text))) for text in (*NO_VALUE, *re.split(r"[|\n]", _NO_EMPLOYER_TEXTS))}
"""Codes of texts that name no employer."""
_CANNOT_END = frozenset({"and", "the", "of", "at", "day"})
"""Words that no name ends with: "The Company", "Hospital at UAB" and "Hotel & Spa" have no legal form."""
_MIN_INITIALS = 3
"""Letters of a name's own initials in brackets."""
_MARKS_OF_APPOSITION = frozenset(",(-–—")
_LENGTH_OF_ISO_CODES = 3
_COUNTRY_INITIALS = frozenset({"usa", "uae", "prc"})
"""Abbreviations of countries at the end of names; other codes of three letters are words there (AND, CAN)."""
_MAX_SPACED_WORDS = 8
"""Most words of a legal form whose letters are written apart: S. A. P. I. de C. V."""
_MIN_AFTER_ARTICLE = 2
"""Letters that a name must have without its article."""
_WITH_ARTICLE = frozenset({"company", "co", "corporation", "corp"})
_FORMULA_PREFIXES = "=+-@ ,"
"""Characters that start a spreadsheet formula; codes do not contain them either."""
_QUOTATION_MARKS = frozenset("\"'«»„“”「」")
_BLANKS_AND_QUOTES = " " + "".join(_QUOTATION_MARKS)
_WITHOUT_TRADEMARKS = str.maketrans({"™": None, "℠": None})
"""Before compatibility normalisation, which makes them the letters TM and SM."""


class EmployerName:
    """The name of an employer as a source writes it, divided into words and legal form."""

    def __init__(self, name: str) -> None:
        self._shown = _shown(name)
        self._words = list(_words(self._shown))
        self._words = _join_initials(self._words, self._shown, across_spaces=False)
        if any(map(_is_initial, self._words)):
            form = _start_of_spaced_form(self._words, self._shown)
            parts = (self._words[:form], self._words[form:])
            self._words = [word for part in parts for word in _join_initials(part, self._shown, across_spaces=True)]
        own = self._words_before_initials(self._own_words())
        self._label_end = self._words[own - 1].end if own < len(self._words) else len(self._shown)
        self._words = self._words[:own]
        self._first, self._last = 0, len(self._words)
        self._label_first = 0
        while self._strip_end() or self._strip_start() or self._strip_article():
            pass

    @property
    def code(self) -> str:
        """The code of the name by itself: its words without legal form; empty for a name without a letter or digit.

        >>> EmployerName("Amazon.com Services LLC").code, EmployerName("AMAZON.COM  SERVICES, L.L.C.").code
        ('amazon-com-services', 'amazon-com-services')
        >>> [EmployerName(name).code for name in ("Ernst & Young U.S. LLP", "Müller GmbH & Co. KG", "株式会社メルカリ")]
        ['ernst-and-young-us', 'müller', 'メルカリ']
        >>> [EmployerName(name).code for name in ("Acme LLC d/b/a Zeta", "Acme, a division of Zeta", "The Acme Company")]
        ['acme', 'acme', 'acme']
        """
        bracket = next((at for at in range(self._first + 1, self._last) if "(" in self._mark_before(at)), self._last)
        end = bracket
        while bracket < self._last and (count := self._length_of_form(end)):
            end -= count  # "Acme Inc. (Austin)"
        return _code(self._words[self._first : end] + self._words[bracket : self._last])

    @property
    def code_without_prefix(self) -> str | None:
        """The code without a word at the start that may be a legal form, as in AB Volvo; None if there is none."""
        words = self._words[self._first : self._last]
        return _code(words[1:]) if len(words) > 1 and words[0].text in MARKED_PREFIXES else None

    @property
    def full_code(self) -> str:
        """The code with the legal form.

        >>> EmployerName("Merck & Co., Inc.").full_code
        'merck-and-co-inc'
        """
        return _code(self._words)

    @property
    def label(self) -> str:
        """The name as written, without the legal form, and not a formula in a spreadsheet.

        >>> EmployerName("ValueMomentum, Inc.").label, EmployerName("JPMorgan Chase & Co.").label
        ('ValueMomentum', 'JPMorgan Chase & Co')
        """
        start = self._words[self._label_first].start if self._label_first else 0
        label = self._shown[start : self._label_end].rstrip(" ,-–—/&([").lstrip(_FORMULA_PREFIXES)
        return label.strip(_BLANKS_AND_QUOTES) if self._label_first else label

    def _own_words(self) -> int:
        """The number of words before those that name a trade name, a former name or an owner."""
        texts = [word.text for word in self._words]
        for position in range(1, len(texts) - 1):
            if any(tuple(texts[position : position + length]) in RELATIONS for length in range(1, len(texts) - position)):
                return position
            if (texts[position],) in ABBREVIATED_RELATIONS and self._is_abbreviation(position):
                return position
            if texts[position] in ("a", "an") and texts[-1] == "company" and self._is_set_apart(position):
                return position  # "Twitch, an Amazon company"
        return len(texts)

    def _words_before_initials(self, count: int) -> int:
        """The number of words before the name's own initials in brackets, as in Steed Hammond Paul, Inc. ("SHP")."""
        if count <= _MIN_INITIALS or "(" not in self._mark_before(count - 1):
            return count
        last, starts = self._words[count - 1].text, [word.text[0] for word in self._words[: count - 1]]
        return count - 1 if len(last) >= _MIN_INITIALS and _is_subsequence(last, starts) else count

    def _is_abbreviation(self, position: int) -> bool:
        """Whether a word such as DBA is one: d/b/a, dba in a name with capitals, in brackets, or after a legal form."""
        word = self._words[position]
        before = (self._words[position - 1].text,)
        if self._shown[word.start : word.end].islower() and not self._shown.islower():
            return True
        return word.initials or "(" in self._mark_before(position) or (position > 1 and before in SUFFIXES)

    def _is_set_apart(self, position: int) -> bool:
        mark = self._mark_before(position)
        return mark != "-" and mark.strip(" .") in _MARKS_OF_APPOSITION

    def _mark_before(self, position: int) -> str:
        """What separates a word from the one before it."""
        return self._shown[self._words[position - 1].end : self._words[position].start]

    def _length_of_form(self, end: int) -> int:
        """The number of words before a position that are a legal form; 0 without one."""
        for count in range(min(LONGEST, end - self._first - 1), 0, -1):
            words = self._words[end - count : end]
            form = tuple(word.text for word in words)
            known = form in SUFFIXES or (words[0].initials and form in INITIALS)
            if known and self._words[end - count - 1].text not in _CANNOT_END:
                return count
        return 0

    def _strip_end(self) -> bool:
        """Take a legal form from the end; whether there was one."""
        count = self._length_of_form(self._last)
        words = self._words[self._last - count : self._last]
        if words:
            self._last -= count
            self._label_end = words[-1].end if tuple(word.text for word in words) in CONNECTED else words[0].start
        return bool(words)

    def _strip_start(self) -> bool:
        """Take a legal form from the start; whether there was one."""
        for count in range(min(LONGEST, self._last - self._first - 1), 0, -1):
            if tuple(word.text for word in self._words[self._first : self._first + count]) in PREFIXES:
                self._first = self._label_first = self._first + count
                return True
        if self._last - self._first > 1 and self._starts_with_marked_prefix():
            self._first = self._label_first = self._first + 1
            return True
        return False

    def _starts_with_marked_prefix(self) -> bool:
        marks = MARKED_PREFIXES.get(self._words[self._first].text)
        if marks is None:
            return False
        at_end = {word.text for word in self._words[self._last :]}
        return not marks.isdisjoint(at_end) or not _QUOTATION_MARKS.isdisjoint(self._mark_before(self._first + 1))

    def _strip_article(self) -> bool:
        """Take the article from the start; labels lose it only where it belongs to the legal form: The Boeing Company."""
        rest = tuple(word.text for word in self._words[self._first + 1 : self._last])
        if len("".join(rest)) < _MIN_AFTER_ARTICLE or rest in SUFFIXES or self._words[self._first].text != "the":
            return False
        self._first += 1
        if not _WITH_ARTICLE.isdisjoint(word.text for word in self._words[self._last :]):
            self._label_first = self._first
        return True


class EmployerRegister:
    """The employers that names mean, by the spellings of the registered ones.

    A spelling with its legal form takes precedence: "Merck KGaA" and "Merck & Co" can be registered apart, although both
    are `merck` without it. A spelling that is ambiguous without its legal form then means neither.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._full: dict[str, str] = {}
        self._short: dict[str, str | None] = {}
        self._by_edge: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for employer in taxonomy.values(Factor.EMPLOYER):
            for spelling in (employer.code, employer.label, *employer.aliases) if employer.aliases else ():
                name = EmployerName(spelling)
                self._full[name.full_code] = employer.code
                same = self._short.get(name.code, employer.code) == employer.code
                self._short[name.code] = employer.code if same else None
        for code in filter(_may_be_misspelt, self._short):
            for edge in _edges(code):
                self._by_edge[edge].add(code)
        spellings = (text for country in taxonomy.values(Factor.COUNTRY) for text in (country.label, *country.aliases))
        codes = {fold(text).replace(".", "").replace(" ", "-") for text in spellings}
        self._countries = {code for code in codes if len(code) != _LENGTH_OF_ISO_CODES or code in _COUNTRY_INITIALS}

    def code(self, name: EmployerName) -> str:
        """The code of the employer that a name means; empty for a text that names none, such as "N/A" or "-"."""
        full, own = name.full_code, name.code
        if full in _NO_EMPLOYER:
            return ""
        found = self._full.get(full) or self._short.get(own) or self._short.get(name.code_without_prefix or "")
        return found or self._code_of_parts(full) or self._code_of_parts(own) or self._code_of_misspelt(own) or own

    def _code_of_parts(self, code: str) -> str | None:
        """The registered employer before a country or another of its names: Siemens AG Österreich, Google (Alphabet)."""
        for hyphen in re.finditer("-", code):
            start, end = code[: hyphen.start()], code[hyphen.end() :]
            same = self._short.get(end)
            if same or end in self._countries:
                found = self._full.get(start) or self._short.get(EmployerName(start).code)
                if found and (end in self._countries or found == same):
                    return found
        return None

    def _code_of_misspelt(self, code: str) -> str | None:
        """The only registered employer with a similar spelling that has the same first or last word."""
        if not _may_be_misspelt(code):
            return None
        candidates = set().union(*(self._by_edge.get(edge, ()) for edge in _edges(code)))
        found = {self._short[one] for one in candidates if similarity(code, one) >= MIN_SIMILARITY}
        return found.pop() if len(found) == 1 else None


def similarity(one: str, other: str) -> float:
    """The similarity of two codes: 1 less Levenshtein's distance as a share of the longer one's length, from 0 to 1.

    0 for codes that no spelling mistake makes of each other: with other letters than a to z, with digits, another number of
    words, or another letter at the start of a word.

    >>> similarity("missouri-state-univeristy", "missouri-state-university")
    0.92
    >>> similarity("eastern-kentucky-university", "western-kentucky-university"), similarity("müller-bau", "muller-bau")
    (0.0, 0.0)
    """
    if not (_is_latin(one) and _is_latin(other)) or _initials(one) != _initials(other):
        return 0.0
    return round(1 - edit_distance(one, other) / max(len(one), len(other)), 4)


def _may_be_misspelt(code: str) -> bool:
    """Whether a code is long enough that one wrong letter leaves it similar."""
    return 1 - 1 / (len(code) + 1) >= MIN_SIMILARITY and _is_latin(code)


def _is_latin(code: str) -> bool:
    return code.isascii() and code.replace("-", "").isalpha()


def _initials(code: str) -> str:
    return "".join(word[0] for word in code.split("-"))


def _edges(code: str) -> Iterator[tuple[str, str]]:
    """The first and the last word of a code, each with the initials of all words."""
    initials = _initials(code)
    yield code.partition("-")[0], initials
    yield code.rpartition("-")[2], initials


def best_label(counts: Mapping[str, int]) -> str:
    """The most frequent label; one that is not all in capitals, if there is one.

    >>> best_label({"JPMORGAN CHASE & CO": 9, "JPMorgan Chase & Co": 2}), best_label({"IBM": 9, "Ibm": 2})
    ('JPMorgan Chase & Co', 'IBM')
    """
    return min(counts, key=lambda label: (label.isupper() and len(label) > _MAX_ACRONYM, -counts[label], label))


# Words


@dataclass(frozen=True, slots=True)
class _Word:
    """A word, folded, and its place in the name; `initials` are letters written apart, such as L.L.C."""

    text: str
    start: int
    end: int
    initials: bool = False


def _shown(name: str) -> str:
    """A name in the characters that people see."""
    plain = " ".join(composed(name.translate(_WITHOUT_TRADEMARKS)).split())
    return plain if plain.isprintable() else "".join(filter(str.isprintable, plain))


class _Kinds(dict[int, str]):
    """The kinds of characters by code point, for `str.translate`; filled as characters occur."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        in_word = category(character)[0] in "LMN" or character in APOSTROPHES
        return self.setdefault(code, "w" if in_word else character if character in "& " else ".")


_KINDS = _Kinds()
_WORD = re.compile("w+|&")


def _words(shown: str) -> Iterator[_Word]:
    """Words are letters of any script with their marks, digits and apostrophes."""
    for found in _WORD.finditer(shown.translate(_KINDS)):
        start, end = found.span()
        text = "and" if found[0] == "&" else fold(shown[start:end]).replace("'", "")
        if text in BRACKETED and shown[start - 1 : start] == "(" and shown[end : end + 1] == ")":
            text = BRACKETED[text]
        if text:
            yield from _split_attached(_Word(text, start, end, initials=shown[start:end] in CAPITALISED))


def _split_attached(word: _Word) -> Iterator[_Word]:
    """A word without spaces, with the legal forms that it starts or ends with as words of their own."""
    for form in () if word.text.isascii() else ATTACHED:
        if word.text != form and word.text.startswith(form):
            yield _Word(form, word.start, word.start + len(form))
            yield from _split_attached(_Word(word.text[len(form) :], word.start + len(form), word.end))
            return
        if word.text != form and word.text.endswith(form):
            yield from _split_attached(_Word(word.text[: -len(form)], word.start, word.end - len(form)))
            yield _Word(form, word.end - len(form), word.end)
            return
    yield word


def _join_initials(words: Iterable[_Word], shown: str, *, across_spaces: bool) -> list[_Word]:
    """The words, where single letters that follow each other are one: `U.S.`, and `U. S.` too if `across_spaces`."""
    runs: list[list[_Word]] = []
    for word in words:
        last = runs[-1][-1] if runs else None
        follows = last and _is_initial(last) and _is_initial(word)
        if last and follows and (across_spaces or " " not in shown[last.end : word.start]):
            runs[-1].append(word)
        else:
            runs.append([word])
    return [run[0] if len(run) == 1 else _joined(run) for run in runs]


def _start_of_spaced_form(words: Sequence[_Word], shown: str) -> int:
    """The start of a form whose letters are written apart, which an initial may precede (Plan B S. L.); else the end."""
    for start in range(max(1, len(words) - _MAX_SPACED_WORDS), len(words)):
        if not _is_initial(words[start]) or all(map(_is_initial, words[:start])):
            continue
        form = tuple(word.text for word in _join_initials(words[start:], shown, across_spaces=True))
        if (form in SUFFIXES or form in INITIALS) and [word.text for word in words[start - 1 :]] != ["u", "s", "a"]:
            return start
    return len(words)


def _is_subsequence(letters: str, of: Iterable[str]) -> bool:
    """Whether letters follow each other in this order, perhaps with others between them."""
    rest = iter(of)
    return all(letter in rest for letter in letters)


def _is_initial(word: _Word) -> bool:
    return len(word.text) == 1 and word.text.isalpha()


def _joined(run: Sequence[_Word]) -> _Word:
    return _Word("".join(word.text for word in run), run[0].start, run[-1].end, initials=True)


def _code(words: Sequence[_Word]) -> str:
    """The words with hyphens; a code that would be too long ends with a hash of all words."""
    code = "-".join(word.text for word in words)
    if len(code) <= MAX_CODE:
        return code
    digest = blake2b(code.encode(), digest_size=_DIGEST_BYTES).hexdigest()
    return f"{code[: MAX_CODE - 1 - len(digest)].rstrip('-')}-{digest}"
