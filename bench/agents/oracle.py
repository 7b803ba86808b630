"""Figures by PostgreSQL, over tables with a record's codes, those of their ancestors included."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg

from service.vocabulary.factors import FACTORS, Factor, Storage
from service.vocabulary.measures import MEASURES

SHARES = {"p10": 0.1, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9}
OUTER = {"p10": 10, "p90": 10}
"""The records that a percentile needs, if more than the minimum of any figure."""

_DERIVED = {
    Factor.YEAR: "ARRAY[to_char(effective, 'YYYY')]",
    Factor.QUARTER: "ARRAY[to_char(effective, 'YYYY\"-q\"Q')]",
    Factor.SOURCE_KIND: "(SELECT ARRAY[kind] FROM source WHERE source.id = salary_record.source)",
}


def _codes(factor: Factor) -> str:
    if factor in _DERIVED:
        return _DERIVED[factor]
    is_value = f"= ANY ({factor})" if FACTORS[factor].storage is Storage.MANY else f"= {factor}"
    return f"(SELECT coalesce(array_agg(code), '{{}}') FROM within WHERE id {is_value})"


async def create_tables(rows: asyncpg.Connection) -> None:
    """`pay`: a row for each record, with an array of codes for each factor. `wage`: official wages by role and place."""
    columns = [f"{_codes(factor)} AS {factor}" for factor in Factor] + [measure.value for measure in MEASURES]
    await rows.execute(
        """CREATE TEMPORARY TABLE within AS WITH RECURSIVE up (id, ancestor) AS (
               SELECT id, id FROM factor_value
               UNION SELECT up.id, parent FROM up JOIN factor_value ON factor_value.id = ancestor WHERE parent IS NOT NULL
           ) SELECT up.id, code FROM up JOIN factor_value ON factor_value.id = ancestor"""
    )
    await rows.execute("CREATE INDEX ON within (id)")
    await rows.execute("ANALYZE within")
    await rows.execute(
        f"CREATE TEMPORARY TABLE pay AS SELECT {', '.join(columns)} FROM salary_record WHERE removed_in IS NULL"
    )
    await rows.execute(
        """CREATE TEMPORARY VIEW wage AS SELECT role.code AS role, area.code AS place,
               naics_title, employment, p10, p25, p50, p75, p90, mean
           FROM role_occupation JOIN factor_value role ON role.id = role_occupation.role
           JOIN official_wage USING (occupation_code) JOIN factor_value area ON area.id = official_wage.place"""
    )


@dataclass(frozen=True, slots=True)
class Figures:
    size: int
    """Records."""
    count: int
    """Records with the measure."""
    values: dict[str, float]
    """Percentiles and mean."""


async def figures(rows: asyncpg.Connection, where: str, measure: str) -> Figures:
    shares = ", ".join(f"percentile_cont({share}) WITHIN GROUP (ORDER BY {measure})" for share in SHARES.values())
    found = await rows.fetch(f"SELECT count(*), count({measure}), avg({measure}), {shares} FROM pay WHERE {where}")
    size, count, mean, *percentiles = found[0]
    names = ("mean", *SHARES)
    return Figures(size, count, {n: float(v) for n, v in zip(names, (mean, *percentiles), strict=True) if v is not None})


async def rank(rows: asyncpg.Connection, where: str, measure: str, amount: float) -> float:
    """The percentage of records that pay less; those that pay the same count half."""
    below, equal = f"count(*) FILTER (WHERE {measure} < {amount})", f"count(*) FILTER (WHERE {measure} = {amount})"
    found = await rows.fetch(f"SELECT 100.0 * ({below} + 0.5 * {equal}) / count({measure}) FROM pay WHERE {where}")
    return float(found[0][0])


async def periods(rows: asyncpg.Connection, where: str, measure: str, interval: str) -> AsyncIterator[tuple[str, Figures]]:
    """The years or quarters that have records, each with its figures."""
    for (code,) in await rows.fetch(f"SELECT DISTINCT {interval}[1] FROM pay WHERE {where} ORDER BY 1"):
        yield str(code), await figures(rows, f"{where} AND {interval} && '{{{code}}}'", measure)


async def wages(rows: asyncpg.Connection, where: str) -> dict[str, dict[str, float | None]]:
    """The wages of each industry by its name, the whole economy included."""
    names = ("employment", "p10", "p25", "median", "p75", "p90", "mean")
    found = await rows.fetch(f"SELECT naics_title, employment, p10, p25, p50, p75, p90, mean FROM wage WHERE {where}")
    return {industry: dict(zip(names, row, strict=True)) for industry, *row in found}
