"""Validation of submissions: every problem at once with its field, and the answers that are stored."""

import re
import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.parsed_submissions import parsed
from support.sample_tables import numbered_reference

from service.errors import ProblemCode
from service.intake.validation import Problem, validate, validate_key
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.units import parse_month

REFERENCE = numbered_reference(1)
TODAY = date(2026, 11, 20)


def problems(*arguments: Any, **more: Any) -> list[tuple[str, str]]:
    """The fields and codes of the problems."""
    found = validate(parsed(*arguments, **more), REFERENCE, TODAY)
    assert isinstance(found, list)
    assert all(problem.message.endswith((".", "?")) and "Error" not in problem.message for problem in found)
    return [(".".join(problem.field), problem.code.name) for problem in found]


def answers(*arguments: Any, **more: Any) -> SubmissionAnswers:
    found = validate(parsed(*arguments, **more), REFERENCE, TODAY)
    assert isinstance(found, SubmissionAnswers), found
    return found


def test_valid_answers_are_stored_as_reported() -> None:
    found = answers(
        {"education": "master"},
        {"skill": ["python", "pytorch", "python"], "benefit": []},
        bonus=20_000.4,
        equity=0.0,
        employer="  Acme   Corp ",
        initial_offer=150_000.0,
        competing_offers=2,
        scores={"job_satisfaction": 4},
    )
    assert found.one[Factor.METRO] == "san-francisco"
    assert (found.one[Factor.SUBDIVISION], found.one[Factor.COUNTRY]) == ("us-ca", "us")
    assert (found.one[Factor.EXPERIENCE], found.one[Factor.COMPETING_OFFERS]) == ("6", "2")
    assert found.many == {Factor.SKILL: ("python", "pytorch")}
    assert (found.base, found.bonus, found.equity, found.total) == (180_000, 20_000, 0, 200_000)
    assert (found.employer, found.initial_offer, found.scores) == ("Acme Corp", 150_000, {Measure.JOB_SATISFACTION: 4})
    assert SubmissionAnswers.from_json(found.to_json()) == found


def test_all_problems_are_reported_at_once() -> None:
    found = problems(
        {"role": "machine-lerning-engineer", "country": "atlantis", "metro": ""},
        {"skill": ["python", "pyhton"], "certification": ["no-such-thing"]},
        experience=-1,
        effective=parse_month("2027-01"),
        currency="XYZ",
        base_salary=-5.0,
        bonus=-1.0,
        equity=1e18,
        employer="--",
        initial_offer=0.0,
        competing_offers=21,
        scores={"career_growth": 6},
    )
    assert sorted(found) == [
        ("base_salary", "OUT_OF_RANGE"),
        ("bonus", "OUT_OF_RANGE"),
        ("career_growth", "OUT_OF_RANGE"),
        ("certifications.0", "UNKNOWN_CODE"),
        ("competing_offers", "OUT_OF_RANGE"),
        ("country", "UNKNOWN_CODE"),
        ("currency", "UNKNOWN_CODE"),
        ("effective", "OUT_OF_RANGE"),
        ("employer", "INVALID"),
        ("equity", "OUT_OF_RANGE"),
        ("experience", "OUT_OF_RANGE"),
        ("initial_offer", "OUT_OF_RANGE"),
        ("role", "UNKNOWN_CODE"),
        ("skills.1", "UNKNOWN_CODE"),
    ]


def test_an_unknown_code_suggests_the_nearest() -> None:
    found = validate(parsed({"role": "machine-lerning-engineer"}), REFERENCE, TODAY)
    assert isinstance(found, list)
    assert "Did you mean machine-learning-engineer" in found[0].message


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ({"country": "de"}, "contradict"),
        ({"subdivision": "us-ny"}, "contradict"),
        ({"metro": "", "country": "de", "subdivision": "us-ny"}, "contradict"),
        ({"metro": "", "country": "europe"}, "is a continent"),
        ({"country": "north-america"}, "is a continent"),
    ],
    ids=["metro elsewhere", "state elsewhere", "state abroad", "a continent", "a continent around a metro"],
)
def test_contradictory_places(places: dict[str, str], words: str) -> None:
    found = validate(parsed(places), REFERENCE, TODAY)
    assert isinstance(found, list)
    assert [problem.code for problem in found] == [ProblemCode.INVALID]
    assert words in found[0].message


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), -float("inf"), 0.0, 0.4, -1.0, 1e9, 1e300])
def test_a_base_salary_out_of_range(amount: float) -> None:
    assert problems(base_salary=amount) == [("base_salary", "OUT_OF_RANGE")]


