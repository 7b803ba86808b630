"""Queries of the audit: the sizes of groups of records in every edition, and records that break a guarantee.

Sizes are computed from the row versions: each adds one in the edition that added it and subtracts one in the edition that
removed it, so running sums give the sizes in all editions at once.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from service.store.bulk import BulkConnection
from service.vocabulary.factors import UNPUBLISHED
from service.vocabulary.measures import MEASURES, PAY, REPORTED_COLUMN, REPORTED_COLUMNS, TOTALS

Row = dict[str, Any]

_SIZES = """
    WITH change AS (
        SELECT {key}, added_in AS edition, 1 AS step FROM {rows} WHERE added_in <= {last}
        UNION ALL SELECT {key}, removed_in, -1 FROM {rows} WHERE removed_in <= {last}
    ), net AS (SELECT {key}, edition, sum(step) AS step FROM change GROUP BY {key}, edition),
    running AS (SELECT {key}, edition, sum(step) OVER (PARTITION BY {key} ORDER BY edition) AS size FROM net)
    SELECT {key}, edition, size::int AS size FROM running WHERE {condition} ORDER BY edition, {key}
"""


def last_edition(rows: BulkConnection) -> int:
    """The current edition; 0 before the first."""
    return int(rows.scalar("SELECT edition FROM watermark") or 0)


def small_classes(rows: BulkConnection, source: int, columns: Sequence[str], k: int) -> list[Row]:
    """Combinations of some columns that fewer than k records of a source share, by edition, with their number of records."""
    return _sizes(rows, ", ".join(columns), f"(SELECT * FROM salary_record WHERE source = {source}) AS record", _few(k))


def rare_values(
    rows: BulkConnection, source: int, column: str, k: int, *, many: bool = False, exclude: str | None = None
) -> list[Row]:
    """Values of a column that fewer than k records of their country have; each value of a list counts once."""
    value = f"unnest(ARRAY(SELECT DISTINCT unnest({column})))" if many else column
    values = f"(SELECT country, {value} AS value, added_in, removed_in FROM salary_record WHERE source = {source})"
    other = f" AND value <> '{exclude}'" if exclude else ""
    return _sizes(rows, "country, value", f"{values} AS record", f"{_few(k)} AND value IS NOT NULL{other}")


def duplicate_records(rows: BulkConnection, source: int) -> list[Row]:
    """Records that an edition contains more than once."""
    table = f"(SELECT id::text, added_in, removed_in FROM salary_record WHERE source = {source}) AS record"
    return _sizes(rows, "id", table, "size > 1")


def _few(k: int) -> str:
    return f"size > 0 AND size < {int(k)}"


def _sizes(rows: BulkConnection, key: str, table: str, condition: str) -> list[Row]:
    return rows.query(_SIZES.format(key=key, rows=table, last=last_edition(rows), condition=condition)).to_pylist()  # type: ignore[no-any-return]


def small_batches(rows: BulkConnection, source: int, k: int) -> list[Row]:
    """Editions that added some records of a source, but fewer than k."""
    return rows.query(  # type: ignore[no-any-return]
        f"""
        WITH first AS (SELECT min(added_in) AS edition FROM salary_record WHERE source = {source} GROUP BY id)
        SELECT edition, count(*)::int AS size FROM first WHERE edition <= {last_edition(rows)}
        GROUP BY edition HAVING count(*) < {int(k)} ORDER BY edition
        """
    ).to_pylist()


def _has_extra_digits(column: str) -> str:
    return f"{column} % (10 ^ greatest(length({column}::text) - 3, 0))::bigint <> 0"


_DOLLARS, _REPORTED = ", ".join(REPORTED_COLUMN), ", ".join(REPORTED_COLUMN.values())
_RANGE_ENDS = [column for column in REPORTED_COLUMNS if column not in REPORTED_COLUMN.values()]
_NEVER_PUBLISHED = (*UNPUBLISHED, *(measure for measure in MEASURES if measure not in PAY))


def _nulls(columns: Iterable[str]) -> str:
    return ", ".join(f"{column} IS NULL" for column in columns)


_INVALID = {
    "pay": " OR ".join(
        (
            *(_has_extra_digits(column) for column in REPORTED_COLUMN.values()),
            *(f"{column} IS NOT NULL" for column in _RANGE_ENDS),
        )
    ),
    "month": "extract(month FROM effective)::int % 3 <> 1",
    "never": f"num_nonnulls({', '.join(_NEVER_PUBLISHED)}) > 0",
    "dollars": " OR ".join(
        (
            f"(currency = 'USD' AND ({_DOLLARS}) IS DISTINCT FROM ({_REPORTED}))",
            f"({_nulls(REPORTED_COLUMN)}) <> ({_nulls(REPORTED_COLUMN.values())})",
            *(f"{total} IS DISTINCT FROM {' + '.join(components)}" for total, components in TOTALS.items()),
        )
    ),
    "experience": """experience IS NOT NULL AND experience NOT IN (SELECT id FROM factor_value
        WHERE factor = 'experience' AND code ~ '^([0-9]+|[0-9]+-to-[0-9]+|[0-9]+-plus)$')""",
}
"""Conditions that no published record of a contributor may meet."""


def invalid_records(rows: BulkConnection, source: int) -> list[Row]:
    """Records that break a guarantee: its name, the first edition with the record, and the record's `id`."""
    queries = (
        f"SELECT '{guarantee}' AS guarantee, id::text, added_in AS edition FROM salary_record "
        f"WHERE source = {source} AND added_in <= {last_edition(rows)} AND ({condition})"
        for guarantee, condition in _INVALID.items()
    )
    return rows.query(f"{' UNION ALL '.join(queries)} ORDER BY edition, guarantee, id").to_pylist()  # type: ignore[no-any-return]


def inconsistent_rates(rows: BulkConnection, source: int) -> list[Row]:
    """Editions, currencies and years in which no single exchange rate converts all reported amounts to their US dollars."""
    pairs = " UNION ALL ".join(
        f"SELECT added_in, currency, effective, {dollars} AS dollars, {reported} AS reported FROM salary_record "
        f"WHERE source = {source} AND {reported} > 0"
        for dollars, reported in REPORTED_COLUMN.items()
    )
    return rows.query(  # type: ignore[no-any-return]
        f"""
        SELECT added_in AS edition, currency, extract(year FROM effective)::int AS year, count(*)::int AS size
        FROM ({pairs}) AS pair WHERE added_in <= {last_edition(rows)}
        GROUP BY added_in, currency, extract(year FROM effective)
        HAVING max((dollars - 0.5000001::float8) / reported) > min((dollars + 0.5000001::float8) / reported)
        ORDER BY edition, currency, year
        """
    ).to_pylist()
