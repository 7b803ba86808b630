"""How well names of employers are resolved, on 500 pairs of names that were labelled by reading them.

`python -m bench.employer_names` prints precision and recall. `python -m bench.employer_names draw FILE` draws the pairs,
without labels, from the labor condition applications in FILE, a gzipped CSV file with the column EMPLOYER_NAME.

The labels are `same` (one employer, perhaps several legal entities of it), `group` (businesses of one parent) and
`different`. Names that are not known to be those of one employer are `different`. The first half of the pairs is for
development: the threshold of similarity is chosen by it. The second half is held out.
"""

import csv
import gzip
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from seed import reference_data
from service.vocabulary.employers import EmployerName, EmployerRegister, similarity
from service.vocabulary.factors import Factor
from service.vocabulary.spellings import fold
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import numbered_values

PAIRS = Path("tests/vocabulary/employer_pairs.csv")
THRESHOLDS = (0.92, 0.93, 0.94, 0.95, 0.96, 0.97)
Pair = tuple[str, str]

# The measurement


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two names of employers; `label` is `same`, `group` or `different`."""

    a: str
    b: str
    label: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """Numbers of pairs: those that are resolved to one employer or parent, those labelled so, and both."""

    united: int
    related: int
    correct: int

    @property
    def precision(self) -> float:
        return self.correct / self.united

    @property
    def recall(self) -> float:
        return self.correct / self.related

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.1%} ({self.correct} of {self.united} pairs), "
            f"recall {self.recall:.1%} ({self.correct} of {self.related} pairs)"
        )


class Resolver:
    """Resolves names to codes as imports and contributions do, and codes to the topmost parent in the register."""

    def __init__(self) -> None:
        self._taxonomy = Taxonomy(numbered_values(reference_data.terms()))
        self._register = EmployerRegister(self._taxonomy)

    def code(self, name: str) -> str:
        return self._register.code(EmployerName(name))

    def parent(self, name: str) -> str:
        code = self.code(name)
        value = self._taxonomy.lookup(Factor.EMPLOYER, code)
        return self._taxonomy[self._taxonomy.root(value.id)].code if value else code

    def measure(self, pairs: Iterable[LabelledPair]) -> Measurement:
        """How many pairs have one parent."""
        found = [(self.parent(pair.a) == self.parent(pair.b), pair.label != "different") for pair in pairs]
        return Measurement(sum(one for one, _ in found), sum(one for _, one in found), sum(map(all, found)))

    def measure_codes(self, pairs: Iterable[LabelledPair]) -> Measurement:
        """How many pairs have one code, counting as correct only those labelled `same`."""
        found = [(self.code(pair.a) == self.code(pair.b), pair.label == "same") for pair in pairs]
        return Measurement(sum(one for one, _ in found), sum(one for _, one in found), sum(map(all, found)))


def read_pairs(path: Path = PAIRS) -> list[LabelledPair]:
    """The labelled pairs; lines that start with # are comments."""
    with path.open(encoding="utf-8", newline="") as file:
        return [LabelledPair(**row) for row in csv.DictReader(line for line in file if not line.startswith("#"))]


def halves(pairs: list[LabelledPair]) -> dict[str, list[LabelledPair]]:
    """The pairs for development, and those held out."""
    middle = len(pairs) // 2
    return {"development": pairs[:middle], "held out": pairs[middle:]}


def similar_pairs(pairs: Iterable[LabelledPair], threshold: float) -> Counter[bool]:
    """Of the pairs with different codes that are at least so similar, the numbers that are and are not one employer."""
    codes = [(EmployerName(pair.a).code, EmployerName(pair.b).code, pair.label == "same") for pair in pairs]
    return Counter(same for a, b, same in codes if a != b and similarity(a, b) >= threshold)


def report(pairs: list[LabelledPair], resolver: Resolver) -> Iterator[str]:
    labels = Counter(pair.label for pair in pairs)
    yield f"{len(pairs)} pairs: {', '.join(f'{count} {label}' for label, count in labels.most_common())}"
    for half, found in {"all": pairs, **halves(pairs)}.items():
        yield f"One employer or parent, {half}: {resolver.measure(found)}"
    yield f"One code, labelled same, all: {resolver.measure_codes(pairs)}"
    for threshold in THRESHOLDS:
        counts = (similar_pairs(found, threshold) for found in halves(pairs).values())
        yield f"Similarity of at least {threshold}: " + "; ".join(
            f"{half} {count[True]} of one employer, {count[False]} of different ones"
            for half, count in zip(halves(pairs), counts, strict=True)
        )


# The draw. It does not depend on the resolver, so that it stays the same when that changes.

