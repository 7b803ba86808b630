"""Factor values, editions and sources."""

from support.queries import query

VALUES = query("factor_values")


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
