"""Factor values, editions and sources."""

import pytest
from support.queries import query

VALUES = query("factor_values")
READ_TITLE = query("read_title")


def test_values_are_in_reference_order(execute):
    found = execute(VALUES, factor="LEVEL")["factorValues"]
    assert [(value["code"], value["records"]) for value in found["nodes"]] == [
        ("entry", 0),
        ("mid", 6),
        ("senior", 11),
        ("staff", 0),
        ("principal", 0),
        ("executive", 0),
    ]


def test_records_of_a_value_include_descendants(execute):
    [europe] = [
        v for v in execute(VALUES, factor="COUNTRY", search="europe")["factorValues"]["nodes"] if v["code"] == "europe"
    ]
    assert europe["records"] == 4


@pytest.mark.parametrize(
    ("factor", "code", "currency"), [("COUNTRY", "de", "EUR"), ("COUNTRY", "europe", None), ("METRO", "berlin", None)]
)
def test_countries_have_a_currency(execute, factor, code, currency):
    values = "query($of: Factor!, $code: String) { factorValues(factor: $of, search: $code) { nodes { code currency } } }"
    found = execute(values, of=factor, code=code)["factorValues"]["nodes"]
    assert {value["code"]: value["currency"] for value in found}[code] == currency


def test_search_ignores_case_and_lists_prefix_matches_first(execute):
    found = execute(VALUES, factor="ROLE", search="  Machine LEARNING eng")["factorValues"]["nodes"]
    assert found[0]["code"] == "machine-learning-engineer"


def test_values_under_a_wider_place(execute):
    found = execute(VALUES, factor="METRO", under="us", first=500)["factorValues"]
    assert found["totalCount"] == 387
    assert {value["parent"]["code"][:2] for value in found["nodes"]} == {"us"}


def test_pages_cover_all_values(execute):
    codes, after = [], None
    while True:
        page = execute(VALUES, factor="COUNTRY", first=100, after=after)["factorValues"]
        codes += [value["code"] for value in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(codes) == len(set(codes)) == page["totalCount"]


def test_edition_and_sources(execute):
    found = execute("{ edition { number records sources { code kind licence records } } currencies }")
    assert (found["edition"]["number"], found["edition"]["records"]) == (1, 22)
    assert [(source["code"], source["records"]) for source in found["edition"]["sources"]] == [
        ("lca", 17),
        ("stackoverflow-2025", 4),
        ("aijobs", 1),
    ]
    assert {"USD", "EUR", "INR"} <= set(found["currencies"])


@pytest.mark.parametrize(
    ("title", "role", "level", "specializations", "certainty"),
    [
        ("Staff ML Engineer", "machine-learning-engineer", "STAFF", [], 1.0),
        (
            "Deep Learning Engineer - Recommender Systems",
            "deep-learning-engineer",
            None,
            ["deep-learning", "recommender-systems"],
            1.0,
        ),
        ("Sr. Data Scientist, Payments (m/f/d)", "data-scientist", "SENIOR", [], 0.7),
        ("Data Science Intern", "data-science", None, [], 1.0),
        ("Senior Accountant", None, "SENIOR", [], 0.0),
        ("Chief of Staff", None, None, [], 0.0),
        ("", None, None, [], 0.0),
    ],
)
def test_titles(execute, title, role, level, specializations, certainty):
    found = execute(READ_TITLE, title=title)["readTitle"]
    assert (found["role"] or {}).get("code") == role
    assert (found["level"], found["certainty"]) == (level, certainty)
    assert [value["code"] for value in found["specializations"]] == specializations


def test_why_a_title_has_no_role(execute):
    reasons = {
        "Data Scientist": None,
        "Senior Accountant": "no known role",
        "Data Scientist / Data Analyst": "names several occupations, or is ambiguous",
        "Former Data Scientist": "not a current job",
    }
    assert {title: execute(READ_TITLE, title=title)["readTitle"]["reason"] for title in reasons} == reasons


def test_a_title_that_is_too_long(client):
    request = {"query": READ_TITLE, "variables": {"title": "Data Scientist" * 20}}
    [error] = client.post("/graphql", json=request).json()["errors"]
    assert error["message"] == "A title must have at most 200 characters, got 280. Send only the name of the job."
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_search_for_roles_reads_titles(execute):
    for title in ("Senior Machine Learning Engineer", "Staff ML Engineer (Remote)", "Engineer II - ML"):
        found = execute(VALUES, factor="ROLE", search=title)["factorValues"]["nodes"]
        assert [value["code"] for value in found] == ["machine-learning-engineer"]
    assert execute(VALUES, factor="ROLE", search="Chief of Staff")["factorValues"]["nodes"] == []
    assert execute(VALUES, factor="SKILL", search="Senior Machine Learning Engineer")["factorValues"]["nodes"] == []
