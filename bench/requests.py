"""Requests a second over HTTP beside the same question in SQL by asyncpg: two serving processes, 16 connections.

"Uncached" asks another question each time, so that no kept answer can be given again; "cached" asks the same one. The SQL
has indexes made for it, and reads the same table.
"""

import random
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from uuid import UUID

from bench.load import CONNECTIONS, Case, Load, alternating, asking, in_processes, load, post, querying
from bench.serving import BARE_PORT, PORT, WORKERS
from schema.types.record import global_id
from service.store.bulk import Bulk, bulk

LIKE_OURS = "a bare route with our headers and bytes"
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
class Ground:
    """What questions are drawn from: roles with countries that have enough records, months, ids."""

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

    def numbers(self) -> tuple[int, int]:
        return random.choice(self.pairs)[:2]


def ground(rows: Bulk) -> Ground:
    """Roles without roles below them, so that SQL needs no more than one number either."""
    leaf = "NOT EXISTS (SELECT FROM factor_value AS below WHERE below.parent = r.id)"
    pairs = rows.rows(
        "SELECT r.id AS role, c.id AS country, r.code AS role_code, c.code AS country_code "
        "FROM salary_record AS s JOIN factor_value AS r ON r.id = s.role "
        f"JOIN factor_value AS c ON c.id = s.country WHERE {leaf} GROUP BY 1, 2, 3, 4 HAVING count(*) >= 60"
    )
    months = rows.rows("SELECT DISTINCT effective FROM salary_record ORDER BY 1 DESC LIMIT 36")
    ids = rows.rows("SELECT id FROM salary_record LIMIT 400000").column("id").to_pylist()
    random.shuffle(ids)
    told = [tuple(row.values()) for row in pairs.to_pylist()]
    return Ground(told, months.column(0).to_pylist(), ids)


def cases(drawn: Ground) -> Mapping[str, Case]:
    ids = iter(drawn.ids * 100)
    first, one, plain, counted = drawn.page(), drawn.one(), PAGE % "", PAGE % "totalCount"
    return {
        "by level, uncached": Case(lambda: post(LEVELS % FRESH, {"p": drawn.share()})),
        "by level, cached": Case(lambda: post(LEVELS % FRESH, {"p": 0.9})),
        "one role and country, uncached": Case(lambda: post(ONE % FRESH, drawn.one())),
        "one role and country, cached": Case(lambda: post(ONE % FRESH, one)),
        "page of 50, uncached": Case(lambda: post(plain, drawn.page())),
        "page of 50 with its count, uncached": Case(lambda: post(counted, drawn.page())),
        "page of 50, cached": Case(lambda: post(plain, first)),
        "by id": Case(lambda: post(BY_ID, {"id": global_id(next(ids))})),
    }


GIVEN: Mapping[str, Callable[[Ground], tuple[object, ...]]] = {
    "by level, SQL": lambda drawn: (drawn.share(),),
    "one role and country, SQL": lambda drawn: (*drawn.numbers(), drawn.share()),
    "page of 50, SQL": lambda drawn: (*drawn.numbers(), random.choice(drawn.months)),
    "by id, SQL": lambda drawn: (random.choice(drawn.ids),),
}


def _like_ours(drawn: Ground) -> Case:
    """The cached question by level, put to a route that knows nothing."""
    asked = post(LEVELS % FRESH, {"p": drawn.share()}).replace(b"/graphql", b"/like-ours", 1)
    return Case(lambda: asked)


def _part(url: str, name: str, drawn: Ground) -> Load:
    return load(querying(url, SQL[name], lambda: GIVEN[name](drawn)), CONNECTIONS // WORKERS)


def measured(url: str) -> dict[str, Load]:
    """Every case in alternating rounds; the service and the bare route are running."""
    with bulk(url) as rows:
        drawn = ground(rows)
    few = replace(drawn, ids=drawn.ids[:10_000])
    bare = Case(lambda: post("{ edition { number } }"))
    with ProcessPoolExecutor(WORKERS) as pool:
        sides: dict[str, Callable[[], Load]] = {
            "a bare route": partial(load, asking(bare, BARE_PORT)),
            LIKE_OURS: partial(load, asking(_like_ours(drawn), BARE_PORT)),
        }
        sides |= {name: partial(load, asking(case, PORT)) for name, case in cases(drawn).items()}
        # in as many processes as serve, so that Python on this side is no narrower than on the other
        sides |= {name: partial(in_processes, pool, WORKERS, _part, url, name, few) for name in SQL}
        return alternating(sides)
