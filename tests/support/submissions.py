"""Pay submitted to a service over HTTP, as a program does it: with a proof of work, for a receipt."""

import json
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import altcha

SUBMIT = "mutation ($input: SalarySubmissionInput!) { submitSalary(input: $input) { receipt userErrors { message } } }"

NEVER_GIVEN = '{ submission(receipt: "YKSH-XWHP-MGO3-CP3U-KNEP-OIIH-Y6DT-5GLB") { status } }'
"""Asks by a receipt that was never given, for which the database has to be asked."""


def usual(**other: Any) -> dict[str, Any]:
    """What somebody tells of their pay, with some answers in place of others; each time under another key."""
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
    """Tell a German engineer's pay, with some answers in place of others, and return the receipt."""
    with urlopen(f"{site}/challenge") as answer:
        challenge = altcha.Challenge.from_dict(json.load(answer))
    proof = altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()
    pay = {"currency": "EUR", "baseSalary": 95_000, "bonus": 5_000, "equity": 0, "effective": "2026-03"}
    told = usual(proof=proof, workMode="HYBRID", country="de", **pay) | answers
    body = json.dumps({"query": SUBMIT, "variables": {"input": told}}).encode()
    with urlopen(Request(f"{site}/graphql", body, {"Content-Type": "application/json"})) as answer:
        outcome = json.load(answer)["data"]["submitSalary"]
    assert outcome["receipt"], outcome
    return str(outcome["receipt"])
