"""Titles that seem to name a role or a level: jobs that are not held, grades, other occupations; and what never matters."""

import unicodedata
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from support.sample_tables import numbered_reference
from support.titles import read

from service.vocabulary.factors import Factor
from service.vocabulary.titles import TitleReading, Unread

Row = tuple[str, str | None, str | None, float]


def row_of(title: str) -> Row:
    found = read(title)
    return title, found.role and found.role.code, found.level and found.level.code, found.certainty


NOT_HELD = """
Former Data Scientist | Formerly Data Scientist | Data Scientist (former) | Ex Data Scientist | Ex-Data Scientist
ex-Google ML Engineer | Aspiring Data Scientist | Data Analyst, retired | Retired Software Engineer
Data Scientist, no longer | Unemployed Data Analyst | would-be data scientist | Future Data Scientist
Not a Data Scientist | I am not a data scientist | Previously Senior Data Scientist
Student (want to become data scientist) | looking for ML Engineer role | Seeking ML Engineer role
Graduate looking for Data Analyst job | Wants to become Data Engineer | Data Scientist (student)
Student, Data Scientist | Graduate Student (Data Scientist) | Become a data scientist
Interested in Data Scientist role | Data Scientist - laid off in 2024 | Former CTO | Aspiring Senior Engineer
Former Data Science Intern | Angehender Data Scientist | Angehende Datenanalystin | Ehemaliger Data Scientist
ehem. Data Scientist | Künftiger Data Engineer | Zukünftige Softwareentwicklerin | Kein Data Scientist
Suche Stelle als Data Scientist | Arbeitsloser Softwareentwickler | Ancien data scientist | Futur data scientist
Data analyst, sans emploi | À la recherche d'un poste de data scientist | Aspirante a Data Scientist
Ex analista de datos | Futuro científico de datos | Busco trabajo de Data Scientist | Desempleado, Data Scientist
Em busca de vaga de Data Scientist | Voormalig Data Engineer | Blivande Data Scientist
Entinen ohjelmistokehittäjä | Tuleva Data Scientist | Бывший программист | 元データサイエンティスト | 前数据科学家
データサイエンティスト志望
"""
HELD = [
    ("Data Scientist (ex-Meta)", "data-scientist", None, 0.7),
    ("Data Scientist (former Physicist)", "data-scientist", None, 0.7),
    ("Data Analyst (looking for a Python project)", "data-analyst", None, 0.7),
    ("Data Scientist - Not Remote", "data-scientist", None, 0.7),
    ("Data Analyst - Insights for the Future", "data-analyst", None, 0.7),
    ("We are looking for a Data Scientist", "data-scientist", None, 0.7),
    ("Quantitative Trader, Futures", "quantitative-trader", None, 0.7),
    ("Data Scientist in Training", "data-scientist", "entry", 1.0),
    ("Student Data Analyst", "data-analyst", None, 0.7),
    ("Interim CTO", "technology-executive", "executive", 1.0),
    ("Acting Data Science Manager", "data-science-manager", None, 1.0),
    ("Freelance Data Scientist", "data-scientist", None, 1.0),
]
GRADES = [
    ("Associate Director", None, None, 0.0),
    ("Associate Director, Data Science", "director-of-data-science", None, 1.0),
    ("Assistant Director of Data Science", "director-of-data-science", None, 1.0),
    ("Senior Associate Director, Data Science", "director-of-data-science", None, 1.0),
    ("Deputy Head of Data", "director-of-data", None, 1.0),
    ("Deputy CTO", "technology-executive", None, 1.0),
    ("Associate Principal, Software Engineering", "software-engineer", None, 1.0),
    ("Associate Director, Software Engineer", "software-engineer", None, 1.0),
    ("Assistant Director of Research", None, None, 0.0),
    ("Assistant to the CTO", None, None, 0.0),
    ("Principal (school)", None, None, 0.0),
    ("Principal Investigator", None, None, 0.0),
    ("Director of Photography", None, None, 0.0),
    ("Senior Living Director", None, None, 0.0),
    ("Head Start Teacher", None, None, 0.0),
    ("Middle School Teacher", None, None, 0.0),
    ("Middle Data Engineer", "data-engineer", "mid", 1.0),
    ("Middle/Senior Data Engineer", "data-engineer", None, 1.0),
    ("Junior/Senior Data Engineer", "data-engineer", None, 1.0),
    ("Level 3 Data Scientist", "data-scientist", None, 1.0),
    ("Data Scientist, Grade 7", "data-scientist", None, 1.0),
    ("Band IV Data Analyst", "data-analyst", None, 1.0),
    ("E6 SWE", "software-engineer", None, 1.0),
    ("Software Engineer ICT4", "software-engineer", None, 1.0),
    ("MTS2, Software Engineer", "software-engineer", None, 1.0),
    ("SDE-3", "software-engineer", "senior", 1.0),
    ("MLOps Engineer II", "mlops-engineer", "mid", 1.0),
    ("Sr.Data Scientist", "data-scientist", "senior", 1.0),
    ("Senior Executive", None, "senior", 0.0),
    ("Founding Engineer", None, None, 0.0),
    ("Sr. Mgr", None, "senior", 0.0),
]
SEVERAL = [
    ("CTO / Software Engineer", None, "executive", 0.0),
    ("Waiter / Data Scientist", None, None, 0.0),
    ("Educator, Data Scientist", None, None, 0.0),
    ("Paralegal (Technical Writer)", None, None, 0.0),
    ("Data Analyst (Oracle DBA)", None, None, 0.0),
    ("Network/Data Engineer", None, None, 0.0),
    ("Research/Data Analyst", None, None, 0.0),
    ("Data Science/Machine Learning Engineer", None, None, 0.0),
    ("Marketing and Sales Data Analyst", None, None, 0.0),
    ("Data Scientist / Engineer", None, None, 0.0),
    ("Senior Backend Developer/ Engineer", "back-end-developer", "senior", 1.0),
    ("Software Architect / Arquitecto de software", "software-architect", None, 1.0),
    ("Backend, DevOps, Cloud", None, None, 0.0),
    ("Full-stack, Backend", None, None, 0.0),
    ("Full-stack, Python", "full-stack-developer", None, 0.9),
    ("Python/Data Engineer", "data-engineer", None, 0.9),
    ("Senior NLP/ML Engineer", "machine-learning-engineer", "senior", 1.0),
]
OTHER_NUMERALS = """
Software Engineer, Java 5 | Softwareentwickler Java 5 | Software Engineer (Java 3) | Data Engineer, Python 3
Data Engineer, Spark 3 | Software Engineer Angular 2 | Data Analyst, Excel 2 | Developer C 1 | Software Engineer Java II
Data Analyst, Region 4 | Data Scientist - Team 2 | Data Scientist, Fortune 5 | Data Scientist, Formula 1
Data Scientist (1 of 3) | Data Analyst, World War II | Data Analyst (Day 1 onsite) | Data Analyst, audit and SOC 2
Data Analyst (starts January 3) | Machine Learning Engineer, Ads II | Data Scientist (Spark) II
"""
OTHER_LEVELS = """
Data Analyst - Leads | Leads Analyst | Data Analyst, Seniors | Data Analyst (Lead Ads) | Data Scientist, Lead Scoring
Data Analyst, Lead Management | Data Analyst for VP of Sales | Data Scientist, Head Office | Head Office Data Analyst
Data Analyst, reports to Head of Data | Data Analyst, reports to the Director | Data Analyst, Director's Office
Data Analyst, Staff Planning | Data Analyst, Mid-Atlantic | Mid-Atlantic Data Analyst | Data Analyst, Graduate Admissions
Data Analyst - Directors Fellowship | Software Engineer, Head Up Display | Software Engineer (not junior)
Non-senior Software Engineer | Almost Senior Software Engineer | Pre-Senior Data Scientist | Data Scientist, Non-lead
Non-Director Data Scientist | Associate Senior Data Scientist | Software Engineer, nicht Junior
"""
OWN_LEVELS = [
    ("Java Developer 2", "java-developer", "mid", 1.0),
    ("Data Scientist (II)", "data-scientist", "mid", 1.0),
    ("Data Analyst 2, Region 4", "data-analyst", "mid", 0.7),
    ("R&D Engineer Software 4", "software-engineer", "staff", 1.0),
    ("Bioinformatician II", "bioinformatics-scientist", "mid", 1.0),
    ("Software Engineer in Test II", "test-automation-engineer", "mid", 1.0),
    ("Data Analyst, Payments Team Lead", "data-analyst", "staff", 0.7),
    ("Research Associate Senior", "research-associate", "senior", 1.0),
    ("Senior Data Analyst, Graduate Admissions", "data-analyst", "senior", 0.7),
    ("Lead Management Analyst", "management-consultant", "staff", 1.0),
    ("Directors of Data Science", "director-of-data-science", "executive", 1.0),
]
OTHER_INTERNSHIPS = """
Software Engineer, Internship Platform | Data Scientist (Internships) | Data Analyst, Apprenticeships
Data Scientist (former intern) | Data Scientist, not intern | Data Scientist (no internship)
Data Scientist, Late-stage startup | Data Scientist, Seed stage startup | Data Scientist, Stage Entertainment
Data Analyst, Co-op Bank | Data Analyst, Coop Norge | Data Scientist - Intern Conversion
"""
INTERNSHIPS = """
Stażysta Data Science | Praktykant Data Analyst | Стажер Data Scientist | Стажёр Data Scientist | 数据分析师实习
数据分析师（实习） | 实习生 数据科学家 | Stagiair Data Science | Data Scientist en prácticas | Prácticas Data Analyst
Becario Data Analyst | Studentische Hilfskraft Data Science | Werkstudenten Data Science | Tirocinante Data Analyst
Estagiário Data Analyst | Alternant Data Engineer | データサイエンティスト インターン | Offre de stage - Data Scientist
Software Engineer, Summer 2025 Internship | Software Engineer - Intern/Co-op | Data Science Internships
"""
SCRIPTS = [
    ("機械学習エンジニア", "machine-learning-engineer", None, 1.0),
    ("シニア機械学習エンジニア", "machine-learning-engineer", "senior", 1.0),
    ("ソフトウェアエンジニア(シニア)", "software-engineer", "senior", 1.0),
    ("データサイエンティスト・インターン", "data-scientist", None, 1.0),
    ("高级算法工程师", "algorithm-developer", "senior", 1.0),
    ("前端工程师", "front-end-developer", None, 1.0),
    ("深度学习工程师", "deep-learning-engineer", None, 1.0),
    ("高级Java开发工程师", "java-developer", "senior", 1.0),
    ("Anwendungsentwickler (m/w/d)", "software-developer", None, 1.0),
    ("Ingénieur logiciel", "software-engineer", None, 1.0),
    ("資深軟體工程師", "software-engineer", "senior", 1.0),
    ("시니어 데이터 엔지니어", "data-engineer", "senior", 1.0),
    ("Старший аналитик данных", "data-analyst", "senior", 0.9),
    ("Młodszy Inżynier Danych", "data-engineer", "entry", 0.9),
    ("Líder técnico", "software-engineering", "staff", 1.0),
    ("Jefe de Proyecto", "project-manager", None, 1.0),
    ("Chef de projet", "project-manager", None, 1.0),
    ("Chef de cuisine", None, None, 0.0),
    ("销售经理", None, None, 0.0),
]


