"""What an audit asks of the published tables: how many records share something, edition by edition, and odd ones.

Sizes come from the versions of rows alone: each adds one in the edition that added it and takes one away in the edition that
removed it, and the sums of these are the sizes in every edition at once.
"""

from collections.abc import Sequence
from typing import Any

from service.store.bulk import Bulk

Row = dict[str, Any]

_SIZES = """
    WITH change AS (
        SELECT {key}, added_in AS edition, 1 AS step FROM {rows} WHERE added_in <= {last}
        UNION ALL SELECT {key}, removed_in, -1 FROM {rows} WHERE removed_in <= {last}
    ), net AS (SELECT {key}, edition, sum(step) AS step FROM change GROUP BY {key}, edition),
    running AS (SELECT {key}, edition, sum(step) OVER (PARTITION BY {key} ORDER BY edition) AS size FROM net)
    SELECT {key}, edition, size::int AS size FROM running WHERE {wrong} ORDER BY edition, {key}
"""


def last_edition(rows: Bulk) -> int:
    """The current edition; 0 before the first."""
    return int(rows.one("SELECT edition FROM watermark") or 0)


def small_classes(rows: Bulk, source: int, columns: Sequence[str], k: int) -> list[Row]:
    """Records of a source that fewer than k share some columns with, by these, the edition and their number."""
    return _sizes(rows, ", ".join(columns), f"(SELECT * FROM salary_record WHERE source = {source}) AS record", _few(k))


def rare_values(rows: Bulk, source: int, column: str, k: int, *, many: bool = False, but: str | None = None) -> list[Row]:
    """Values of a column that fewer than k records of their country carry; a list counts each of its values once."""
    value = f"unnest(ARRAY(SELECT DISTINCT unnest({column})))" if many else column
    told = f"(SELECT country, {value} AS value, added_in, removed_in FROM salary_record WHERE source = {source})"
    other = f" AND value <> '{but}'" if but else ""
    return _sizes(rows, "country, value", f"{told} AS record", f"{_few(k)} AND value IS NOT NULL{other}")


def repeated(rows: Bulk, source: int) -> list[Row]:
    """Records that stand in an edition more than once."""
    table = f"(SELECT id::text, added_in, removed_in FROM salary_record WHERE source = {source}) AS record"
    return _sizes(rows, "id", table, "size > 1")


def _few(k: int) -> str:
    return f"size > 0 AND size < {int(k)}"


def _sizes(rows: Bulk, key: str, table: str, wrong: str) -> list[Row]:
    return rows.rows(_SIZES.format(key=key, rows=table, last=last_edition(rows), wrong=wrong)).to_pylist()  # type: ignore[no-any-return]


def small_batches(rows: Bulk, source: int, k: int) -> list[Row]:
    """Editions that were the first for some, but fewer than k, of a source's records."""
    return rows.rows(  # type: ignore[no-any-return]
        f"""
        WITH first AS (SELECT min(added_in) AS edition FROM salary_record WHERE source = {source} GROUP BY id)
        SELECT edition, count(*)::int AS size FROM first WHERE edition <= {last_edition(rows)}
        GROUP BY edition HAVING count(*) < {int(k)} ORDER BY edition
        """
    ).to_pylist()


def _digits(column: str) -> str:
    return f"{column} % (10 ^ greatest(length({column}::text) - 3, 0))::bigint <> 0"


_ODD = {
    "pay": " OR ".join(_digits(column) for column in ("base_reported", "bonus_reported", "equity_reported"))
    + " OR base_low IS NOT NULL OR base_high IS NOT NULL",
    "month": "extract(month FROM effective)::int % 3 <> 1",
    "never": "num_nonnulls(competing_offers, negotiation_uplift, job_satisfaction, career_growth, work_life_balance) > 0",
    "dollars": """(currency = 'USD' AND (base_salary, bonus, equity)
            IS DISTINCT FROM (base_reported, bonus_reported, equity_reported))
        OR (base_salary IS NULL, bonus IS NULL, equity IS NULL)
            <> (base_reported IS NULL, bonus_reported IS NULL, equity_reported IS NULL)
        OR total_cash IS DISTINCT FROM base_salary + bonus
        OR total_compensation IS DISTINCT FROM base_salary + bonus + equity""",
    "experience": """experience IS NOT NULL AND experience NOT IN (SELECT id FROM factor_value
        WHERE factor = 'experience' AND code ~ '^([0-9]+|[0-9]+-to-[0-9]+|[0-9]+-plus)$')""",
}
"""Conditions that no published record of a contributor meets."""


def odd_records(rows: Bulk, source: int) -> list[Row]:
    """Records with what must not be told: which condition (`what`), the first edition with it and the record's `id`."""
    asked = (
        f"SELECT '{what}' AS what, id::text, added_in AS edition FROM salary_record "
        f"WHERE source = {source} AND added_in <= {last_edition(rows)} AND ({condition})"
        for what, condition in _ODD.items()
    )
    return rows.rows(f"{' UNION ALL '.join(asked)} ORDER BY edition, what, id").to_pylist()  # type: ignore[no-any-return]


def uneven_rates(rows: Bulk, source: int) -> list[Row]:
    """Editions, currencies and years where no one rate leads from all reported amounts to all whole US dollars."""
    pairs = " UNION ALL ".join(
        f"SELECT added_in, currency, effective, {dollars} AS dollars, {reported} AS reported FROM salary_record "
        f"WHERE source = {source} AND {reported} > 0"
        for dollars, reported in (
            ("base_salary", "base_reported"),
            ("bonus", "bonus_reported"),
            ("equity", "equity_reported"),
        )
    )
    return rows.rows(  # type: ignore[no-any-return]
        f"""
        SELECT added_in AS edition, currency, extract(year FROM effective)::int AS year, count(*)::int AS size
        FROM ({pairs}) AS pair WHERE added_in <= {last_edition(rows)}
        GROUP BY added_in, currency, extract(year FROM effective)
        HAVING max((dollars - 0.5000001::float8) / reported) > min((dollars + 0.5000001::float8) / reported)
        ORDER BY edition, currency, year
        """
    ).to_pylist()
