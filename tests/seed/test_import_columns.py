"""Columns of factors: several columns joined or looked up together, yes/no columns, lists, map files, rows left out."""

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.csv_imports import PAY, PLAIN, import_text, mapping_of, pays, records, refusals
from support.databases import clone
from support.sample_tables import numbered_reference

from seed.importer.columns import FactorReader, list_items, split_list
from seed.importer.mapped_columns import RowFilter
from seed.importer.tables.rows import RowBlock
from seed.importer.titles import Roles
from seed.importer.translation import RowFilters
from seed.reference_data import soc_roles
from service.errors import DataError
from service.store.reference import Reference
from service.vocabulary.factors import MULTIPLE, Factor

PAIRS = PLAIN.replace('kind = "survey"', 'kind = "posted-range"')


@pytest.fixture(scope="module")
def database_url(server_url: str, empty_template: str) -> Iterator[str]:
    """One database for all tests of the module, each of which replaces the records of the source."""
    with clone(server_url, empty_template) as url:
        yield url


@pytest.fixture(scope="module")
def reference() -> Reference:
    return numbered_reference(1)


def read(folder: Path, reference: Reference, factor: str, keys: str, columns: dict[str, list[str]]) -> list[object]:
    """The codes that a [[factor]] reads (lists of them for a factor with several values), and the unknown texts."""
    mapping = mapping_of(folder, f'{PLAIN}{PAY}[[factor]]\nfactor = "{factor}"\n{keys}')
    roles = Roles(reference, soc_roles())
    reader = FactorReader(mapping.factors[0], mapping.file, reference.taxonomy, roles)
    ids = reader.ids(columns, len(next(iter(columns.values())))).tolist()
    codes = {value.id: value.code for value in reference.taxonomy.values(Factor(factor))}
    found: list[object] = [codes.get(number) for number in ids]
    if Factor(factor) in MULTIPLE:
        found = [sorted(codes[number] for number in reader.lists[position]) for position in ids]
    return [*found, dict(reader.unknown)]


GRADES = {"company": ["Google", " google ", "Meta", "Google", "Meta", ""], "grade": ["L5", "l5", "L5", "L9", "", "L5"]}
PAIR_MAP = 'columns = ["company", "grade"]\nmap = [["Google", "L5", "senior"], ["Meta", "L5", "staff"]]'


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (PAIR_MAP, ["senior", "senior", "staff", None, None, None, {"Google, L9": 1}]),
        (PAIR_MAP + '\nno_answer = ["L9"]', ["senior", "senior", "staff", None, None, None, {}]),
        (
            'columns = ["company", "grade"]\njoin = " "\nmap = {"GOOGLE L5" = "senior", L5 = "mid", Meta = "staff"}',
            ["senior", "senior", None, None, "staff", "mid", {"Meta L5": 1, "Google L9": 1}],
        ),
        ('column = "grade"\nmap = {L5 = "mid"}\nmissing = ["l9"]', ["mid", "mid", "mid", None, None, "mid", {}]),
    ],
)
def test_level_by_employer(tmp_path: Path, reference: Reference, keys: str, expected: list[object]) -> None:
    assert read(tmp_path, reference, "level", keys, GRADES) == expected


@pytest.mark.parametrize(
    ("keys", "content", "expected"),
    [
        (
            'columns = ["company", "grade"]',
            "\N{BYTE ORDER MARK}Grade,code,Company\nL5,senior,Google\n\nL5, staff ,Meta\n",
            ["senior", "senior", "staff", None, None, None, {"Google, L9": 1}],
        ),
        ('column = "grade"', 'grade,code\nL5,mid\n"L9",staff\n', ["mid", "mid", "mid", "staff", None, "mid", {}]),
        (
            'column = "grade"\nmap = {L5 = "senior"}',
            "grade,code\nL9,staff\n",
            ["senior", "senior", "senior", "staff", None, "senior", {}],
        ),
    ],
)
def test_map_files(tmp_path: Path, reference: Reference, keys: str, content: str, expected: list[object]) -> None:
    (tmp_path / "levels.csv").write_text(content, encoding="utf-8")
    assert read(tmp_path, reference, "level", f'{keys}\nmap_file = "levels.csv"', GRADES) == expected


