"""Labels: conditions in words, such as "Senior machine learning engineers, remote, United States"."""

from collections.abc import Iterable, Iterator

from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, NoneOf, Untold
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.periods import month_text
from service.vocabulary.taxonomy import Taxonomy

_NAMED = 3


def label_of(conditions: Conditions, taxonomy: Taxonomy) -> str:
    """A label for people; it names at most three of many alternatives."""
    if not conditions:
        return "All records"
    levels = [c for c in conditions if isinstance(c, AnyOf) and c.factor is Factor.LEVEL]
    roles = [c for c in conditions if isinstance(c, AnyOf) and c.factor is Factor.ROLE]
    others = [c for c in conditions if c not in levels and c not in roles]
    level = " and ".join(_names(taxonomy, c.values) for c in levels)
    role = " and ".join(_plural(taxonomy, c.values) for c in roles) or ("level" if level else "")
    subject = f"{level} {role}".strip()
    parts = [text for text in (subject, *(_phrase(taxonomy, c) for c in others)) if text]
    joined = ", ".join(parts)
    return joined[:1].upper() + joined[1:]


def _phrase(taxonomy: Taxonomy, condition: Condition) -> str:
    match condition:
        case AnyOf(_, values):
            return _names(taxonomy, values)
        case NoneOf(_, values):
            return f"without {_names(taxonomy, values)}"
        case Untold(factor, besides):
            kind = FACTORS[factor].label
            return f"no {kind} told" if not besides else f"another {kind} or none told"
        case Effective(first, last):
            return " ".join(_span(first, last))


def _span(first: int | None, last: int | None) -> Iterator[str]:
    if first is not None:
        yield f"from {month_text(first)}"
    if last is not None:
        yield f"to {month_text(last)}"


def _names(taxonomy: Taxonomy, values: Iterable[int]) -> str:
    return _either([taxonomy[value].label for value in sorted(values)])


def _plural(taxonomy: Taxonomy, values: Iterable[int]) -> str:
    labels = (taxonomy[value].label for value in sorted(values))
    return _either([f"{label}s" if label.endswith(("r", "t", "n")) else label for label in labels])


def _either(labels: list[str]) -> str:
    """
    >>> _either(["A", "B"]), _either(["A", "B", "C", "D", "E"])
    ('A or B', 'A, B, C or 2 others')
    """
    if not labels:
        return "nothing"
    named = labels[:_NAMED] + ([f"{len(labels) - _NAMED} others"] if len(labels) > _NAMED else [])
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"
