"""Scalars of the API, and how they are parsed and serialized."""

import re
from datetime import UTC, datetime
from typing import Any, NewType
from unicodedata import normalize

import strawberry
from strawberry.types.scalar import ScalarDefinition

from service.errors import InputError
from service.vocabulary.units import month_text, parse_month

Currency = NewType("Currency", str)
Month = NewType("Month", int)
Code = NewType("Code", str)
USD = Currency("USD")


def _text(value: Any, kind: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"A {kind} must be a string.")
    return value


def _currency(value: Any) -> str:
    text = _text(value, "currency")
    if not re.fullmatch("[A-Z]{3}", text):
        raise InputError(f"{text[:20]!r} is not a currency. Use an ISO 4217 code in upper case, such as USD.")
    return text


def _code(value: Any) -> str:
    text = _text(value, "code")
    if not 0 < len(text) <= 100 or not text.isprintable():
        raise InputError("A code must have 1 to 100 letters, digits and hyphens, such as machine-learning-engineer.")
    return normalize("NFC", text)


def _month(value: Any) -> int:
    return parse_month(_text(value, "month"))


def _time(value: Any) -> datetime:
    try:
        return datetime.fromisoformat(_text(value, "DateTime")).astimezone(UTC)
    except ValueError as error:
        raise InputError("A DateTime must be an ISO 8601 time, such as 2026-11-23T09:00:00Z.") from error


SCALARS: dict[object, ScalarDefinition] = {
    Currency: strawberry.scalar(
        name="Currency",
        description="Currency code (ISO 4217) in upper case: USD.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        serialize=str,
        parse_value=_currency,
    ),
    Month: strawberry.scalar(
        name="Month",
        description="Calendar month (ISO 8601): 2026-11.",
        specified_by_url="https://html.spec.whatwg.org/multipage/common-microsyntaxes.html#months",
        serialize=month_text,
        parse_value=_month,
    ),
    Code: strawberry.scalar(
        name="Code",
        description="Code of a factor value in lower case: machine-learning-engineer, us-ca, san-francisco, python; "
        "the code of an employer has the letters of its name, in any script. Text in the normalization form NFC of Unicode.",
        specified_by_url="https://www.unicode.org/reports/tr15/",
        serialize=str,
        parse_value=_code,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="Time in UTC (ISO 8601): 2026-11-23T09:00:00Z.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=lambda time: time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        parse_value=_time,
    ),
}
