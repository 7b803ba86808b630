"""Requests per second over HTTP, and the same queries in SQL by asyncpg: two serving processes, 16 connections.

Uncached cases send a different query each time, so that no response comes from the cache; cached ones send the same query.
The SQL reads the same table, with indexes made for it.
"""

import random
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from uuid import UUID

from bench.environment import PORT, WORKERS
from bench.load import CONNECTIONS, Load, RequestCase, alternating, in_processes, load, post, run_statements, send_requests
from schema.types.record import global_id
from service.store.bulk import BulkConnection, bulk_connection

FRESH = "p10 p25 p50 p75 percentile(p: $p)"
FIELDS = (
    "id effective level experience employmentType workMode employerSize education "
    "role { code } country { code } industry { code } "
    "pay { currency baseSalary bonus equity totalCash totalCompensation }"
)
COLUMNS = (
    "id, effective, level, experience, employment_type, work_mode, employer_size, education, role, country, industry, "
    "currency, base_salary, bonus, equity, total_cash, total_compensation"
)
PAGE = (
    "query ($r: [Code!], $c: [Code!], $to: Month) { salaryRecords(where: {role: $r, country: $c, effective: {to: $to}}) "
    f"{{ %s nodes {{ {FIELDS} }} }} }}"
)
LEVELS = "query ($p: Float!) { cohort { by(factor: LEVEL) { value { code } cohort { stats { %s } } } } }"
ONE = "query ($p: Float!, $r: [Code!], $c: [Code!]) { cohort(where: {role: $r, country: $c}) { stats { %s } } }"
BY_ID = f"query ($id: ID!) {{ node(id: $id) {{ ... on SalaryRecord {{ {FIELDS} }} }} }}"

INDEXES = (
    "CREATE INDEX bench_page ON salary_record (role, country, effective DESC, id DESC) WHERE removed_in IS NULL",
    "CREATE INDEX bench_pay ON salary_record (level, total_compensation) WHERE removed_in IS NULL",
    "CREATE INDEX bench_one ON salary_record (role, country) INCLUDE (total_compensation) WHERE removed_in IS NULL",
)
_HERE = "removed_in IS NULL AND role = $1 AND country = $2"
_FIVE = "percentile_cont(ARRAY[0.1, 0.25, 0.5, 0.75, {p}]) WITHIN GROUP (ORDER BY total_compensation)"
_LATEST = "ORDER BY effective DESC, id DESC LIMIT 50"
SQL = {
    "by level, SQL": f"SELECT level, {_FIVE.format(p='$1')} FROM salary_record WHERE removed_in IS NULL GROUP BY level",
    "one role and country, SQL": f"SELECT {_FIVE.format(p='$3')} FROM salary_record WHERE {_HERE}",
    "page of 50, SQL": f"SELECT {COLUMNS} FROM salary_record WHERE {_HERE} AND effective <= $3 {_LATEST}",
    "by id, SQL": f"SELECT {COLUMNS} FROM salary_record WHERE removed_in IS NULL AND id = $1",
}


@dataclass(frozen=True)
class QueryArguments:
    """Values to draw arguments of queries from: roles with countries that have enough records, months, ids."""

    pairs: list[tuple[int, int, str, str]]
    months: list[date]
    ids: list[UUID]

    def share(self) -> float:
        return random.uniform(0.85, 0.95)

    def page(self) -> dict[str, object]:
        _, _, role, country = random.choice(self.pairs)
        return {"r": [role], "c": [country], "to": f"{random.choice(self.months):%Y-%m}"}

    def one(self) -> dict[str, object]:
        _, _, role, country = random.choice(self.pairs)
        return {"r": [role], "c": [country], "p": self.share()}

    def role_and_country(self) -> tuple[int, int]:
        return random.choice(self.pairs)[:2]


def query_arguments(rows: BulkConnection) -> QueryArguments:
    """Only roles without child roles, so that SQL needs a single id too."""
    leaf = "NOT EXISTS (SELECT FROM factor_value AS below WHERE below.parent = r.id)"
    pairs = rows.query(
        "SELECT r.id AS role, c.id AS country, r.code AS role_code, c.code AS country_code "
        "FROM salary_record AS s JOIN factor_value AS r ON r.id = s.role "
        f"JOIN factor_value AS c ON c.id = s.country WHERE {leaf} GROUP BY 1, 2, 3, 4 HAVING count(*) >= 60"
    )
    months = rows.query("SELECT DISTINCT effective FROM salary_record ORDER BY 1 DESC LIMIT 36")
    ids = rows.query("SELECT id FROM salary_record LIMIT 400000").column("id").to_pylist()
    random.shuffle(ids)
    pairs_found = [tuple(row.values()) for row in pairs.to_pylist()]
    return QueryArguments(pairs_found, months.column(0).to_pylist(), ids)


def cases(drawn: QueryArguments) -> Mapping[str, RequestCase]:
    ids = iter(drawn.ids * 100)
    first, one, plain, counted = drawn.page(), drawn.one(), PAGE % "", PAGE % "totalCount"
    return {
        "by level, uncached": RequestCase(lambda: post(LEVELS % FRESH, {"p": drawn.share()})),
        "by level, cached": RequestCase(lambda: post(LEVELS % FRESH, {"p": 0.9})),
        "one role and country, uncached": RequestCase(lambda: post(ONE % FRESH, drawn.one())),
        "one role and country, cached": RequestCase(lambda: post(ONE % FRESH, one)),
        "page of 50, uncached": RequestCase(lambda: post(plain, drawn.page())),
        "page of 50 with its count, uncached": RequestCase(lambda: post(counted, drawn.page())),
        "page of 50, cached": RequestCase(lambda: post(plain, first)),
        "by id": RequestCase(lambda: post(BY_ID, {"id": global_id(next(ids))})),
    }


SQL_ARGUMENTS: Mapping[str, Callable[[QueryArguments], tuple[object, ...]]] = {
    "by level, SQL": lambda drawn: (drawn.share(),),
    "one role and country, SQL": lambda drawn: (*drawn.role_and_country(), drawn.share()),
    "page of 50, SQL": lambda drawn: (*drawn.role_and_country(), random.choice(drawn.months)),
    "by id, SQL": lambda drawn: (random.choice(drawn.ids),),
}


def _sql_load(url: str, name: str, drawn: QueryArguments) -> Load:
    return load(run_statements(url, SQL[name], lambda: SQL_ARGUMENTS[name](drawn)), CONNECTIONS // WORKERS)


def measure(url: str) -> dict[str, Load]:
    """Every case in alternating rounds; the service must be running."""
    with bulk_connection(url) as rows:
        drawn = query_arguments(rows)
    few = replace(drawn, ids=drawn.ids[:10_000])
    with ProcessPoolExecutor(WORKERS) as pool:
        sides: dict[str, Callable[[], Load]] = {
            name: partial(load, send_requests(case, PORT)) for name, case in cases(drawn).items()
        }
        # in as many processes as the service has, so that Python limits both sides alike
        sides |= {name: partial(in_processes, pool, WORKERS, _sql_load, url, name, few) for name in SQL}
        return alternating(sides)