def test_pay_worth_less_than_a_dollar_is_out_of_range() -> None:
    """40 Indonesian rupiah a year would be stored as 0 US dollars, which no record may have."""
    assert problems({"country": "id", "metro": ""}, currency="IDR", base_salary=40.0) == [("base_salary", "OUT_OF_RANGE")]


@pytest.mark.parametrize("name", ["", " ", "a" * 121, "a\x00b", "a\ud800", "line\rbreak", "\u202eevil", "?!"])
def test_an_invalid_employer_name(name: str) -> None:
    assert problems(employer=name) == [("employer", "INVALID")]


@pytest.mark.parametrize("name", ["Ärzte & Söhne GmbH", "字节跳动", "3M", "A"])
def test_employer_names_in_any_script(name: str) -> None:
    assert answers(employer=name).employer == name


def test_pay_may_be_of_the_current_month_or_the_twelve_before() -> None:
    assert answers(effective=parse_month("2026-11")).effective == parse_month("2026-11")
    assert answers(effective=parse_month("2025-11")).effective == parse_month("2025-11")
    for month in ("2026-12", "2025-10"):
        assert problems(effective=parse_month(month)) == [("effective", "OUT_OF_RANGE")]


def test_a_list_that_is_too_long_is_rejected_before_any_lookup() -> None:
    assert problems({}, {"skill": ["x"] * 51}) == [("skills", "OUT_OF_RANGE")]


def test_keys_that_could_be_guessed_or_not_printed_are_refused_with_how_to_make_one() -> None:
    key = "Xb2m0c_R9qTz-1LkVwEy7A"
    found = [validate_key(bad) for bad in ("", "short", key[:21], "x" * 201, f"{key}\x00", f"{key}\ud800")]
    assert {(one.code, one.field) for problems in found for one in problems} == {(ProblemCode.INVALID, ("idempotency_key",))}
    [message] = {one.message for problems in found for one in problems}
    assert "22 to 200 characters" in message
    assert "crypto.randomUUID()" in message
    [command] = re.findall('`python3 -c "(.*?)"`', message)
    made = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout.strip()
    assert validate_key(made) == validate_key(key) == []


VALID = {"role": "data-scientist", "country": "us", "metro": "san-francisco", "industry": "software", "education": "master"}


def valid_or(valid: Any, anything: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(valid), st.just(valid), anything)


@given(
    one=st.fixed_dictionaries({}, optional={name: valid_or(code, st.text(max_size=30)) for name, code in VALID.items()}),
    many=st.dictionaries(st.sampled_from(["skill"]), valid_or(["python"], st.lists(st.text(max_size=10), max_size=60))),
    experience=valid_or(5, st.integers()),
    currency=valid_or("USD", st.text(max_size=5)),
    employer=valid_or(None, st.text()),
    base_salary=valid_or(100_000.0, st.floats()),
    bonus=valid_or(None, st.floats()),
    initial_offer=valid_or(None, st.floats()),
    competing_offers=valid_or(None, st.integers()),
)
def test_any_input_gives_answers_or_problems(**fields: Any) -> None:
    """For any input that GraphQL's types allow; some of it is valid as a whole."""
    found = validate(parsed(fields.pop("one"), fields.pop("many"), **fields), REFERENCE, TODAY)
    if isinstance(found, SubmissionAnswers):
        assert SubmissionAnswers.from_json(found.to_json()) == found
    else:
        assert found
        assert all(isinstance(problem, Problem) and len(problem.message) < 1_000 for problem in found)
