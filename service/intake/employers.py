"""Employers: contributors name them in free text; what is published is a known value, or nothing.

A name is taken for a known employer when its code is the same, else when it is at least `ALIKE` to one label, much less to
any other, and begins with the same letter. Among the 18,849 employers of the labor condition applications 42 pairs with
different codes are that similar, and 34 of these begin alike: by eye 29 are one employer ("University of Virginia" and "The
University of Virginia", "Dana Farber" and "Danar Farber") and 5 may be two. Those that begin otherwise are mostly two
("University of Miami", "Miami University"), and from 0.80 to 0.85 so are half. About half of all names are still found with
a letter doubled, a plural or a "The"; what is not found is not told, since a wrong employer is worse than none.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from service.store.bulk import Bulk
from service.store.publication import alike
from service.store.reference import add_terms
from service.vocabulary.employer import readable, slug
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import Term

ALIKE = 0.85
MARGIN = 0.05
"""How much more similar the best match is than the next; two equally good ones are none."""
_LONGEST_CODE = 80

Spellings = Mapping[str, Counter[str]]


def employers(rows: Bulk, names: Iterable[str], k: int, taxonomy: Taxonomy) -> tuple[Taxonomy, dict[str, int]]:
    """The taxonomy with the employers that k of the names have in common, and the number of each name's employer.

    Each name is one contributor's. Nothing of a name that fewer share is written anywhere.
    """
    counts = Counter(names)
    codes = {name: slug(name) for name in counts}
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, count in counts.items():
        if codes[name]:
            spellings[codes[name]][readable(name)] += count
    unknown = {code: told for code, told in spellings.items() if not taxonomy.known(Factor.EMPLOYER, code)}
    similar = _similar(rows, unknown, k, taxonomy)
    fresh = [
        Term(Factor.EMPLOYER, code, label(code, told, k))
        for code, told in sorted(unknown.items())
        if code not in similar and told.total() >= k
    ]
    if fresh:
        taxonomy = add_terms(rows, fresh)
        left = {code: told for code, told in unknown.items() if not taxonomy.known(Factor.EMPLOYER, code)}
        similar = _similar(rows, left, k, taxonomy)
    known = {code: taxonomy.known(Factor.EMPLOYER, code) for code in spellings}
    numbers = similar | {code: value.id for code, value in known.items() if value}
    return taxonomy, {name: numbers[code] for name, code in codes.items() if code in numbers}


def label(code: str, told: Counter[str], k: int) -> str:
    """The commonest spelling that tells no more than the code does, or that k use; letters outside ASCII are not in a code.

    >>> label("acme-labs", Counter({"Acme Labs": 3, "ACME Labs": 1, "Acme Łabs": 4}), 5)
    'Acme Labs'
    """
    whole = len(code) < _LONGEST_CODE
    fit = [name for name, count in told.items() if count >= k or (whole and name.isascii())]
    return min(fit, key=lambda name: (-told[name], name.isupper(), name), default=code.replace("-", " ").title())


def _similar(rows: Bulk, unknown: Spellings, k: int, taxonomy: Taxonomy) -> dict[str, int]:
    """The numbers of known employers that names are meant for, by the names' codes."""
    codes = sorted(unknown)
    matches: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for found in alike(rows, [label(code, unknown[code], k) for code in codes], Factor.EMPLOYER, ALIKE - MARGIN):
        matches[codes[found["number"]]].append((found["similarity"], found["value"]))
    best = {code: _best(found) for code, found in matches.items()}
    return {code: number for code, number in best.items() if number and _begin_alike(code, taxonomy[number].code)}


def _best(found: Sequence[tuple[float, int]]) -> int | None:
    (similarity, number), *others = sorted(found, reverse=True)
    clear = not others or similarity - others[0][0] >= MARGIN
    return number if similarity >= ALIKE and clear else None


def _begin_alike(one: str, other: str) -> bool:
    return one.removeprefix("the-")[:1] == other.removeprefix("the-")[:1]
