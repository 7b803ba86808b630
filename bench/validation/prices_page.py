"""The section on the cost of living, in Markdown."""

from bench.validation.measurement import Prices
from bench.validation.prices import YEARS
from bench.validation.tables import correlated, percent, table


def fields(found: Prices) -> dict[str, object]:
    """What page.md has of them."""
    equal, compared = (sum(getattr(one, name) for one in found.loaded) for name in ("equal", "levels"))
    return {
        "first_year": YEARS[0],
        "last_year": YEARS[-1],
        "levels_equal": f"{equal:,} of {compared:,}",
        "loaded": _loaded(found),
        "revised": found.revision.count,
        "revision_median": f"{found.revision.median:+.2f}",
        "revision_largest": f"{found.revision.largest:+.2f}",
        "revision_where": found.revision.where,
        "metro_share": percent(found.metro_share),
        "metro_median": f"{found.metropolitan.median:.1f}",
        "metro_count": found.metropolitan.count,
        "metro_largest": f"{found.metropolitan.largest:.1f}",
        "metro_where": found.metropolitan.where,
        "effects": _effects(found),
    }


def _loaded(found: Prices) -> str:
    header = (
        "",
        "file",
        "places",
        "levels in PayRank",
        "in the file too",
        "equal",
        "largest difference",
        "in the file alone",
    )
    return table(
        header,
        (
            (
                one.label,
                one.file,
                str(one.places),
                f"{one.levels:,}",
                f"{one.compared:,}",
                f"{one.equal:,}",
                f"{one.largest:.3f}",
                str(one.missing),
            )
            for one in found.loaded
        ),
    )


def _effects(found: Prices) -> str:
    header = (
        "",
        "compared",
        "rank correlation with prices, plain",
        "adjusted",
        "spread, plain",
        "adjusted",
        "off",
    )
    return table(
        header,
        (
            (
                one.label,
                str(one.plain.count),
                correlated(one.plain),
                correlated(one.adjusted),
                f"{one.spread:.2f}",
                f"{one.adjusted_spread:.2f}",
                f"{one.off:.2f}",
            )
            for one in found.effects
        ),
    )
