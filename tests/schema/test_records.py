"""Records: fields, sort order, pages and ids."""

import pyarrow as pa
import pytest
from starlette.testclient import TestClient
from support.queries import query
from support.records import publish, record_id

from schema.types.record import global_id
from service.app import create_app
from service.index.build import build_current_index
from service.market.cohort import Cohort
from service.market.listing import PageArguments, RecordOrder, RecordOrderField, page
from service.settings import load_settings
from service.store.editions import draft

PAGE = query("salary_records")


def _walk(execute, size, order):
    """The ids of all pages, forwards."""
    ids, after = [], None
    while True:
        page = execute(PAGE, first=size, after=after, order=order)["salaryRecords"]
        ids += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return ids, page["totalCount"]
        after = page["pageInfo"]["endCursor"]


ORDERS = [
    None,
    {"field": "EFFECTIVE", "direction": "ASC"},
    {"field": "BASE_SALARY", "direction": "DESC"},
    {"field": "BASE_SALARY", "direction": "ASC"},
    {"field": "TOTAL_COMPENSATION", "direction": "DESC"},
    {"field": "TOTAL_COMPENSATION", "direction": "ASC"},
]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 5, 22, 100])
def test_pages_contain_every_record_once(execute, size, order):
    ids, total = _walk(execute, size, order)
    assert total == 22
    assert len(ids) == len(set(ids)) == 22
    assert ids == _walk(execute, 100, order)[0]


@pytest.mark.parametrize("order", ORDERS)
def test_paging_backwards_returns_the_same_list(execute, order):
    whole = execute(PAGE, first=100, order=order)["salaryRecords"]
    ids, before = [], None
    while True:
        page = execute(PAGE, last=5, before=before, order=order)["salaryRecords"]
        ids = [node["id"] for node in page["nodes"]] + ids
        if not page["pageInfo"]["hasPreviousPage"]:
            break
        before = page["pageInfo"]["startCursor"]
    assert ids == [node["id"] for node in whole["nodes"]]


def test_sort_by_amount(execute):
    page = execute(PAGE, first=3, order={"field": "BASE_SALARY", "direction": "DESC"})["salaryRecords"]
    assert [node["pay"]["baseSalary"] for node in page["nodes"]] == [200_000, 190_000, 180_000]


def test_records_without_the_amount_come_last_in_both_directions(execute):
    totals = """query ($d: SortDirection!) { salaryRecords(first: 22, orderBy: {field: TOTAL_COMPENSATION, direction: $d})
      { nodes { pay { totalCompensation } } } }"""
    for direction in ("ASC", "DESC"):
        amounts = [node["pay"]["totalCompensation"] for node in execute(totals, d=direction)["salaryRecords"]["nodes"]]
        assert None not in amounts[:11]
        assert amounts[11:] == [None] * 11


def test_fields_of_a_record(execute):
    id_ = global_id(record_id(13))
    assert execute(query("salary_record"), id=id_)["node"] == {
        "id": id_,
        "role": {"code": "data-scientist", "label": "Data Scientist"},
        "specializations": [],
        "level": "MID",
        "experience": 2,
        "employmentType": None,
        "workMode": "ON_SITE",
        "country": {"code": "us"},
        "subdivision": {"code": "us-ca"},
        "metro": {"label": "San Francisco-Oakland-Fremont, CA"},
        "industry": None,
        "employer": None,
        "employerSize": None,
        "employerType": None,
        "education": None,
        "fieldOfStudy": None,
        "certifications": [],
        "skills": [{"code": "python"}, {"code": "sql"}],
        "benefits": [],
        "effective": "2025-02",
        "pay": {
            "currency": "USD",
            "baseSalary": 92_000,
            "bonus": None,
            "equity": None,
            "totalCash": None,
            "totalCompensation": None,
            "reported": {"currency": "USD", "baseSalary": None, "baseLow": None, "baseHigh": None},
        },
        "source": {"code": "lca", "kind": "GOVERNMENT_FILING", "records": 17},
    }


def test_a_reported_range_has_both_ends(execute):
    reported = "reported { baseLow baseHigh baseSalary }"
    ranges = f"{{ salaryRecords(where: {{sourceKind: [POSTED_RANGE]}}) {{ nodes {{ pay {{ {reported} }} }} }} }}"
    [node] = execute(ranges)["salaryRecords"]["nodes"]
    assert node["pay"]["reported"] == {"baseLow": 50_000, "baseHigh": 70_000, "baseSalary": 60_000}


def test_a_range_with_one_end_is_shown_and_not_counted(database_url):
    publish(database_url, [*({"base_salary": 100_000 + n} for n in range(11)), {"base_low": 80_000}, {"base_high": 900_000}])
    records = "salaryRecords { totalCount nodes { pay { baseSalary reported { baseSalary baseLow baseHigh } } } }"
    document = f"{{ cohort {{ stats(measure: BASE_SALARY) {{ count p25 p50 mean }} }} {records} }}"
    with TestClient(create_app(load_settings(), database_url)) as client:
        found = client.post("/graphql", json={"query": document}).json()["data"]
    assert found["cohort"]["stats"] == {"count": 11, "p25": 100_002.5, "p50": 100_005, "mean": 100_005}
    assert found["salaryRecords"]["totalCount"] == 13
    nodes = [node["pay"] for node in found["salaryRecords"]["nodes"]]
    assert sorted((node["reported"] for node in nodes if node["baseSalary"] is None), key=str) == [
        {"baseSalary": None, "baseLow": 80_000, "baseHigh": None},
        {"baseSalary": None, "baseLow": None, "baseHigh": 900_000},
    ]


@pytest.mark.parametrize(
    "bad", ["", "x", "U2FsYXJ5UmVjb3JkOg==", "RmFjdG9yOjE=", "💶", "A" * 5_000, str(global_id(record_id(999)))]
)
def test_unknown_ids_return_null(execute, bad):
    assert execute("query ($id: ID!) { node(id: $id) { id } }", id=bad) == {"node": None}


def test_a_cursor_remains_valid_after_its_record_is_removed(database_url):
    """Keyset pagination: an edition without the cursor's record neither repeats nor skips others."""
    publish(database_url, [{"base_salary": 100_000 + n % 3} for n in range(9)])
    orders = [
        RecordOrder(field, down)
        for field in (RecordOrderField.EFFECTIVE, RecordOrderField.BASE_SALARY)
        for down in (True, False)
    ]
    old = Cohort(build_current_index(database_url))
    for order in orders:
        first = page(old, order, PageArguments(first=4))
        cursor, ids = first.cursor(first.rows[-1]), _ids(first)
        rest = _ids(page(old, order, PageArguments(first=9, after=cursor)))
        with draft(database_url) as edition:
            edition.retire(pa.array([ids[-1].bytes], pa.binary(16)))
        new = Cohort(build_current_index(database_url))
        left = set(map(new.index.columns.id, range(new.index.columns.size)))
        assert _ids(page(new, order, PageArguments(first=9, after=cursor))) == [id_ for id_ in rest if id_ in left]
        assert _ids(page(new, order, PageArguments(last=9, before=cursor))) == [id_ for id_ in ids if id_ in left]


def _ids(found):
    return list(map(found.index.columns.id, found.rows))
