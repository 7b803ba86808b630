"""Tables in Markdown, and numbers as they are written in them."""

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column is left-aligned, the others are right-aligned.

    >>> print(table(("", "n"), [("a", "1")]))
    |  | n |
    | --- | ---: |
    | a | 1 |
    """
    lines = [header, ("---", *("---:" for _ in header[1:])), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def dollars(amount: float | None) -> str:
    return "" if amount is None else f"{amount:,.0f}"


def percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def change(share: float | None, digits: int = 1) -> str:
    """A relative difference in percent with its sign; one that rounds to zero has no sign.

    >>> change(-0.0684), change(0.00001), change(None)
    ('-6.8%', '0.0%', '')
    """
    if share is None:
        return ""
    rounded = round(100 * share, digits)
    return f"{rounded:+.{digits}f}%" if rounded else f"{0:.{digits}f}%"
