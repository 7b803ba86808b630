"""Interpretation of cells: factors, scores, places."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.csv_imports import PAY, PLAIN, import_text, records
from support.databases import clone

from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure


@pytest.fixture(scope="module")
def database_url(server_url: str, empty_template: str) -> Iterator[str]:
    """One database for all tests of the module, each of which replaces the records of the source."""
    with clone(server_url, empty_template) as url:
        yield url


def factor(name: str, column: str, more: str = "") -> str:
    return f'\n[[factor]]\nfactor = "{name}"\ncolumn = "{column}"\n{more}\n'


def values(url: str, *names: str) -> list[tuple[object, ...]]:
    return [tuple(row.get(name) for name in names) for row in records(url)]


def test_values_by_map_by_alias_and_unknown(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + factor("level", "lvl", 'map = {"L5" = "senior"}\nno_answer = ["rather not say"]')
    rows = ("1,l5", "2, MID ", "3,Rather  not say", "4,wizard", "5,Wizard ", "6,wizard", "7,")
    report = import_text(database_url, tmp_path, "pay,lvl\n" + "\n".join(rows), mapping)
    assert [row[0] for row in values(database_url, "level")] == ["senior", "mid", None, None, None, None, None]
    assert report.unknown == {Factor.LEVEL: {"wizard": 2, "Wizard": 1}}
    assert report.refused == 0


def test_na_is_missing_or_namibia(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + '[file]\nmissing = ["NA"]\n' + factor("level", "lvl")
    content = "pay,lvl,land\n1,NA,NA\nNA,NA,NA\n3,entry,Republic of Korea\n4,entry,gb\n"
    import_text(database_url, tmp_path, content, mapping + factor("country", "land", "missing = []"))
    assert values(database_url, "level", "country") == [(None, "na"), ("entry", "kr"), ("entry", "gb")]
    report = import_text(database_url, tmp_path, content, mapping + factor("country", "land"))
    assert values(database_url, "level", "country") == [(None, None), ("entry", "kr"), ("entry", "gb")]
    assert (report.restated, report.unchanged, report.imported, report.retired, report.refused) == (1, 2, 0, 0, 1)


def test_lists_in_a_cell(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + factor("skill", "langs", 'separator = ";"\nno_answer = ["none"]')
    mapping += factor("role", "kind", 'separator = ";"')
    content = (
        "pay,langs,kind\n1,Python; SQL;python,Data Engineer\n2,none;,Data Engineer;nothing known\n"
        "3,,Data Engineer; Data Analyst\n4,Python;Klingon,data engineer;DATA ENGINEER\n"
    )
    report = import_text(database_url, tmp_path, content, mapping)
    assert values(database_url, "skill", "role") == [
        (["python", "sql"], "data-engineer"),
        (None, "data-engineer"),
        (None, None),
        (["python"], "data-engineer"),
    ]
    assert report.unknown == {
        Factor.SKILL: {"Klingon": 1},
        Factor.ROLE: {"nothing known": 1, "Data Engineer; Data Analyst": 1},
    }


def test_places_include_their_parents_and_do_not_contradict(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + factor("metro", "m") + factor("subdivision", "s") + factor("country", "c")
    rows = (
        '1,"San Francisco, CA",,',
        "2,,CA,",
        "3,berlin,,Germany",
        "4,berlin,,France",
        "5,,CA,Germany",
        "6,san-francisco,WA,us",
        "7,berlin,,Europe",
    )
    report = import_text(database_url, tmp_path, "pay,m,s,c\n" + "\n".join(rows), mapping)
    assert values(database_url, "metro", "subdivision", "country") == [
        ("san-francisco", "us-ca", "us"),
        (None, "us-ca", "us"),
        ("berlin", "de-be", "de"),
        (None, None, "fr"),
        (None, None, "de"),
        (None, "us-wa", "us"),
        ("berlin", "de-be", "de"),
    ]
    assert report.unknown[Factor.METRO].total() == 2
    assert report.unknown[Factor.SUBDIVISION]["CA (not in Germany)"] == 1


TITLES = [
    ("Software Engineer", "", "software-engineer", None),
    ("Sr. Software Engineer", "", "software-engineer", "senior"),
    ("SOFTWARE ENGINEER II", "", "software-engineer", "mid"),
    ("Software Engineer, Senior", "", "software-engineer", "senior"),
    ("Staff ML Engineer (Remote)", "", "machine-learning-engineer", "staff"),
    ("Machine Learning Lead", "", "machine-learning-engineer", "staff"),
    ("Vice President, Software Engineer", "", "software-engineer", "staff"),
    ("Keeper of the Widgets", "15-1252", "software-developer", None),
    ("Senior Keeper of the Widgets", "15-1252.00", "software-developer", "senior"),
    ("Staff Keeper of the Widgets", "15-1252.00", "software-developer", "staff"),
    ("Staff Accountant", "13-2011", None, None),
    ("Registered Nurse", "29-1141", None, None),
    ("Data Scientist", "15-1252", "data-scientist", None),
]


def test_titles(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + factor("role", "title", 'soc_column = "soc"')
    rows = "".join(f'{pay},"{title}",{soc}\n' for pay, (title, soc, _, _) in enumerate(TITLES, 1))
    report = import_text(database_url, tmp_path, f"pay,title,soc\n{rows}", mapping)
    assert values(database_url, "role", "level") == [(role, level) for _, _, role, level in TITLES]
    assert report.unknown == {Factor.ROLE: {"Staff Accountant": 1, "Registered Nurse": 1}}


def test_titles_without_a_role_are_reported_with_the_reason(database_url: str, tmp_path: Path) -> None:
    rows = "1,Former Data Scientist\n2,Data Scientist / Data Analyst\n3,Nurse\n4,Former Data Scientist\n"
    report = import_text(database_url, tmp_path, f"pay,title\n{rows}", PLAIN + PAY + factor("role", "title"))
    assert values(database_url, "role", "level") == [(None, None)] * 4
    assert report.unknown == {
        Factor.ROLE: {
            "Former Data Scientist (not a current job)": 2,
            "Data Scientist / Data Analyst (names several occupations, or is ambiguous)": 1,
            "Nurse": 1,
        }
    }


BESIDE_ROLES = (
    "pay,title,level\n1,Lead Computer Vision Engineer,\n2,Lead Data Scientist,Senior\n3,Data Scientist II,unsure\n"
)


def test_titles_say_levels_and_specializations_that_no_column_says(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + factor("role", "title") + factor("level", "level")
    import_text(database_url, tmp_path, BESIDE_ROLES, mapping)
    assert values(database_url, "role", "level", "specialization") == [
        ("computer-vision-engineer", "staff", ["computer-vision"]),
        ("data-scientist", "senior", None),
        ("data-scientist", "mid", None),
    ]


INTERNS = (
    "pay,title,type\n1,Senior Data Science Intern,\n2,Werkstudent Machine Learning (m/w/d),Full-time\n3,Data Scientist,\n"
)


def test_internships_in_titles_count_where_no_column_says_otherwise(database_url: str, tmp_path: Path) -> None:
    names = ("role", "level", "employment_type")
    import_text(database_url, tmp_path, INTERNS, PLAIN + PAY + factor("role", "title"))
    assert values(database_url, *names) == [
        ("data-science", None, "internship"),
        ("machine-learning", None, "internship"),
        ("data-scientist", None, None),
    ]
    import_text(database_url, tmp_path, INTERNS, PLAIN + PAY + factor("role", "title") + factor("employment_type", "type"))
    assert [row[2] for row in values(database_url, *names)] == ["internship", "full-time", None]


def test_roles_read_from_a_part_of_the_title_are_noted(database_url: str, tmp_path: Path) -> None:
    titles = ("Data Scientist, Payments", "Data Scientist", "Senior Data Scientist (NLP)", "Fleet Data Engineer", "Nurse")
    rows = "".join(f'{pay},"{title}"\n' for pay, title in enumerate(titles, 1))
    report = import_text(database_url, tmp_path, f"pay,title\n{rows}", PLAIN + PAY + factor("role", "title"))
    note = (
        "role and level are read from a part of the title: 'Data Scientist, Payments' is data-scientist without 'payment'; "
    )
    assert report.notes == {note + "'Fleet Data Engineer' is data-engineer without 'fleet'": 2}
    mapped = 'map = {"data scientist, payments" = "data-scientist", "Fleet Data Engineer" = "data-engineer"}'
    report = import_text(database_url, tmp_path, f"pay,title\n{rows}", PLAIN + PAY + factor("role", "title", mapped))
    assert report.notes == {}


def test_the_most_frequent_titles_read_from_a_part_are_listed(database_url: str, tmp_path: Path) -> None:
    titles = [f"Senior Data Scientist, Team {letter}" for letter in "ABCDEFGHIJKL"] + ["Senior Data Scientist, Team L"] * 2
    rows = "".join(f'{pay},"{title}"\n' for pay, title in enumerate(titles, 20_000))
    report = import_text(database_url, tmp_path, f"pay,title\n{rows}", PLAIN + PAY + factor("role", "title"))
    [(note, count)] = report.notes.items()
    first, *others, more = note.partition(": ")[2].split("; ")
    assert first == "'Senior Data Scientist, Team L' is data-scientist, senior without 'team l'"
    assert (count, len(others), more) == (14, 9, "and 2 more titles")


def test_a_column_of_specializations_replaces_those_of_titles(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + factor("role", "title") + factor("specialization", "field")
    import_text(database_url, tmp_path, "pay,title,field\n1,NLP Engineer,Robotics\n2,NLP Engineer,\n", mapping)
    assert values(database_url, "role", "specialization") == [("nlp-engineer", ["robotics"]), ("nlp-engineer", None)]


def test_the_level_of_a_title_with_a_mapped_role(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + factor("role", "title", 'map = {"Principal Wrangler" = "data-engineer"}')
    import_text(database_url, tmp_path, "pay,title\n1,Principal Wrangler\n2,Principal Keeper\n", mapping)
    assert values(database_url, "role", "level") == [("data-engineer", "principal"), (None, None)]


def test_scores_on_another_scale(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN + PAY + '[[measure]]\nmeasure = "job_satisfaction"\ncolumn = "happy"\nscale = [0, 10]\n'
    mapping += '[[measure]]\nmeasure = "negotiation_uplift"\ncolumn = "more"\n'
    report = import_text(database_url, tmp_path, "pay,happy,more\n1,0,0\n2,10,12%\n3,7,-5\n4,11,lots\n5,,\n", mapping)
    assert values(database_url, "job_satisfaction", "negotiation_uplift") == [
        (1, 0),
        (5, 12),
        (4, -5),
        (None, None),
        (None, None),
    ]
    assert report.unknown == {Measure.JOB_SATISFACTION: {"11": 1}, Measure.NEGOTIATION_UPLIFT: {"lots": 1}}
