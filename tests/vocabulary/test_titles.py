"""Titles and what they mean: role, level, specializations, internships."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.titles import level_of, read, reader, role_of

from seed.reference_data import unmapped_titles
from service.vocabulary.titles import MAX_CHARACTERS, TitleReading

ONE_ROLE = [
    ("Machine Learning Engineer", None),
    ("ML Engineer", None),
    ("machine-learning engineer", None),
    ("MLE", None),
    ("Machine Learning Engineers", None),
    ("Staff ML Engineer", "staff"),
    ("Staff Machine Learning Engineer", "staff"),
    ("Senior Staff Machine Learning Engineer", "staff"),
    ("Lead Machine Learning Engineer", "staff"),
    ("Lead ML Engineer", "staff"),
    ("Machine Learning Lead", "staff"),
    ("Machine Learning Tech Lead", "staff"),
    ("Machine Learning Technical Lead", "staff"),
    ("Machine Learning Team Lead", "staff"),
    ("ML Lead", "staff"),
    ("Lead, Machine Learning", "staff"),
    ("Principal ML Engineer", "principal"),
    ("Principal Machine Learning Engineer", "principal"),
    ("Distinguished Machine Learning Engineer", "principal"),
    ("Machine Learning Engineer, Senior", "senior"),
    ("Machine Learning Senior Engineer", "senior"),
    ("Machine Learning Engineer (Senior)", "senior"),
    ("Sr Machine Learning Engineer", "senior"),
    ("Sr. ML Engineer", "senior"),
    ("Sr. M.L. Engineer", "senior"),
    ("Snr ML Engineer", "senior"),
    ("Junior Machine Learning Engineer", "entry"),
    ("Jr. Machine Learning Engineer", "entry"),
    ("Entry-Level Machine Learning Engineer", "entry"),
    ("Machine Learning Engineer - Entry Level", "entry"),
    ("Mid-Level Machine Learning Engineer", "mid"),
    ("Graduate Machine Learning Engineer", "entry"),
    ("Machine Learning Engineer, New Grad", "entry"),
    ("Trainee Machine Learning Engineer", "entry"),
    ("Machine Learning Engineer I", "entry"),
    ("Machine Learning Engineer II", "mid"),
    ("Machine Learning Engineer III", "senior"),
    ("Machine Learning Engineer IV", "staff"),
    ("Machine Learning Engineer V", "principal"),
    ("Machine Learning Engineer 2", "mid"),
    ("Senior Machine Learning Engineer II", "senior"),
    ("Engineer II - ML", "mid"),
    ("Machine Learning Engineer II, Ads", "mid"),
    ("Machine Learning Engineer L5", None),
    ("Machine Learning Engineer (IC4)", None),
    ("Machine Learning Engineer Level 3", None),
    ("Machine Learning Engineer, E5", None),
    ("Machine Learning Engineer (4)", None),
    ("Vice President, Machine Learning Engineer", "staff"),
    ("AVP, Machine Learning Engineer", "senior"),
    ("Associate Machine Learning Engineer", None),
    ("Experienced Machine Learning Engineer", None),
    ("Mid/Senior Machine Learning Engineer", None),
    ("Senior/Staff Machine Learning Engineer", None),
    ("Junior to Mid-Level Machine Learning Engineer", None),
    ("Machine Learning Engineer I/II", None),
    ("Machine Learning Engineer II - III", None),
    ("Machine Learning Engineer / Senior Machine Learning Engineer", None),
    ("Machine Learning Engineer or Senior Machine Learning Engineer", None),
    ("Entry to Senior Level Machine Learning Engineer", None),
    ("Machine Learning Engineer, All Levels", None),
]

LEADS = [
    ("Lead Data Scientist", "data-scientist", "staff", 1.0),
    ("Data Science Lead", "data-scientist", "staff", 1.0),
    ("Data Science Team Lead", "data-scientist", "staff", 1.0),
    ("Data Science Tech Lead", "data-scientist", "staff", 1.0),
    ("Team Lead Data Science", "data-scientist", "staff", 1.0),
    ("Staff Data Scientist", "data-scientist", "staff", 1.0),
    ("Principal Data Scientist", "data-scientist", "principal", 1.0),
    ("Lead Data Engineer", "data-engineer", "staff", 1.0),
    ("Data Engineering Lead", "data-engineer", "staff", 1.0),
    ("Tech Lead, Data Engineering", "data-engineer", "staff", 1.0),
    ("Data Analytics Lead", "data-analyst", "staff", 1.0),
    ("Lead Data Analyst", "data-analyst", "staff", 1.0),
    ("Business Intelligence Lead", "business-intelligence-analyst", "staff", 1.0),
    ("AI Lead", "ai-engineer", "staff", 1.0),
    ("AI Tech Lead", "ai-engineer", "staff", 1.0),
    ("Data Governance Lead", "data-governance-specialist", "staff", 1.0),
    ("DevOps Lead", "devops-engineer", "staff", 1.0),
    ("Principal DevOps Engineer", "devops-engineer", "principal", 1.0),
    ("Technical Lead", "software-engineering", "staff", 1.0),
    ("Tech Lead", "software-engineering", "staff", 1.0),
    ("Senior Technical Lead", "software-engineering", "staff", 1.0),
    ("Lead Developer", "software-developer", "staff", 1.0),
    ("Lead Software Engineer", "software-engineer", "staff", 1.0),
    ("Marketing Lead", "marketing-manager", "staff", 1.0),
    ("Product Lead", "product-manager", "staff", 1.0),
    ("QA Lead", "qa-engineer", "staff", 1.0),
    ("Data Lead", None, None, 0.0),
    ("Team Lead", None, None, 0.0),
    ("Project Lead", None, None, 0.0),
]

LEADERS = [
    ("Director of Data Science", "director-of-data-science", "executive", 1.0),
    ("Director, Data Science", "director-of-data-science", "executive", 1.0),
    ("Data Science Director", "director-of-data-science", "executive", 1.0),
    ("Senior Director, Data Science", "director-of-data-science", "executive", 1.0),
    ("Head of Data Science", "director-of-data-science", "executive", 1.0),
    ("VP of Data Science", "director-of-data-science", "executive", 1.0),
    ("Chief Data Scientist", "director-of-data-science", "executive", 1.0),
    ("Head of Data", "director-of-data", "executive", 1.0),
    ("Chief Data Officer", "director-of-data", "executive", 1.0),
    ("Head of AI", "director-of-artificial-intelligence", "executive", 1.0),
    ("VP Engineering", "engineering-director", "executive", 1.0),
    ("Vice President of Engineering", "engineering-director", "executive", 1.0),
    ("Vice President, Software Engineering", "software-engineer", "staff", 1.0),
    ("CTO", "technology-executive", "executive", 1.0),
    ("Chief Technology Officer", "technology-executive", "executive", 1.0),
    ("Security Analyst, Office of the CTO", "security-analyst", None, 0.7),
    ("Data Science Manager", "data-science-manager", None, 1.0),
    ("Senior Manager, Data Science", "data-science-manager", "senior", 1.0),
    ("Manager, Data Science", "data-science-manager", None, 1.0),
    ("Machine Learning Manager", "machine-learning-manager", None, 1.0),
    ("Engineering Manager", "engineering-manager", None, 1.0),
    ("Manager III, Software Development", "engineering-manager", None, 1.0),
    ("Director of Machine Learning Engineering", "director-of-machine-learning", "executive", 1.0),
    ("Head of Machine Learning Operations", None, None, 0.0),
    ("Director, Software Engineer", "software-engineer", "executive", 1.0),
]

SURROUNDED = [
    ("Engineer, Machine Learning", "machine-learning-engineer", None, 0.9),
    ("Scientist, Data", "data-scientist", None, 1.0),
    ("Software Engineer, Machine Learning", "machine-learning-software-engineer", None, 1.0),
    ("Software Engineer (Backend)", "back-end-developer", None, 1.0),
    ("Software Engineer - Mobile", "mobile-developer", None, 0.9),
    ("Developer, Python", "python-developer", None, 0.9),
    ("Manager, Product Marketing", "marketing-manager", None, 0.9),
    ("(Senior) Data Engineer", "data-engineer", "senior", 1.0),
    ("Data Engineer (m/w/d)", "data-engineer", None, 1.0),
    ("Data Engineer (f/m/x)", "data-engineer", None, 1.0),
    ("Data Engineer H/F", "data-engineer", None, 1.0),
    ("Data Engineer (all genders)", "data-engineer", None, 1.0),
    ("Data Engineer:in", "data-engineer", None, 1.0),
    ("Data Scientist (Remote)", "data-scientist", None, 1.0),
    ("Remote Data Scientist", "data-scientist", None, 1.0),
    ("Data Scientist - Hybrid", "data-scientist", None, 1.0),
    ("Data Scientist, Berlin", "data-scientist", None, 1.0),
    ("Data Scientist - New York, NY", "data-scientist", None, 1.0),
    ("Data Scientist (Austin, TX)", "data-scientist", None, 1.0),
    ("Data Scientist, Greater Boston Area", "data-scientist", None, 1.0),
    ("Data Scientist - Remote in US", "data-scientist", None, 1.0),
    ("Senior Data Scientist (San Francisco, CA) - Full-time", "data-scientist", "senior", 1.0),
    ("Data Scientist R-12345", "data-scientist", None, 1.0),
    ("Data Scientist #4711", "data-scientist", None, 1.0),
    ("Data Scientist - JR0012345", "data-scientist", None, 1.0),
    ("Data Scientist (Req ID: 99321)", "data-scientist", None, 1.0),
    ("Data Scientist - KBGFJG261744-1", "data-scientist", None, 1.0),
    ("Data Scientist — Now Hiring", "data-scientist", None, 1.0),
    ("Data Scientist with Security Clearance", "data-scientist", None, 1.0),
    ("Data Scientist | Fraud Team", "data-scientist", None, 0.7),
    ("Data Scientist, Payments", "data-scientist", None, 0.7),
    ("Payments Data Scientist", "data-scientist", None, 0.7),
    ("Healthcare Data Analyst", "data-analyst", None, 0.7),
    ("Python Data Engineer", "data-engineer", None, 0.9),
    ("Data Engineer (Python, AWS)", "data-engineer", None, 0.9),
    ("Rust Developer", "software-developer", None, 0.9),
    ("Data Scientist, Senior Consultant", "data-scientist", "senior", 0.7),
    ("Data Engineer Consultant", "data-engineer", None, 0.7),
    ("Associate, Data Engineer", "data-engineer", None, 1.0),
    ("SDE II", "software-engineer", "mid", 1.0),
    ("SDE2", "software-engineer", "mid", 1.0),
    ("Ｄａｔａ　Ｓｃｉｅｎｔｉｓｔ", "data-scientist", None, 1.0),
    ("data_scientist", "data-scientist", None, 1.0),
    ("DATA  SCIENTIST", "data-scientist", None, 1.0),
    ("Data-Scientist", "data-scientist", None, 1.0),
]

LANGUAGES = [
    ("Leitender Data Scientist", "data-scientist", "staff", 1.0),
    ("Leitende Datenanalystin", "data-analyst", "staff", 1.0),
    ("Softwareentwickler (m/w/d)", "software-developer", None, 1.0),
    ("Softwareentwickler/-in", "software-developer", None, 1.0),
    ("Senior Softwareentwicklerin", "software-developer", "senior", 1.0),
    ("Entwickler*in", "software-developer", None, 1.0),
    ("Dateningenieur", "data-engineer", None, 1.0),
    ("Ingénieur Machine Learning senior", "machine-learning-engineer", "senior", 0.9),
    ("Ingénieure Machine Learning", "machine-learning-engineer", None, 0.9),
    ("Ingénieur(e) Data", "data-engineer", None, 0.9),
    ("Développeur Python confirmé", "python-developer", "mid", 0.9),
    ("Développeuse Full Stack", "full-stack-developer", None, 1.0),
    ("Data Scientist confirmé", "data-scientist", "mid", 1.0),
    ("Analista de Datos", "data-analyst", None, 0.9),
    ("Analista de dados sênior", "data-analyst", "senior", 0.9),
    ("Científica de Datos", "data-scientist", None, 1.0),
    ("Cientista de Dados Pleno", "data-scientist", "mid", 1.0),
    ("Ingeniero de Software Semi Senior", "software-engineer", "mid", 1.0),
    ("Ingeniera de Datos Ssr", "data-engineer", "mid", 0.9),
    ("Desarrollador Backend Junior", "back-end-developer", "entry", 1.0),
    ("Engenheiro de Dados Sênior", "data-engineer", "senior", 0.9),
    ("Arquitecto de software", "software-architect", None, 0.9),
    ("Ohjelmistokehittäjä", "software-developer", None, 1.0),
    ("Vanhempi ohjelmistokehittäjä", "software-developer", "senior", 1.0),
    ("Projektleiter", "project-manager", None, 1.0),
]

WITHOUT_LEVEL = [
    ("Staff Accountant", None, None, 0.0),
    ("Staff Nurse", None, None, 0.0),
    ("Staff Scientist", None, None, 0.0),
    ("Senior Staff Accountant", None, None, 0.0),
    ("Member of Technical Staff", None, None, 0.0),
    ("Senior Member of Technical Staff", None, "senior", 0.0),
    ("Member of Technical Staff (Software Engineer)", "software-engineer", None, 1.0),
    ("MTS 1, Software Engineer", "software-engineer", None, 1.0),
    ("Chief of Staff", None, None, 0.0),
    ("Assistant Principal", None, None, 0.0),
    ("Staff Augmentation Specialist", None, None, 0.0),
    ("Chief of Staff, Data Science", None, None, 0.0),
    ("Principal", None, None, 0.0),
    ("School Principal", None, None, 0.0),
    ("Lead Paint Inspector", None, None, 0.0),
    ("Lead Generation Specialist", None, None, 0.0),
    ("Account Executive", "account-executive", None, 1.0),
    ("Executive Assistant", None, None, 0.0),
    ("Art Director", None, None, 0.0),
    ("Senior Living Advisor", None, None, 0.0),
    ("Junior High School Teacher", None, None, 0.0),
    ("Data Entry Clerk", None, None, 0.0),
    ("Mid-Market Account Executive", None, None, 0.0),
    ("L5", None, None, 0.0),
    ("Head Chef", None, None, 0.0),
]

LEVELS_ONLY = [
    ("Senior Engineer", None, "senior", 0.0),
    ("Lead Engineer", None, "staff", 0.0),
    ("Principal Engineer", None, "principal", 0.0),
    ("Engineer II", None, "mid", 0.0),
    ("Staff Engineer", None, None, 0.0),
    ("Senior Accountant", None, "senior", 0.0),
    ("Junior Accountant", None, "entry", 0.0),
    ("Director", None, "executive", 0.0),
    ("Director of Operations", None, "executive", 0.0),
    ("Vice President of Sales", None, "executive", 0.0),
    ("CEO", None, "executive", 0.0),
]

UNCLEAR = [
    "Data Scientist / Data Analyst",
    "Data Analyst and Data Engineer",
    "Data Scientist or Machine Learning Engineer",
    "Statistician (Data Scientist)",
    "Recruiter - Data Engineer",
    "Data Engineer Recruiter",
    "Data Science Tutor",
    "Executive Assistant to Director of Data Science",
    "Programmer, CNC",
    "Crash Test Engineer",
    "Business Developer",
    "Construction Worker",
    "Engineer",
    "Manager",
    "Analyst",
    "Data",
    "Student",
    "",
    "?",
]

SPECIALIZATIONS = [
    ("Computer Vision Engineer", "computer-vision-engineer", ["computer-vision"]),
    ("Computer Vision Researcher", "computer-vision-researcher", ["computer-vision"]),
    ("NLP Scientist", "nlp-engineer", ["nlp"]),
    ("NLP Engineer", "nlp-engineer", ["nlp"]),
    ("LLM Engineer", "llm-engineer", ["large-language-models"]),
    ("Generative AI Engineer", "llm-engineer", ["generative-ai"]),
    ("Prompt Engineer", "prompt-engineer", []),
    ("Deep Learning Engineer - Recommender Systems", "deep-learning-engineer", ["deep-learning", "recommender-systems"]),
    ("Machine Learning Engineer, Search", "machine-learning-engineer", ["information-retrieval"]),
    ("Machine Learning Engineer, Ads Ranking", "machine-learning-engineer", ["ads-ranking"]),
    ("Machine Learning Engineer - Computer Vision", "computer-vision-engineer", ["computer-vision"]),
    ("Machine Learning Engineer (NLP/LLM)", "machine-learning-engineer", ["nlp", "large-language-models"]),
    ("Data Scientist, Time Series & Forecasting", "data-scientist", ["time-series"]),
    ("Data Scientist (Experimentation)", "data-scientist", ["causal-inference"]),
    ("NLP Data Scientist", "data-scientist", ["nlp"]),
    ("Senior GenAI Data Scientist", "data-scientist", ["generative-ai"]),
    ("MLOps Engineer", "mlops-engineer", ["mlops"]),
    ("ML Platform Engineer", "machine-learning-platform-engineer", ["ml-infrastructure"]),
    ("Reinforcement Learning Engineer", "reinforcement-learning-engineer", ["reinforcement-learning"]),
    ("Machine Learning Engineer, Autonomous Vehicles", "machine-learning-engineer", ["autonomous-vehicles"]),
    ("Research Scientist, AI Safety", "research-scientist", ["ai-safety"]),
    ("Data Scientist - Fraud Detection", "data-scientist", ["anomaly-detection"]),
    ("Software Engineer, Search", "software-engineer", []),
    ("Search Engine Optimization Specialist", None, []),
    ("Wheel Alignment Technician", None, []),
    ("Audio Visual Technician", None, []),
    ("Data Scientist, Knowledge Graphs", "data-scientist", ["graph-ml"]),
]

INTERNSHIPS = [
    ("Machine Learning Intern", "machine-learning", True),
    ("Data Science Intern", "data-science", True),
    ("Data Scientist Intern", "data-scientist", True),
    ("Software Engineering Internship", "software-engineering", True),
    ("Summer 2025 Machine Learning Intern", "machine-learning", True),
    ("Intern, Data Engineering", "data-engineering", True),
    ("Senior Data Science Intern", "data-science", True),
    ("Werkstudent Data Science (m/w/d)", "data-science", True),
    ("Werkstudentin Machine Learning", "machine-learning", True),
    ("Working Student Data Science", "data-science", True),
    ("Praktikum Machine Learning", "machine-learning", True),
    ("Praktikant Data Engineering (w/m/d)", "data-engineering", True),
    ("Stage Data Science", "data-science", True),
    ("Stage - Data Scientist", "data-scientist", True),
    ("Stagiaire Data Analyst", "data-analyst", True),
    ("Alternance Data Engineer", "data-engineer", True),
    ("Data Scientist en alternance", "data-scientist", True),
    ("Apprentice Data Engineer", "data-engineer", True),
    ("Software Engineer Co-op", "software-engineer", True),
    ("Becario Data Analyst", "data-analyst", True),
    ("Computer Vision Intern", None, True),
    ("Internship Program Manager", None, False),
    ("Stage Manager", None, False),
    ("Early Stage Investor", None, False),
]


def specializations_of(reading: TitleReading) -> list[str]:
    return [value.code for value in reading.specializations]


@pytest.mark.parametrize(("title", "level"), ONE_ROLE)
def test_levels_of_one_role(title: str, level: str | None) -> None:
    found = read(title)
    assert (role_of(found), level_of(found)) == ("machine-learning-engineer", level)


@pytest.mark.parametrize(
    ("title", "role", "level", "certainty"),
    [*LEADS, *LEADERS, *SURROUNDED, *LANGUAGES, *WITHOUT_LEVEL, *LEVELS_ONLY],
)
def test_roles_and_levels(title: str, role: str | None, level: str | None, certainty: float) -> None:
    found = read(title)
    assert (role_of(found), level_of(found), found.certainty) == (role, level, certainty)
    assert not found.internship


@pytest.mark.parametrize("title", UNCLEAR)
def test_an_ambiguous_or_unknown_title_has_no_role(title: str) -> None:
    found = read(title)
    assert (found.role, found.certainty, found.left_out) == (None, 0.0, "")


@pytest.mark.parametrize(("title", "role", "specializations"), SPECIALIZATIONS)
def test_specializations(title: str, role: str | None, specializations: list[str]) -> None:
    found = read(title)
    assert (role_of(found), specializations_of(found)) == (role, specializations)


@pytest.mark.parametrize(("title", "role", "internship"), INTERNSHIPS)
def test_internships_have_no_level(title: str, role: str | None, internship: bool) -> None:
    found = read(title)
    assert (role_of(found), found.level, found.internship) == (role, None, internship)


def test_words_left_out() -> None:
    assert read("Senior Data Scientist, Payments - Remote").left_out == "payment"
    assert read("Data Scientist (NLP)").left_out == ""


def test_a_role_known_from_elsewhere_makes_levels_certain() -> None:
    engineer = read("Software Engineer").role
    assert level_of(read("Staff Widget Wrangler")) is None
    known = reader().with_known_role(read("Staff Widget Wrangler"), engineer)
    assert (known.role, level_of(known)) == (None, "staff")
    assert reader().with_known_role(read("Data Scientist II"), engineer) == read("Data Scientist II")


def test_a_text_that_is_too_long_is_no_title() -> None:
    assert role_of(read("Data Scientist".ljust(MAX_CHARACTERS))) == "data-scientist"
    assert read("Data Scientist".ljust(MAX_CHARACTERS + 1)) == TitleReading()


def test_titles_reviewed_as_naming_no_role_have_none() -> None:
    assert [title for title in unmapped_titles() if read(title).role] == []


TITLES = [
    row[0] for table in (ONE_ROLE, LEADS, LEADERS, SURROUNDED, LANGUAGES, WITHOUT_LEVEL, SPECIALIZATIONS) for row in table
]


@given(
    st.sampled_from(TITLES),
    st.sampled_from([str.upper, str.lower, str.title, str.casefold]),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.sampled_from([" ", "  ", " \t", "\u00a0", "\u3000"]),
)
def test_case_unicode_form_and_spacing_do_not_matter(title: str, case: object, form: str, blank: str) -> None:
    assert callable(case)
    written = f"{blank}{unicodedata.normalize(form, case(title)).replace(' ', blank)}{blank}"
    assert read(written) == read(title)


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from([*TITLES, "/", "-", "II", "Senior", "Intern", "or"]), max_size=4).map(" ".join)
)
def test_any_text_is_read(text: str) -> None:
    found = read(text)
    assert found.certainty in (0.0, 0.7, 0.9, 1.0)
    assert (found.certainty == 0.0) == (found.role is None)
    assert not (found.internship and found.level)