def test_map_file_of_a_column_named_code(tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "levels.csv").write_text("code,code\nL5,mid\n")
    keys = 'column = "code"\nmap_file = "levels.csv"'
    assert read(tmp_path, reference, "level", keys, {"code": ["L5", "mid"]}) == ["mid", "mid", {}]


def test_unknown_codes_are_all_listed(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "levels.csv").write_text("grade,code\nL5,mid\nL6,seniorr\n")
    level = '[[factor]]\nfactor = "level"\ncolumn = "grade"\nmap = {L4 = "junor"}\nmap_file = "levels.csv"\n'
    country = '[[factor]]\nfactor = "country"\nconstant = "uk"\n'
    perks = '[[factor]]\nfactor = "benefit"\nyes = {gym = "welness"}\n'
    with pytest.raises(DataError) as error:
        import_text(database_url, tmp_path, "pay,grade,gym\n50000,L5,\n", PLAIN + PAY + level + country + perks)
    assert str(error.value).splitlines() == [
        "The mapping has codes that the reference data lacks:",
        "- [[factor]] level, map: There is no level with the code 'junor'. The query `factorValues` lists all codes.",
        "- [[factor]] level, levels.csv, line 3: There is no level with the code 'seniorr'. Did you mean senior?",
        "- [[factor]] country, constant: There is no country with the code 'uk'. Did you mean gb?",
        "- [[factor]] benefit, yes: There is no benefit with the code 'welness'. Did you mean wellness?",
    ]


PERKS = {
    "Health insurance": ["Yes", "no", " TRUE ", "1", "0", "", "maybe", "n/a"],
    "Pension": ["no", "n", "x", "y", "FALSE", "", "yes", "yes"],
    "Other": ["", "wellness", "", "Paid time off; Wellness", "none", "", "", "-"],
}
YES_OWN = 'yes = {"Health insurance" = "health-insurance"}\nyes_values = ["maybe"]'
YES = 'yes = {"Health insurance" = "health-insurance", Pension = "retirement-plan"}'


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            YES,
            [
                ["health-insurance"],
                [],
                ["health-insurance", "retirement-plan"],
                ["health-insurance", "retirement-plan"],
                [],
                [],
                ["retirement-plan"],
                ["retirement-plan"],
                {"Health insurance: maybe": 1, "Health insurance: n/a": 1},
            ],
        ),
        (
            f'{YES}\ncolumn = "Other"\nseparator = ";"\nno_answer = ["none", "n/a", "maybe"]\nmissing = ["-"]',
            [
                ["health-insurance"],
                ["wellness"],
                ["health-insurance", "retirement-plan"],
                ["health-insurance", "paid-time-off", "retirement-plan", "wellness"],
                [],
                [],
                ["retirement-plan"],
                ["retirement-plan"],
                {},
            ],
        ),
        (
            f'{YES_OWN}\nno_answer = ["yes", "TRUE", "1", "n/a"]',
            [[], [], [], [], [], [], ["health-insurance"], [], {}],
        ),
    ],
)
def test_yes_and_no_columns(tmp_path: Path, reference: Reference, keys: str, expected: list[object]) -> None:
    assert read(tmp_path, reference, "benefit", keys, PERKS) == expected


@pytest.mark.parametrize(
    ("text", "skills", "unknown"),
    [
        ("['python', 'sql']", ["python", "sql"], {}),
        ('["Python", "SQL"]', ["python", "sql"], {}),
        ("('sql',)", ["sql"], {}),
        ("['sql', \"r\"]", ["r", "sql"], {}),
        ("['sql', 'C\\+']", ["sql"], {"C\\+": 1}),
        ("['sql', 3]", ["sql"], {"3": 1}),
        ("[]", [], {}),
        (" ", [], {}),
        ("sql", ["sql"], {}),  # a single value
        ("['sql', 'py", [], {"['sql', 'py": 1}),
        ("[['sql']]", [], {"[['sql']]": 1}),
        ("{'sql': 1}", [], {"{'sql': 1}": 1}),
        ("[" * 5_000, [], {"[" * 5_000: 1}),
    ],
)
def test_cells_that_are_lists(
    tmp_path: Path, reference: Reference, text: str, skills: list[str], unknown: dict[str, int]
) -> None:
    found = read(tmp_path, reference, "skill", 'column = "skills"\nseparator = "list"', {"skills": [text]})
    assert found == [skills, unknown]


