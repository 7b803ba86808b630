"""Employer matching: contributors type employer names freely; a name is published as a known employer or not at all.

A name matches a known employer if its code is the same; or else if it is at least `MIN_SIMILARITY` similar to the label of
one employer, clearly less similar to any other, and starts with the same letter. Among the 18,849 employers of the labor
condition applications, 42 pairs with different codes are that similar, and 34 of these start alike: judged by eye, 29 are
one employer ("University of Virginia" and "The University of Virginia", "Dana Farber" and "Danar Farber") and 5 may be two.
Those that start differently are mostly two ("University of Miami", "Miami University"), as are half of those from 0.80 to
0.85. About half of all names are still matched with a doubled letter, a plural or a "The". A name without a match is not
published: a wrong employer is worse than none.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from service.store.bulk import BulkConnection
from service.store.publication import find_similar_values
from service.store.reference import add_terms
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import Term, employer_label, employer_slug

MIN_SIMILARITY = 0.85
MIN_MARGIN = 0.05
"""How much more similar the best match must be than the second best."""
_MAX_CODE = 80

Spellings = Mapping[str, Counter[str]]


def match_employers(
    rows: BulkConnection, names: Iterable[str], k: int, taxonomy: Taxonomy
) -> tuple[Taxonomy, dict[str, int]]:
    """The taxonomy with a new employer for each unknown name that at least k share, and the employer's id for each name.

    Each name is from one contributor. Names that fewer than k share are not written anywhere.
    """
    counts = Counter(names)
    codes = {name: employer_slug(name) for name in counts}
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, count in counts.items():
        if codes[name]:
            spellings[codes[name]][employer_label(name)] += count
    unknown = {code: found for code, found in spellings.items() if not taxonomy.lookup(Factor.EMPLOYER, code)}
    similar = _similar(rows, unknown, k, taxonomy)
    new = [
        Term(Factor.EMPLOYER, code, best_spelling(code, found, k))
        for code, found in sorted(unknown.items())
        if code not in similar and found.total() >= k
    ]
    if new:
        taxonomy = add_terms(rows, new)
        unknown = {code: found for code, found in unknown.items() if not taxonomy.lookup(Factor.EMPLOYER, code)}
        similar = _similar(rows, unknown, k, taxonomy)
    known = {code: taxonomy.lookup(Factor.EMPLOYER, code) for code in spellings}
    numbers = similar | {code: value.id for code, value in known.items() if value}
    return taxonomy, {name: numbers[code] for name, code in codes.items() if code in numbers}


def best_spelling(code: str, spellings: Counter[str], k: int) -> str:
    """The most common spelling among those that at least k use or that reveal no more than the code.

    Letters outside ASCII are not part of a code, so a spelling with some reveals more.

    >>> best_spelling("acme-labs", Counter({"Acme Labs": 3, "ACME Labs": 1, "Acme Łabs": 4}), 5)
    'Acme Labs'
    """
    complete = len(code) < _MAX_CODE
    allowed = [name for name, count in spellings.items() if count >= k or (complete and name.isascii())]
    default = code.replace("-", " ").title()
    return min(allowed, key=lambda name: (-spellings[name], name.isupper(), name), default=default)


def _similar(rows: BulkConnection, unknown: Spellings, k: int, taxonomy: Taxonomy) -> dict[str, int]:
    """The ids of the known employers that names match by similarity, by the names' codes."""
    codes = sorted(unknown)
    labels = [best_spelling(code, unknown[code], k) for code in codes]
    matches: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for found in find_similar_values(rows, labels, Factor.EMPLOYER, MIN_SIMILARITY - MIN_MARGIN):
        matches[codes[found["number"]]].append((found["similarity"], found["value"]))
    best = {code: _best(found) for code, found in matches.items()}
    return {code: number for code, number in best.items() if number and _start_alike(code, taxonomy[number].code)}


def _best(matches: Sequence[tuple[float, int]]) -> int | None:
    (similarity, number), *others = sorted(matches, reverse=True)
    clear = not others or similarity - others[0][0] >= MIN_MARGIN
    return number if similarity >= MIN_SIMILARITY and clear else None


def _start_alike(one: str, other: str) -> bool:
    return one.removeprefix("the-")[:1] == other.removeprefix("the-")[:1]
