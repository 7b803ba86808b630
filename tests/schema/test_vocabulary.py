"""Factor values by query."""

VALUES = """query ($f: Factor!, $search: String, $under: Code, $first: Int, $after: String) {
  factorValues(factor: $f, search: $search, under: $under, first: $first, after: $after) {
    totalCount nodes { code label records parent { code } } pageInfo { hasNextPage endCursor } } }"""


def test_values_in_reference_order_with_their_records(ask):
    found = ask(VALUES, f="LEVEL")["factorValues"]
    assert [(value["code"], value["records"]) for value in found["nodes"]] == [
        ("entry", 0),
        ("mid", 6),
        ("senior", 11),
        ("staff", 0),
        ("principal", 0),
        ("executive", 0),
    ]


def test_a_value_counts_its_descendants(ask):
    [europe] = [v for v in ask(VALUES, f="COUNTRY", search="europe")["factorValues"]["nodes"] if v["code"] == "europe"]
    assert europe["records"] == 4


def test_search_finds_other_spellings_and_puts_beginnings_first(ask):
    found = ask(VALUES, f="ROLE", search="  Machine LEARNING eng")["factorValues"]["nodes"]
    assert found[0]["code"] == "machine-learning-engineer"


def test_values_under_a_wider_place(ask):
    found = ask(VALUES, f="METRO", under="us", first=500)["factorValues"]
    assert found["totalCount"] == 387
    assert {value["parent"]["code"][:2] for value in found["nodes"]} == {"us"}


def test_values_page_without_gaps(ask):
    codes, after = [], None
    while True:
        page = ask(VALUES, f="COUNTRY", first=100, after=after)["factorValues"]
        codes += [value["code"] for value in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(codes) == len(set(codes)) == page["totalCount"]


def test_edition_and_sources(ask):
    found = ask("{ edition { number records sources { code kind licence records } } currencies }")
    assert (found["edition"]["number"], found["edition"]["records"]) == (1, 22)
    assert [(source["code"], source["records"]) for source in found["edition"]["sources"]] == [
        ("lca", 17),
        ("stackoverflow-2025", 4),
        ("aijobs", 1),
    ]
    assert {"USD", "EUR", "INR"} <= set(found["currencies"])