SEED = 2024
STRATA = {
    "same words": 70,
    "words added": 100,
    "few letters differ": 90,
    "rare first word": 60,
    "initials": 15,
    "frequent employers": 120,
    "trade and former names": 25,
    "first words look alike": 20,
}
"""Kinds of pairs, with the number of each."""
_FORM = re.compile(r"(inc|incorporated|corp|corporation|co|company|ltd|limited|llc|llp|lp|pllc|pc|na)")
_RELATION = re.compile(
    r"\b(d/?b/?a|f/?k/?a|a/?k/?a|formerly|doing business as|division of|subsidiary|a \w+ company)\b", re.IGNORECASE
)
_RELATION_WORDS = {"dba", "fka", "aka", "formerly", "known", "subsidiary", "wholly", "owned", "division"}
_MAX_RARE = 25
"""Most names with a word that is rare."""
_FREQUENT = 200
"""The number of names with the most applications that are frequent."""
_MIN_LETTERS = 14
"""Least letters of names in which a few letters may differ."""


def draw_pairs(names: Iterable[str]) -> list[Pair]:
    """Pairs of names with different letters from a file's cells, by the kinds of STRATA, in a random order."""
    counts = Counter(map(str.strip, names))
    words = {name: _plain_words(name) for name in sorted(counts) if _plain_words(name)}
    rng = random.Random(SEED)
    drawn: dict[Pair, None] = {}
    for found, wanted in zip(_strata(words, counts), STRATA.values(), strict=True):
        candidates = sorted(
            {(min(pair), max(pair)) for pair in found if _letters(pair[0]) != _letters(pair[1])} - drawn.keys()
        )
        drawn.update(dict.fromkeys(rng.sample(candidates, wanted)))
    pairs = list(drawn)
    rng.shuffle(pairs)
    return pairs


def _letters(name: str) -> str:
    return "".join(re.findall(r"\w", fold(name)))


def _plain_words(name: str) -> tuple[str, ...]:
    words = re.findall(r"\w+", fold(name).replace("'", "").replace(".", "").removeprefix("the "))
    while len(words) > 1 and _FORM.fullmatch(words[-1]):
        words.pop()
    return tuple(words)


def _strata(words: Mapping[str, tuple[str, ...]], counts: Counter[str]) -> Iterator[Iterable[Pair]]:
    by_words, by_first, by_word = defaultdict(list), defaultdict(list), defaultdict(list)
    for name, found in words.items():
        by_words[found].append(name)
        by_first[found[0]].append(name)
        for word in set(found):
            by_word[word].append(name)
    rare = {word: found for word, found in by_word.items() if len(found) <= _MAX_RARE}
    yield (pair for names in by_words.values() for pair in combinations(names, 2))
    shorter = {name: [found[:length] for length in range(1, len(found))] for name, found in words.items()}
    yield ((name, other) for name, starts in shorter.items() for start in starts for other in by_words.get(start, ()))
    yield (pair for one, other in _similar(map(" ".join, by_words)) for pair in _named(by_words, one, other))
    yield (pair for word, names in by_first.items() if word in rare for pair in combinations(names, 2))
    initials = {name: ("".join(word[0] for word in found),) for name, found in words.items() if len(found) > 2}
    yield ((name, other) for name, short in initials.items() for other in by_words.get(short, ()))
    frequent = [name for name, _ in counts.most_common(_FREQUENT)]
    yield ((name, other) for name in frequent for other in rare.get(words[name][0], ()) if other != name)
    related = [name for name in words if _RELATION.search(name)]
    yield (_nearest(name, words, rare) for name in related)
    firsts = _similar(first for first in by_first if len(first) >= len("acme"))
    yield (pair for one, other in firsts for pair in ((by_first[one][0], by_first[other][0]),))


def _named(by_words: Mapping[tuple[str, ...], list[str]], one: str, other: str) -> Iterator[Pair]:
    if min(len(one), len(other)) >= _MIN_LETTERS:
        yield by_words[tuple(one.split())][0], by_words[tuple(other.split())][0]


def _similar(texts: Iterable[str]) -> Iterator[Pair]:
    """Pairs of texts that are the same when at most one letter is left out of each."""
    without: defaultdict[str, list[str]] = defaultdict(list)
    for text in texts:
        for shorter in {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))}:
            without[shorter].append(text)
    yield from sorted({pair for same in without.values() for pair in combinations(sorted(same), 2)})


def _nearest(name: str, words: Mapping[str, tuple[str, ...]], rare: Mapping[str, list[str]]) -> Pair:
    """A name with the other one that shares the most words with it, of those that share a rare one."""
    own = words[name]
    others = (other for word in set(own) - _RELATION_WORDS for other in rare.get(word, ()) if other != name)
    return name, max(others, key=lambda other: (len(set(own) & set(words[other])), other), default=name)


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["draw"] and len(arguments) > 1:
        with gzip.open(Path(arguments[1]), "rt", encoding="utf-8", newline="") as file:
            pairs = draw_pairs(row["EMPLOYER_NAME"] for row in csv.DictReader(file))
        csv.writer(sys.stdout, lineterminator="\n").writerows(pairs)
    elif arguments:
        sys.exit("Usage: python -m bench.employer_names [draw FILE]")
    else:
        sys.stdout.writelines(f"{line}\n" for line in report(read_pairs(), Resolver()))


if __name__ == "__main__":
    main(sys.argv[1:])
