"""Tables in Markdown, and how figures are written in them."""

from collections.abc import Iterable, Sequence

from bench.validation.agreement import Agreement
from bench.validation.correlation import Correlation


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column to the left, the others to the right.

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
    """A difference with its sign, in percent; one that rounds to nothing has none.

    >>> change(-0.0684), change(0.00001), change(None)
    ('-6.8%', '0.0%', '')
    """
    if share is None:
        return ""
    rounded = round(100 * share, digits)
    return f"{rounded:+.{digits}f}%" if rounded else f"{0:.{digits}f}%"


def correlated(found: Correlation | None) -> str:
    """With its interval."""
    return f"{found.rho:.2f} ({found.low:.2f} to {found.high:.2f})" if found else ""


def equal(found: Agreement) -> str:
    """How many of the figures are equal."""
    return f"{found.equal:,} of {found.figures:,}" if found.figures else "none to compare"