@pytest.mark.parametrize(
    ("text", "skills", "unknown"),
    [
        ("Python, CI/CD (GitHub, GitLab, Jenkins), AWS", ["aws", "python"], {"CI/CD (GitHub, GitLab, Jenkins)": 1}),
        ("Python (2, (3)), SQL", ["sql"], {"Python (2, (3))": 1}),
        ("Python (2, SQL", ["sql"], {"Python (2": 1}),
        ("Python), SQL", ["sql"], {"Python)": 1}),
        (" Python,, python , ", ["python"], {}),
    ],
)
def test_separated_lists(
    tmp_path: Path, reference: Reference, text: str, skills: list[str], unknown: dict[str, int]
) -> None:
    found = read(tmp_path, reference, "skill", 'column = "skills"\nseparator = ","', {"skills": [text]})
    assert found == [skills, unknown]


@given(st.text("ab(,)", max_size=12))
def test_no_text_is_lost_between_separators(text: str) -> None:
    assert ",".join(split_list(text, ",")) == text


def test_a_column_for_each_choice(tmp_path: Path, reference: Reference) -> None:
    """A cell with the name of its column means yes, as in exports of survey tools."""
    columns = {"Gym": ["Gym", "", " gym "], "Paid leave": ["", "Yes", "Paid leave"]}
    keys = 'yes = {Gym = "wellness", "Paid leave" = "paid-time-off"}'
    assert read(tmp_path, reference, "benefit", keys, columns) == [
        ["wellness"],
        ["paid-time-off"],
        ["paid-time-off", "wellness"],
        {},
    ]


@given(st.lists(st.text(max_size=5), max_size=5))
def test_lists_are_read_as_they_were_written(items: list[str]) -> None:
    assert list_items(repr(items)) == list_items(json.dumps(items)) == list_items(f" {tuple(items)} ") == items


@pytest.mark.slow
@pytest.mark.real_data
def test_skills_of_postings(tmp_path: Path, reference: Reference, data_files: Path) -> None:
    """Every list of the file is read; the skills that are known are those of the cells, taken apart by another reader."""
    with gzip.open(data_files / "more" / "data_jobs_postings_with_pay_2023.csv.gz", "rt", encoding="utf-8") as file:
        cells = [row["job_skills"] for row in csv.DictReader(file)]
    words = [re.findall(r"'([^']*)'", cell) for cell in cells]
    *found, unknown = read(tmp_path, reference, "skill", 'column = "skills"\nseparator = "list"', {"skills": cells})
    known = {word: term for row in words for word in row if (term := reference.taxonomy.resolve(Factor.SKILL, word))}
    assert found == [sorted({known[word].code for word in row if word in known}) for row in words]
    assert unknown == Counter(word for row in words for word in {*row} - known.keys())


def test_titles_in_several_columns(tmp_path: Path, reference: Reference) -> None:
    columns = {"grade": ["Senior", "", "II"], "job": ["Data Engineer", "Data Engineer", "?"], "soc": ["", "", "15-2051"]}
    keys = 'columns = ["grade", "job"]\njoin = " "\nsoc_column = "soc"'
    assert read(tmp_path, reference, "role", keys, columns) == ["data-engineer", "data-engineer", "data-scientist", {}]


ROWS = """status,pay,lvl
Certified,50000,mid
 certified ,60000,mid
Denied,secret,mid
Withdrawn,1,?
,70000,mid
Certified,oops,mid
"""


@pytest.mark.parametrize(
    ("rule", "expected", "filtered"),
    [
        ('in = ["CERTIFIED"]', [50_000, 60_000], 3),
        ('in = ["Certified", ""]', [50_000, 60_000, 70_000], 2),
        ('not_in = ["denied", "Withdrawn"]', [50_000, 60_000, 70_000], 2),
        ('not_in = ["denied", "Withdrawn", ""]', [50_000, 60_000], 3),
        ('not_like = ["den*", "With*n"]', [50_000, 60_000, 70_000], 2),
        ('not_like = ["D*D", "*drawn*", ""]', [50_000, 60_000], 3),
    ],
)
def test_rows_left_out(database_url: str, tmp_path: Path, rule: str, expected: list[int], filtered: int) -> None:
    mapping = f'{PLAIN}{PAY}[[factor]]\nfactor = "level"\ncolumn = "lvl"\n[[rows]]\ncolumn = "Status"\n{rule}\n'
    report = import_text(database_url, tmp_path, ROWS, mapping)
    assert pays(database_url) == expected
    assert (report.read, report.filtered, report.refused) == (6, filtered, 1)
    assert report.imported + report.unchanged == len(expected)
    assert report.unknown == {}  # the level of a row that is left out is not read
    assert refusals(report)[1:] == [["7", "pay 'oops' is not an amount", "Certified", "oops", "mid"]]


