"""Counts and lists in texts: nouns that agree with their number, and conjunctions before the last item."""

from collections.abc import Sequence
from numbers import Integral


def count_of(number: float, singular: str, plural: str | None = None) -> str:
    """The number with the noun, and perhaps a verb, that agrees with it; `plural` is `singular` with an s by default.

    >>> count_of(1, "record"), count_of(12_345, "record"), count_of(0.5, "second")
    ('1 record', '12,345 records', '0.5 seconds')
    >>> count_of(1, "batch is", "batches are"), count_of(2, "batch is", "batches are")
    ('1 batch is', '2 batches are')
    """
    shown = f"{number:,}" if isinstance(number, Integral) else f"{number:g}"
    return f"{shown} {singular if number == 1 else plural or f'{singular}s'}"


def joined(texts: Sequence[str], conjunction: str) -> str:
    """A list of texts, with commas and a conjunction before the last one.

    >>> joined(["a"], "or"), joined(["a", "b"], "or"), joined(["a", "b", "c"], "and")
    ('a', 'a or b', 'a, b and c')
    """
    return f" {conjunction} ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))
