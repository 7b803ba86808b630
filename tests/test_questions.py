"""The questions of the README: each has an answer on the sample, and a reason where there is none."""

from pathlib import Path

import pytest

from bench.questions import (
    BEGIN,
    END,
    NAMED,
    PAGE,
    README,
    Answer,
    Answered,
    answers,
    client_of,
    over_extracts,
    questions,
    render,
    with_table,
)
from bench.validation.files import Files
from seed.sample import load_sample

QUESTIONS = questions(README.read_text(encoding="utf-8"))


@pytest.fixture
def unanswered(url_of_seven: str) -> list[Answer]:
    """By seven records with base salaries alone."""
    with client_of(url_of_seven) as http:
        return answers(http)


def test_the_table_has_questions_and_the_values_they_name() -> None:
    assert len(QUESTIONS) >= 22
    assert {*NAMED} <= {*QUESTIONS}
    of_records = [query for query in QUESTIONS.values() if "Offer" not in query and "officialWages" not in query]
    assert [query for query in of_records if " reason " not in query and " unavailable" not in query] == []


def test_every_question_without_an_answer_has_a_reason(unanswered: list[Answer]) -> None:
    by_question = {one.question: one for one in unanswered}
    assert [one.question for one in unanswered] == [*QUESTIONS]
    assert [one.question for one in unanswered if one.answered is not Answered.FULLY and not one.reasons] == []
    certifications = by_question["Do cloud certifications pay?"]
    assert certifications.answered is Answered.NOT
    [certification] = certifications.reasons
    assert certification.startswith("No loaded source reports certification, and no other data set of the catalogue does:")
    [education] = by_question["Does a master's degree or a doctorate pay?"].reasons
    assert education == "No loaded source reports education; `payrank data load dataprofessionals` loads one that does."


def test_question_is_answered_in_part_if_a_part_has_no_figures(unanswered: list[Answer]) -> None:
    """Base salaries are reported, neither bonus nor equity."""
    [found] = [one for one in unanswered if one.question == "What do bonus and equity add?"]
    assert (found.answered, found.sources) == (Answered.PARTLY, ("lca",))
    assert [reason.partition(";")[0] for reason in found.reasons] == [
        "No loaded source reports bonus",
        "No loaded source reports equity",
    ]


def test_the_table_names_sources_and_reasons() -> None:
    first = Answer("Why?", Answered.PARTLY, ("a",), ("Too few.", "Load more."))
    last = Answer("Why?", Answered.FULLY, ("d", "c", "b", "a"), ())
    assert render({"first": [first], "last": [last]}) == (
        "- first: 1 question, 0 answered, 1 answered in part, 0 not answered.\n"
        "- last: 1 question, 1 answered, 0 answered in part, 0 not answered.\n\n"
        "| question | first | last | answered by | why not (first) |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| Why? | partly | yes | d, c, b and 1 more | Too few. Load more. |\n"
    )
    page = f"Above\n{BEGIN}old\n{END}below\n"
    assert with_table(page, "new\n") == f"Above\n{BEGIN}\nnew\n\n{END}below\n"


@pytest.mark.slow
def test_the_sample_answers_every_question(database_url: str) -> None:
    load_sample(database_url, 20_000, 1, lambda _: None)
    with client_of(database_url) as http:
        found = answers(http)
    assert [one for one in found if one.answered is not Answered.FULLY] == []


@pytest.mark.slow
@pytest.mark.real_data
def test_the_page_shows_what_the_extracts_answer(database_url: str, data_files: Path) -> None:
    """If this fails, the answers have changed: run `python -m bench.questions --write`."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_table(page, render(over_extracts(database_url, Files(data_files))))
