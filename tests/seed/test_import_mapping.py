"""Errors in mappings name the key to correct."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.csv_imports import PAY, PLAIN, import_text, mapping_of

from seed.importer.mapped_columns import AmountColumns
from seed.importer.mapping import Mapping, builtin_mapping, builtin_names, load_mapping
from seed.importer.toml_model import read_table
from seed.reference_data import sources
from service.errors import DataError

ROLE = '\n[[factor]]\nfactor = "role"\ncolumn = "title"\n'


FACTORS = (
    "role, level, experience, employment_type, work_mode, country, subdivision, metro, industry, employer, employer_size, "
    "employer_type, education, field_of_study, competing_offers, specialization, certification, skill, benefit"
)
LISTS = "specialization, certification, skill, benefit"
MAP = 'a table of strings, such as {EN = "entry"}, or lists of them, such as [["A", "L5", "senior"]]'
KINDS = "self-reported, verified, survey, posted-range, government-filing"
SCORES = "negotiation_uplift, job_satisfaction, career_growth, work_life_balance"
UNITS = "year, month, half-month, two-weeks, week, day, hour"
FORMAT = "docs/importing.md has the format."
LEVEL = '\n[[factor]]\nfactor = "level"\n'
PAIR = 'columns = ["company", "grade"]\n'


def problem_of(folder: Path, text: str) -> str:
    """The error of a mapping, without the name of its file."""
    with pytest.raises(DataError) as error:
        mapping_of(folder, text)
    return str(error.value).removeprefix("mapping.toml: ")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x = ", "mapping.toml is not valid TOML: Invalid value (at end of document)."),
        (PLAIN, f"[pay] is missing; {FORMAT}"),
        ("facter = 1\n" + PLAIN + PAY, "facter is not a key of this table; did you mean factor?"),
        (PLAIN + 'licens = "x"' + PAY, "dataset.licens is not a key of this table; did you mean licence?"),
        (
            PLAIN + "x = 1" + PAY,
            "dataset.x is not a key of this table; its keys are code, kind, label, licence, url, snapshot, protected.",
        ),
        (
            PLAIN + '[pay]\nbase = "a"\ncurrency = "USD"\nbonus = {column = "b", unit = "month"}',
            "pay.bonus.unit is not a key of this table; " + AmountColumns.instead_of["unit"] + ".",
        ),
        (PLAIN + 'decimal = ","' + PAY, "dataset.decimal is not a key of this table, but of [file]."),
        (
            PLAIN + 'effective = "2024-01"' + PAY,
            "dataset.effective is not a key of this table; write it above the first table of the file.",
        ),
        (
            PLAIN.replace('code = "test"', 'code = "My Data"') + PAY,
            "dataset.code must be lower-case letters, digits and hyphens, and none of contributors, sample.",
        ),
        (PLAIN.replace("survey", "rumour") + PAY, f"dataset.kind must be one of {KINDS}."),
        (PLAIN.replace("survey", "Survey") + PAY, f"dataset.kind must be one of {KINDS}; did you mean survey?"),
        (PLAIN.replace("survey", "sample") + PAY, f"dataset.kind must be one of {KINDS}."),
        (PLAIN + "snapshot = 1" + PAY, "dataset.snapshot must be true or false."),
    ],
)
def test_problems_of_the_whole_and_the_data_set(tmp_path: Path, text: str, problem: str) -> None:
    assert problem_of(tmp_path, text) == problem


@pytest.mark.parametrize(
    ("effective", "problem"),
    [
        ('"June"', "effective is wrong: 'June' is not a month from 1990-01 to 2049-12; write it as 2025-08."),
        ("2024", 'effective must be a month in quotation marks, such as "2025-08".'),
        ('{format = "%Y"}', "effective.column is missing."),
        ('{colum = "Y"}', "effective.colum is not a key of this table; did you mean column?"),
        ('{column = ""}', "effective.column must be the name of a column."),
        (
            '{column = "Y", constant = "2024-06"}',
            "effective.column and constant are both set; keep one of them, or list the column in file.optional.",
        ),
        ('{column = "Y", format = 4}', "effective.format must be a list of strings."),
        (
            '{column = "Y", format = ["%Y", "%d/%m"]}',
            "effective.format '%d/%m' must be a format of strptime with a year, such as \"%d/%m/%Y\".",
        ),
        (
            '{column = "Y", format = "%Y-%Q"}',
            "effective.format '%Y-%Q' must be a format of strptime with a year, such as \"%d/%m/%Y\".",
        ),
    ],
)
def test_problems_of_the_month(tmp_path: Path, effective: str, problem: str) -> None:
    assert problem_of(tmp_path, PLAIN.replace('"2024-06"', effective) + PAY) == problem


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ('delimiter = "::"', "delimiter must be one character."),
        (
            'encoding = "ebcdic"',
            "encoding must be the name of an encoding, such as utf-8, utf-16, cp1252 or shift_jis.",
        ),
        ("footer_lines = -1", "footer_lines must be a whole number from 0 on."),
        ("footer_lines = true", "footer_lines must be a whole number from 0 on."),
        ("footer_lines = 1.5", "footer_lines must be a whole number from 0 on."),
        ("missing = [1]", "missing must be a list of strings."),
        ('missing = "NA"', "missing must be a list of strings."),
        ('format = "xlsm"', "format must be one of csv, xlsx, xlsb, xls, ods, parquet, jsonl; did you mean xls?"),
        ('format = "csv"\nsheet = "a"', "sheet is for workbooks, but format is csv."),
        ('format = "xlsx"\ndelimiter = ";"', "delimiter is for CSV files, but format is xlsx."),
        (
            'format = "jsonl"\npreamble_lines = 2',
            "preamble_lines and footer_lines are for CSV files and workbooks, but format is jsonl.",
        ),
        ('synonyms = ["b"]', 'synonyms must be a table of lists, such as {NAICS_CODE = ["NAIC_CODE"]}.'),
        ('synonyms = {pay = "b"}', "synonyms.pay must be a list of strings."),
        ('synonyms = {salary = ["b"]}', "synonyms has 'salary', which no key of the mapping names."),
        ('optional = ["pai"]', "optional has 'pai', which no key of the mapping names; did you mean pay?"),
    ],
)
def test_problems_of_the_file(tmp_path: Path, keys: str, problem: str) -> None:
    assert problem_of(tmp_path, f"{PLAIN}{PAY}[file]\n{keys}") == f"file.{problem}"


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ('currency = "USD"', "pay.base or total_compensation must name the column of the pay."),
        (
            'base = "pay"',
            'pay.currency is missing; it must be a code such as "USD", "cell", or a table that names a column.',
        ),
        (
            'base = "pay"\ncurrency = nan',
            'pay.currency must be a code such as "USD", "cell", or a table that names a column.',
        ),
        ('base = 5\ncurrency = "USD"', "pay.base must be the name of a column."),
    ],
)
def test_problems_of_required_pay(tmp_path: Path, keys: str, problem: str) -> None:
    assert problem_of(tmp_path, f"{PLAIN}[pay]\n{keys}") == problem


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ('unit = "decade"', f"unit must be one of {UNITS}, or a table that names a column."),
        ('unit = ["year"]', f"unit must be one of {UNITS}, or a table that names a column."),
        ('unit = {column = "u", map = {"p. eon" = "eon"}}', f'unit.map."p. eon" must be one of {UNITS}.'),
        ('bonus = {low = "a", high = "b"}', "bonus must name one column; only base pay can be a range in two columns."),
        ('bonus = {low = "a"}', "bonus.high is missing."),
        ("bonus = {}", "bonus.column is missing."),
        ('bonus = {column = "a", low = "b"}', "bonus.column is for pay in one column, low and high are for a range in two."),
        ('bonus = {column = "a", one_end = "exact"}', "bonus.one_end is for a range in two columns, low and high."),
        ('bonus = {column = "a", zero = "none"}', "bonus.zero must be one of missing."),
        (
            'total_compensation = {column = "a", zero = "missing"}',
            "total_compensation.zero is for bonus and equity; a pay of 0 is always missing.",
        ),
        ("months = 11", "months must be a whole number from 12 to 16."),
        ('months = "13"', "months must be a whole number from 12 to 16."),
        ('months = 13\nunit = "hour"', "months is for monthly pay, but unit is hour."),
        ('bonus = ["a", "a"]', "bonus has 'a' twice, which would count it twice."),
        ('bonus = {columns = ["a", "b"], column = "c"}', "bonus.columns and column are both set; keep one of them."),
        ("bonus = []", "bonus must be a list of columns."),
        (
            'bonus = {column = "a", one_missing = "zero"}',
            "bonus.one_missing is for columns, a list of columns whose amounts are added.",
        ),
        (
            'total_compensation = ["a", "b"]',
            "total_compensation must name one column; only the amounts of bonus and equity are added.",
        ),
        ("full_time_hours = 20", "full_time_hours must be a number of hours a week from 35 to 48, such as 37.5."),
        ("hours_per_week = 400", "hours_per_week must be a number up to 80, or a table that names a column."),
        ('hours_per_week = "Hours"', "hours_per_week must be a number up to 80, or a table that names a column."),
        ("net = true", "net cannot be true: PayRank has gross pay, and net pay cannot be converted to it."),
    ],
)
def test_problems_of_pay(tmp_path: Path, keys: str, problem: str) -> None:
    assert problem_of(tmp_path, PLAIN + PAY + keys) == f"pay.{problem}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ROLE + ROLE, "[[factor]] 2.factor repeats role of [[factor]] 1; keep one of them."),
        (ROLE.replace("role", "shoe_size"), f"[[factor]] 1.factor must be one of {FACTORS}."),
        (
            ROLE.replace('column = "title"', ""),
            "[[factor]] 1.column is missing; name a column, or set columns, constant or yes.",
        ),
        (
            ROLE + 'constant = "x"',
            "[[factor]] 1.column and constant are both set; keep one of them, or list the column in file.optional.",
        ),
        (
            LEVEL + 'columns = ["a", "b"]\nconstant = "x"',
            "[[factor]] 1.columns and constant are both set; keep one of them.",
        ),
        (ROLE + 'columns = ["x", "y"]', "[[factor]] 1.column and columns are both set; keep one of them."),
        (ROLE + "minimum_records = 5", "[[factor]] 1.minimum_records is for employers, not for role."),
        (ROLE + "minimum_records = 0", "[[factor]] 1.minimum_records must be a whole number from 1 on."),
        (LEVEL + 'column = "a"\nsoc_column = "b"', "[[factor]] 1.soc_column is for roles, not for level."),
        (LEVEL + "columns = []", "[[factor]] 1.columns must be a list of columns."),
        (LEVEL + 'constant = "mid"\nno_answer = ["x"]', "[[factor]] 1.no_answer needs a column."),
        (ROLE + 'join = "-"', "[[factor]] 1.join is for columns, a list of columns whose texts are joined."),
        (ROLE + 'separator = ""', '[[factor]] 1.separator must be the characters between values, such as ";", or "list".'),
        (ROLE + 'yes_values = ["ja"]', "[[factor]] 1.yes_values needs yes, a table of columns and codes."),
        (
            LEVEL + 'yes = {a = "mid"}',
            f"[[factor]] 1.yes is for factors with several values ({LISTS}), not for level.",
        ),
        (
            ROLE + "map = {x = 1}",
            f"[[factor]] 1.map must be {MAP}.",
        ),
        (ROLE + 'map = {x = "a", X = "b"}', "[[factor]] 1.map has two codes for 'X': a (map) and b (map)."),
        (
            LEVEL + PAIR + 'map = [["Google", "L5"]]',
            "[[factor]] 1.map has ['Google', 'L5']; a list must have 3 strings, the texts of company, grade and a code.",
        ),
        (
            LEVEL + PAIR + 'map = [["c", "d", "e", "f"]]',
            "[[factor]] 1.map has ['c', 'd', 'e', 'f']; a list must have 3 strings, the texts of company, grade and a code.",
        ),
        (LEVEL + PAIR + "map_file = 5", "[[factor]] 1.map_file must be the name of a CSV file."),
        (
            ROLE + 'map = {"" = "a"}',
            "[[factor]] 1.map has '', which means no value: it is blank, or listed in no_answer or missing.",
        ),
        (
            ROLE + 'map = {X = ""}',
            "[[factor]] 1.map has no code for 'X'; seed/reference/role.csv has the codes, no_answer is for other texts.",
        ),
        (
            ROLE + 'map = {X = "a"}\nno_answer = ["x"]',
            "[[factor]] 1.map has 'X', which means no value: it is blank, or listed in no_answer or missing.",
        ),
        (
            ROLE + 'map = {NA = "a"}\n[file]\nmissing = ["na"]',
            "[[factor]] 1.map has 'NA', which means no value: it is blank, or listed in no_answer or missing.",
        ),
        ('[factor]\nfactor = "role"', "factor must be written as [[factor]]."),
        ('[[measure]]\nmeasure = "bonus"\ncolumn = "x"', f"[[measure]] 1.measure must be one of {SCORES}."),
        (
            '[[measure]]\nmeasure = "career_growth"\ncolumn = "x"\nscale = [1]',
            "[[measure]] 1.scale must be two numbers, such as [0, 10].",
        ),
        (
            '[[measure]]\nmeasure = "career_growth"\ncolumn = "x"\nscale = [1, 1]',
            "[[measure]] 1.scale must be the two ends of the source's scale, such as [0, 10].",
        ),
        ('[pairs]\ncolumns = ["pay"]\nsince = "2022-01"', f"[pairs.single] is missing; {FORMAT}"),
        ('[[rows]]\ncolumn = "a"', "[[rows]] 1.in or not_in, or not_like, must list texts of the column; keep one of them."),
        (
            '[[rows]]\ncolumn = "a"\nnot_in = ["b"]\nnot_like = ["b*"]',
            "[[rows]] 1.in or not_in, or not_like, must list texts of the column; keep one of them.",
        ),
        ('[[rows]]\nin = ["a"]', "[[rows]] 1.column is missing; it must be the name of a column."),
        ('[place]\ncountry = "us"', "place.column or columns must name where the place is, and not both."),
        (
            '[place]\ncolumn = "a"\n' + ROLE.replace("role", "metro"),
            "[[factor]] 1.factor is metro, which [place] reads; keep one of them.",
        ),
    ],
)
def test_problems_of_columns(tmp_path: Path, text: str, problem: str) -> None:
    assert problem_of(tmp_path, PLAIN + PAY + text) == problem


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is levels.csv, which has no rows; its header is the columns and code."),
        ("company,grade,code\n", "is levels.csv, which has no rows; its header is the columns and code."),
        ("company,code\nGoogle,mid\n", "is levels.csv, whose header must be company,grade,code; it is company,code."),
        ("company,grade,code\nA,1,mid\nA,2\n", "is levels.csv, whose line 3 has 2 cells; the header has 3."),
        ("company,grade,code\nA,1,mid\nA,,mid\n", "is levels.csv, whose line 3 has a blank cell."),
        ('company,grade,code\n"A"x,1,mid\n', "is levels.csv, which cannot be read as a CSV file: ',' expected after '\"'."),
        (
            "company,grade,code\nA,1,mid\n\na, 1 ,senior\n",
            "has two codes for 'a, 1': mid (levels.csv, line 2) and senior (levels.csv, line 4).",
        ),
        (None, "is levels.csv, which cannot be read as a CSV file: No such file or directory."),
    ],
)
def test_problems_of_a_map_file(tmp_path: Path, content: str | None, problem: str) -> None:
    if content is not None:
        (tmp_path / "levels.csv").write_text(content)
    text = PLAIN + PAY + LEVEL + PAIR + 'map_file = "levels.csv"'
    assert problem_of(tmp_path, text) == f"[[factor]] 1.map_file {problem}"


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    text = (
        PLAIN.replace("survey", "surve")
        + PAY.replace("currency", "curency")
        + ROLE.replace("column", "colum")
        + '[[measure]]\ncolumn = "x"\n[pairs]\ncolumns = []\nsince = 2022-01-01\nsingle = "x"'
    )
    assert problem_of(tmp_path, text).splitlines() == [
        "mapping.toml has 8 problems:",
        f"- dataset.kind must be one of {KINDS}; did you mean survey?",
        '- pay.currency is missing; it must be a code such as "USD", "cell", or a table that names a column.',
        "- pay.curency is not a key of this table; did you mean currency?",
        "- [[factor]] 1.colum is not a key of this table; did you mean column?",
        f"- [[measure]] 1.measure is missing; {FORMAT}",
        "- pairs.columns must be a list of columns.",
        '- pairs.since must be a month in quotation marks, such as "2025-08".',
        "- pairs.single must be a table.",
    ]
    assert problem_of(tmp_path, "").splitlines() == [
        "mapping.toml has 3 problems:",
        '- effective is missing; it must be a month such as "2025-08", or a table that names a column.',
        f"- [dataset] is missing; {FORMAT}",
        f"- [pay] is missing; {FORMAT}",
    ]


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats()
    | st.text("a=%[]\0é", max_size=3)
    | st.sampled_from([date(2024, 1, 1)]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["column", "map", "constant", "x", "low"]), inner)
    ),
    max_leaves=4,
)
_KEYS = ("effective", "dataset", "file", "pay", "place", "rows", "factor", "measure", "pairs", "pai")


@given(
    st.dictionaries(st.sampled_from(_KEYS), _VALUES | st.dictionaries(st.sampled_from(["base", "unit", "since"]), _VALUES))
)
def test_errors_never_have_terms_of_python(raw: dict[str, object]) -> None:
    with pytest.raises(DataError) as error:
        read_table("any.toml", Mapping, raw, Path())
    assert not re.search(r"Field|pydantic|Input|dict|tuple|str\b|None|another value", str(error.value)), str(error.value)


def test_missing_mapping(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no mapping file"):
        load_mapping(tmp_path / "no.toml")
    with pytest.raises(DataError, match=r"nojobs.* aijobs, .*stackoverflow-2017"):
        builtin_mapping("nojobs")


@pytest.mark.parametrize(("name", "content"), [("pay.csv", b"a,b\n1,2\n"), ("pay.xlsx", b"PK\x03\x04\xff\xfe")])
def test_data_in_place_of_a_mapping(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=r"If it is the data, name the mapping first: `payrank import --mapping MAPPING"):
        load_mapping(tmp_path / name)


@pytest.mark.parametrize("code", ['map = {x = "data-enginer"}', "nothing"])
def test_unknown_codes_in_a_mapping(database_url: str, tmp_path: Path, code: str) -> None:
    role = ROLE + code if "map" in code else ROLE.replace('column = "title"', 'constant = "data-enginer"')
    with pytest.raises(DataError, match=r"data-enginer.*data-engineer"):
        import_text(database_url, tmp_path, "title,pay\nx,1\n", PLAIN + PAY + role)


@pytest.mark.parametrize("name", builtin_names())
def test_sources_of_mappings_equal_the_reference_data(name: str) -> None:
    known = {source.code: source for source in sources()}
    assert [known[source.code] for source in builtin_mapping(name).sources] == list(builtin_mapping(name).sources)