@given(
    st.lists(st.tuples(st.sampled_from(["A", "a ", "b", "", " "]), st.sampled_from(["x", "Y"]))),
    st.lists(st.sampled_from(["a", "B", "c", ""]), max_size=2),
    st.lists(st.sampled_from(["x", "y"]), max_size=2),
)
def test_filters_account_for_every_row(rows: list[tuple[str, str]], included: list[str], excluded: list[str]) -> None:
    rules = [
        RowFilter.model_validate({"column": "a", "in": included}),
        RowFilter.model_validate({"column": "b", "not_in": excluded}),
    ]
    filters = RowFilters(rules, {"a": 0, "b": 1})
    block = filters.remaining(RowBlock(list(range(len(rows))), list(map(list, rows))))
    plain = [(a.strip().lower(), b.lower()) for a, b in rows]
    expected = [n for n, (a, b) in enumerate(plain) if a in map(str.lower, included) and b not in excluded]
    assert block.lines == expected
    assert block.rows == [list(rows[number]) for number in expected]
    assert filters.filtered == len(rows) - len(expected)


def test_all_filters_apply(database_url: str, tmp_path: Path) -> None:
    mapping = f'{PLAIN}{PAY}[[rows]]\ncolumn = "a"\nin = ["x"]\n[[rows]]\ncolumn = "b"\nnot_in = ["y"]\n'
    report = import_text(database_url, tmp_path, "a,b,pay\nx,x,50000\nx,y,60000\ny,x,70000\n", mapping)
    assert (pays(database_url), report.filtered) == ([50_000], 2)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("y,50000\ny,60000\n", r"\[\[rows\]\] of the mapping leaves out 2 of its 2 rows\. Is it"),
        ("y,50000\nx,?\n", r"leaves out 1 of its 2 rows, and 1 were refused \(the first: pay '\?' is not an amount\)\."),
    ],
)
def test_nothing_left(database_url: str, tmp_path: Path, rows: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        import_text(database_url, tmp_path, f"a,pay\n{rows}", f'{PLAIN}{PAY}[[rows]]\ncolumn = "a"\nin = ["x"]\n')


def test_pairs_around_a_row_that_is_left_out(database_url: str, tmp_path: Path) -> None:
    single = '[pairs.single]\ncode = "test-answers"\nkind = "survey"\n[[rows]]\ncolumn = "kind"\nnot_in = ["test"]\n'
    mapping = f'{PAIRS}{PAY}[pairs]\ncolumns = ["pay"]\nsince = "2022-01"\n{single}'
    report = import_text(database_url, tmp_path, "kind,pay\nreal,90000\ntest,80000\nreal,70000\n", mapping)
    assert [(row["base_low"], row["base_high"]) for row in records(database_url)] == [(70_000, 90_000)]
    assert (report.read, report.imported, report.paired, report.filtered) == (3, 1, 1, 1)


VARIANTS = (
    PLAIN
    + PAY
    + """
[file]
optional = ["status", "lvl", "case", "row"]
synonyms = {pay = ["wage", "salary"], lvl = ["Grade"]}
identity = ["case"]
ignore = ["row"]
[[rows]]
column = "status"
in = ["ok"]
[[factor]]
factor = "level"
column = "lvl"
"""
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("pay\n50000\n", [(50_000, None)]),
        ("WAGE,status\n50000,ok\n60000,no\n", [(50_000, None)]),
        ("salary,grade\n50000,mid\n", [(50_000, "mid")]),
        ("wage,pay,grade,lvl\n1,50000,mid,senior\n", [(50_000, "senior")]),  # the first name takes precedence
    ],
)
def test_files_that_lack_columns(
    database_url: str, tmp_path: Path, content: str, expected: list[tuple[int, str | None]]
) -> None:
    import_text(database_url, tmp_path, content, VARIANTS)
    assert [(row["base_salary"], row.get("level")) for row in records(database_url)] == expected


