"""Spellings of a factor's values: looked up exactly, by a part of them, or by similarity.

All is prepared once for each taxonomy, so that a lookup among tens of thousands of employers takes a few milliseconds.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from service.vocabulary.terms import FactorValue
from service.work import Work, count

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""The characters that Unicode names default ignorable: zero-width spaces and joiners, marks of direction, selectors."""
APOSTROPHES = "'`‘’‛ʻʼ"
_ASCII_PUNCTUATION = str.maketrans(
    dict.fromkeys(APOSTROPHES, "'") | dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("“”„‟", '"')
)
_ACUTE_ACCENTS = str.maketrans(dict.fromkeys("\u00b4\u1ffd", "'"))
"""Typed as apostrophes, and blanks with an accent after compatibility normalisation."""

MAX_COMPARED = 40
"""Codes that are compared with a text by their similarity, which takes 50 microseconds each."""
_MIN_SIMILARITY, _MAX_CHARACTERS = 0.6, 100
_CHARACTER_BUCKETS, _PAIR_BUCKETS = 91, 64
"""Characters and pairs of them are counted by these remainders: by 91, which keeps a to z, 0 to 9 and the hyphen apart."""
_MAX_COUNT = 255

Codepoints = npt.NDArray[np.uint32]
BucketCounts = npt.NDArray[np.uint8]
"""How often each bucket occurs in each text, `uint8[buckets, texts]`."""


def composed(text: str) -> str:
    """A text without invisible characters, in Unicode's form NFKC: accents composed, wide and narrow forms as usual."""
    return text if text.isascii() else normalize("NFKC", _INVISIBLE.sub("", text).translate(_ACUTE_ACCENTS))


def fold(text: str) -> str:
    """A spelling normalised for comparison: `composed`, without case and repeated blanks, with punctuation of ASCII.

    >>> fold("  Machine   Learning ENGINEER "), fold("Bachelor’s\u00a0degree"), fold("Cafe\u0301") == fold("CAFÉ")
    ('machine learning engineer', "bachelor's degree", True)
    """
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").split())
    text = normalize("NFKC", composed(text).casefold())
    return " ".join(text.casefold().translate(_ASCII_PUNCTUATION).split())


class Spellings:
    """The codes, labels and aliases of the values of one factor."""

    def __init__(self, values: Sequence[FactorValue]) -> None:
        self._values = values
        folded = [(fold(text), place) for place, value in enumerate(values) for text in _spellings_of(value)]
        self._folded, self._places = (
            pa.array([text for text, _ in folded], pa.string()),
            np.array([p for _, p in folded], np.intp),
        )
        self._by_spelling = {text: values[place] for text, place in reversed(folded)}  # the first one of equal spellings

    def __len__(self) -> int:
        return len(self._places)

    def prepare(self) -> None:
        """Builds what `nearest` needs."""
        _ = self._codes

    def resolve(self, text: str) -> FactorValue | None:
        """The value with a spelling, in any case and spacing."""
        return self._by_spelling.get(fold(text))

    def search(self, text: str) -> list[FactorValue]:
        """Values with a spelling that contains the text; those that start with it come first."""
        wanted = fold(text)
        count(Work.SPELLINGS, len(self._places))
        first, found = (self._have(match(self._folded, wanted)) for match in (pc.starts_with, pc.match_substring))
        places = np.concatenate([np.flatnonzero(first), np.flatnonzero(found & ~first)])
        return [self._values[place] for place in places.tolist()]

    def _have(self, spellings: pa.BooleanArray) -> npt.NDArray[np.bool_]:
        """Which values have one of some spellings."""
        having = np.zeros(len(self._values), np.bool_)
        having[self._places[np.asarray(spellings)]] = True
        return having

    def nearest(self, text: str, limit: int) -> list[str]:
        """The most similar codes, the closest first; for a known spelling only its code.

        By Ratcliff and Obershelp's similarity, as difflib.get_close_matches finds them, of the MAX_COMPARED codes that share
        most pairs of characters with the text.
        """
        known = self.resolve(text)
        if known:
            return [known.code]
        slug = fold(text)[:_MAX_CHARACTERS].replace(" ", "-")
        return self._codes.nearest(slug, limit) if slug else []

    @cached_property
    def _codes(self) -> "_SimilarTexts":
        return _SimilarTexts([value.code for value in self._values])


class _SimilarTexts:
    """Finds the texts that are similar to another one."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._lengths = np.array([len(text) for text in texts], np.int64)
        owners = np.repeat(np.arange(len(texts)), self._lengths)
        self._characters, self._pairs = _bucket_counts("".join(texts), owners, len(texts))

    def nearest(self, text: str, limit: int) -> list[str]:
        matcher = SequenceMatcher()
        matcher.set_seq2(text)
        found: list[tuple[float, str]] = []
        for place, maximum in self._candidates(text):
            if len(found) == limit and maximum < found[-1][0]:
                break
            count(Work.COMPARISONS)
            matcher.set_seq1(self._texts[place])
            found = sorted([*found, (matcher.ratio(), self._texts[place])], reverse=True)[:limit]
        return [text for similarity, text in found if similarity >= _MIN_SIMILARITY]

    def _candidates(self, text: str) -> Iterator[tuple[int, float]]:
        """The places of the MAX_COMPARED texts with most pairs in common, and their maximum similarity, which descends.

        Similarity is twice the length of the matching blocks, divided by the length of both texts: never more than the
        characters in common allow.
        """
        count(Work.SPELLINGS, len(self._texts))
        characters, pairs = _bucket_counts(text, np.zeros(len(text), np.int64), 1)
        lengths = self._lengths + len(text)
        maxima = 2 * _count_common(self._characters, characters) / lengths
        some = np.flatnonzero(maxima >= _MIN_SIMILARITY)
        shared = _count_common(self._pairs[:, some], pairs) / lengths[some]
        some = some[np.argsort(-shared, kind="stable")[:MAX_COMPARED]]
        some = some[np.argsort(-maxima[some], kind="stable")]
        return zip(some.tolist(), maxima[some].tolist(), strict=True)


def _spellings_of(value: FactorValue) -> Sequence[str]:
    return value.code, value.label, *value.aliases


def _bucket_counts(text: str, owners: npt.NDArray[np.int64], texts: int) -> tuple[BucketCounts, BucketCounts]:
    """The characters and the pairs of characters of some texts, which follow each other in `text`; `owners` has the number
    of the text that each character is of."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    within = owners[1:] == owners[:-1]
    pairs = (31 * points[:-1] + points[1:])[within] % _PAIR_BUCKETS
    return (
        _count_buckets(points % _CHARACTER_BUCKETS, owners, _CHARACTER_BUCKETS, texts),
        _count_buckets(pairs, owners[1:][within], _PAIR_BUCKETS, texts),
    )


def _count_buckets(buckets: Codepoints, owners: npt.NDArray[np.int64], number: int, texts: int) -> BucketCounts:
    counts = np.bincount(buckets.astype(np.int64) * texts + owners, minlength=number * texts)
    return np.minimum(counts, _MAX_COUNT).astype(np.uint8).reshape(number, texts)


def _count_common(counts: BucketCounts, of_text: BucketCounts) -> npt.NDArray[np.int64]:
    """What each text has in common with one other, `int64[texts]`."""
    used = np.flatnonzero(of_text[:, 0])
    common: npt.NDArray[np.int64] = np.minimum(counts[used], of_text[used]).sum(0, dtype=np.int64)
    return common