def listed(titles: str) -> list[str]:
    return [title.strip() for line in titles.strip().splitlines() for title in line.split("|")]


def test_numerals_and_words_about_something_else_are_no_levels() -> None:
    assert [row_of(title) for title in listed(OTHER_NUMERALS + OTHER_LEVELS) if read(title).level] == []
    assert [row_of(row[0]) for row in OWN_LEVELS if row_of(row[0]) != row] == []


def test_internships_in_other_languages_and_words_that_only_seem_to_be_one() -> None:
    assert [title for title in listed(OTHER_INTERNSHIPS) if read(title).internship or not read(title).role] == []
    assert [title for title in listed(INTERNSHIPS) if not read(title).internship or not read(title).role] == []


def test_a_job_that_is_not_held_is_unread_with_the_reason() -> None:
    titles = listed(NOT_HELD)
    assert [(title, read(title)) for title in titles if read(title) != TitleReading(unread=Unread.NOT_HELD)] == []


def test_titles_that_only_seem_to_name_something_else() -> None:
    expected = [*HELD, *GRADES, *SEVERAL, *SCRIPTS]
    assert [row_of(row[0]) for row in expected if row_of(row[0]) != row] == []


def test_the_reason_why_a_title_has_no_role() -> None:
    titles = ("Data Scientist", "Keeper of the Widgets", "Data Scientist / Data Analyst", "Former Data Scientist")
    assert [read(title).unread for title in titles] == [None, Unread.UNKNOWN, Unread.UNCLEAR, Unread.NOT_HELD]


