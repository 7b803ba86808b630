"""Parsed submissions written by hand: by default those of a senior engineer in San Francisco."""

from typing import Any

from service.intake.validation import ParsedSubmission
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.units import parse_month

ONE = {
    "role": "machine-learning-engineer",
    "level": "senior",
    "employment_type": "full-time",
    "work_mode": "hybrid",
    "country": "us",
    "metro": "san-francisco",
}


def parsed(one: dict[str, str] | None = None, many: dict[str, list[str]] | None = None, **more: Any) -> ParsedSubmission:
    """`one` overrides the codes of ONE, and an empty code removes one; other fields by their names."""
    codes = {Factor(factor): code for factor, code in {**ONE, **(one or {})}.items() if code}
    lists = {Factor(factor): listed for factor, listed in (many or {}).items()}
    scores = {Measure(measure): score for measure, score in more.pop("scores", {}).items()}
    fields = {"experience": 6, "effective": parse_month("2026-03"), "currency": "USD", "base_salary": 180_000.0, **more}
    return ParsedSubmission(codes, lists, scores=scores, **fields)
