"""Submissions over HTTP, as a program makes them: with a proof of work, for a receipt."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import altcha

_NOW = datetime.now(UTC)
THIS_MONTH, LAST_MONTH = f"{_NOW:%Y-%m}", f"{_NOW.replace(day=1) - timedelta(days=1):%Y-%m}"
"""Pay of more than a year ago is refused."""
SUBMIT = "mutation ($input: SalarySubmissionInput!) { submitSalary(input: $input) { receipt userErrors { message } } }"

UNKNOWN_RECEIPT = '{ submission(receipt: "YKSH-XWHP-MGO3-CP3U-KNEP-OIIH-Y6DT-5GLB") { status } }'
"""A query for a receipt that does not exist, which has to reach the database."""


def submission_input(**other: Any) -> dict[str, Any]:
    """The input of a submission with default answers, some replaced, under a new key each time."""
    return {
        "idempotencyKey": str(uuid4()),
        "proof": "",
        "role": "machine-learning-engineer",
        "level": "SENIOR",
        "experience": 6,
        "workMode": "REMOTE",
        "country": "us",
        "currency": "USD",
        "baseSalary": 170_000,
        "effective": THIS_MONTH,
        **other,
    }


def solved(challenge: dict[str, Any]) -> str:
    """The proof of work for a challenge of the service, as a client sends it."""
    unsolved = altcha.Challenge.from_dict(challenge)
    return str(altcha.Payload(unsolved, altcha.solve_challenge(unsolved)).to_base64())


def submit(site: str, **answers: Any) -> str:
    """Submit a German engineer's pay, with some answers replaced; returns the receipt."""
    with urlopen(f"{site}/challenge", timeout=30) as answer:
        proof = solved(json.load(answer))
    pay = {"currency": "EUR", "baseSalary": 95_000, "bonus": 5_000, "equity": 0, "effective": THIS_MONTH}
    content = submission_input(proof=proof, workMode="HYBRID", country="de", **pay) | answers
    body = json.dumps({"query": SUBMIT, "variables": {"input": content}}).encode()
    with urlopen(Request(f"{site}/graphql", body, {"Content-Type": "application/json"}), timeout=30) as answer:
        outcome = json.load(answer)["data"]["submitSalary"]
    assert outcome["receipt"], outcome
    return str(outcome["receipt"])