# What never matters

PLAIN = [
    *(
        "Data Scientist",
        "Payments Data Scientist",
        "Python Data Engineer",
        "Ingénieur Machine Learning",
        "Data Scientist, Ads",
    ),
    *(
        "Software Engineer (Backend)",
        "Rust Developer",
        "Staff Accountant",
        "Chief of Staff",
        "Widget Wrangler",
        "NLP Engineer",
    ),
    *("Data Scientist / Data Analyst", "Former Data Scientist", "Analista de Datos", "Développeuse Full Stack", "Nurse"),
    *("Data Scientist (ex-Meta)", "Data Engineer Recruiter", "Construction Worker", "Research Scientist, AI Safety"),
]
LEVELS = [
    "Senior",
    "Sr.",
    "Junior",
    "Jr.",
    "Mid-Level",
    "Entry-Level",
    "Lead",
    "Staff",
    "Principal",
    "Distinguished",
    "старший",
]
SEPARATORS = [", ", " - ", " – ", " | ", "; ", ",  "]


@given(st.sampled_from(PLAIN), st.sampled_from(LEVELS), st.booleans())
def test_a_level_never_changes_the_role(title: str, level: str, last: bool) -> None:
    before, after = read(title), read(f"{title}, {level}" if last else f"{level} {title}")
    assert (after.role, after.specializations, after.internship, after.certainty, after.unread) == (
        before.role,
        before.specializations,
        before.internship,
        before.certainty,
        before.unread,
    )


def without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


LATIN = [row[0] for row in (*HELD, *GRADES, *SEVERAL)] + PLAIN


@given(
    st.sampled_from(LATIN),
    st.sampled_from([str.upper, str.lower, str.title, without_accents]),
    st.sampled_from(SEPARATORS),
    st.sampled_from(["", ".", " ", " -", "!", ","]),
)
def test_case_accents_and_punctuation_do_not_change_the_reading(
    title: str, change: Callable[[str], str], separator: str, end: str
) -> None:
    assert read(change(title).replace(", ", separator) + end) == read(title)


def test_every_role_has_a_reading_that_is_not_of_a_former_one() -> None:
    roles = numbered_reference(1).taxonomy.values(Factor.ROLE)
    texts = [text for role in roles for text in (role.label, *role.aliases)]
    assert [text for text in texts if read(f"Former {text}").unread is not Unread.NOT_HELD] == []
