"""Submissions over HTTP, as a program makes them: with a proof of work, for a receipt."""

import json
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import altcha

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
        "effective": "2026-01",
        **other,
    }


def submit(site: str, **answers: Any) -> str:
    """Submit a German engineer's pay, with some answers replaced; returns the receipt."""
    with urlopen(f"{site}/challenge", timeout=30) as answer:
        challenge = altcha.Challenge.from_dict(json.load(answer))
    proof = altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()
    pay = {"currency": "EUR", "baseSalary": 95_000, "bonus": 5_000, "equity": 0, "effective": "2026-03"}
    content = submission_input(proof=proof, workMode="HYBRID", country="de", **pay) | answers
    body = json.dumps({"query": SUBMIT, "variables": {"input": content}}).encode()
    with urlopen(Request(f"{site}/graphql", body, {"Content-Type": "application/json"}), timeout=30) as answer:
        outcome = json.load(answer)["data"]["submitSalary"]
    assert outcome["receipt"], outcome
    return str(outcome["receipt"])