CONSTANTS = """
effective = {column = "date", format = ["%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y"], constant = "2020-01"}
[dataset]
code = "test"
kind = "survey"
[file]
optional = ["date", "cur", "per", "full"]
[pay]
base = "pay"
currency = {column = "cur", constant = "EUR"}
unit = {column = "per", constant = "month"}
[[factor]]
factor = "employment_type"
column = "full"
constant = "full-time"
map = {N = "part-time"}
"""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("pay\n5000\n", ("2020-01-01", "EUR", 60_000, "full-time")),
        ("pay,date,cur,per,full\n50000,2024-03-31,USD,Year,N\n", ("2024-03-01", "USD", 50_000, "part-time")),
        ("pay,date,cur,per,full\n50000,3/31/2024,USD,Year,\n", ("2024-03-01", "USD", 50_000, None)),
        ("pay,date\n5000,04/04/2024\n", ("2024-04-01", "EUR", 60_000, "full-time")),  # one month by either format
    ],
)
def test_constants_of_files_that_lack_a_column(
    database_url: str, tmp_path: Path, content: str, expected: tuple[object, ...]
) -> None:
    import_text(database_url, tmp_path, content, CONSTANTS)
    (row,) = records(database_url)
    assert (str(row["effective"]), row["currency"], row["base_reported"], row.get("employment_type")) == expected


def test_dates_that_fit_two_formats_or_none(database_url: str, tmp_path: Path) -> None:
    rows = "pay,date\n5000,2024-03-31\n6000,04/05/2024\n7000,\n8000,31.3.2024\n"
    report = import_text(database_url, tmp_path, rows, CONSTANTS)
    assert report.imported + report.unchanged == 1
    assert [line[:2] for line in refusals(report)[1:]] == [
        ["3", "date '04/05/2024' is 2024-04 or 2024-05 by the formats of the mapping"],
        ["4", "no date reported"],
        ["5", "date '31.3.2024' is not a valid month by the format %Y-%m-%d or %m/%d/%Y or %d/%m/%Y; set format = %d.%m.%Y"],
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("lvl,wages\nmid,1\n", "The file has no column 'pay', only lvl, wages. Is it the right file for this mapping?"),
        ("case\n1\n", "The file has no column 'pay', only case. Is it the right file for this mapping?"),
        ("pays\n1\n", "The file has no column 'pay', only pays. Did you mean 'pays' for 'pay'?"),
        ("wage,Wage\n1,1\n", "The file has 2 columns 'wage'; rename all but one of them."),
    ],
)
def test_columns_that_are_required(database_url: str, tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(DataError) as error:
        import_text(database_url, tmp_path, content, VARIANTS)
    assert str(error.value) == problem


def test_all_lacking_columns_are_listed(database_url: str, tmp_path: Path) -> None:
    mapping = f'{PLAIN}{PAY}unit = {{column = "unit"}}\n[[factor]]\nfactor = "level"\ncolumn = "lvl"\n'
    with pytest.raises(DataError) as error:
        import_text(database_url, tmp_path, "a,units\n1,2\n", mapping)
    assert (
        str(error.value)
        == "The file has no columns 'unit', 'pay' and 'lvl', only a, units. Did you mean 'units' for 'unit'?"
    )


def test_identity_by_columns(database_url: str, tmp_path: Path) -> None:
    """An amended row of the same case replaces the former one, while equal rows of other cases are separate records."""
    first = import_text(database_url, tmp_path, "case,pay,note\nA,50000,x\nB,50000,x\n", VARIANTS)
    again = import_text(database_url, tmp_path, "note,pay,case\nz,50000,B\ny,55000,A\n", VARIANTS)
    assert (first.imported, again.restated, again.unchanged, again.imported, again.retired) == (2, 1, 1, 0, 0)
    assert pays(database_url) == [50_000, 55_000]


def test_identity_by_content_where_the_file_lacks_its_columns(database_url: str, tmp_path: Path) -> None:
    import_text(database_url, tmp_path, "row,pay,note\n1,50000,x\n2,60000,x\n", VARIANTS)
    again = import_text(database_url, tmp_path, "row,pay,note\n3,50000,x\n4,60000,y\n", VARIANTS)
    assert (again.unchanged, again.imported, again.retired) == (1, 1, 1)
