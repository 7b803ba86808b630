"""Pay submitted to a service over HTTP, as a program does it: with a proof of work, for a receipt."""

import json
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import altcha

SUBMIT = "mutation ($input: SalarySubmissionInput!) { submitSalary(input: $input) { receipt userErrors { message } } }"


def submit(site: str, **answers: Any) -> str:
    """Tell a German engineer's pay, with some answers in place of others, and return the receipt."""
    with urlopen(f"{site}/challenge") as answer:
        challenge = altcha.Challenge.from_dict(json.load(answer))
    told = {
        "idempotencyKey": str(uuid4()),
        "proof": altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64(),
        "role": "machine-learning-engineer",
        "level": "SENIOR",
        "experience": 6,
        "workMode": "HYBRID",
        "country": "de",
        "currency": "EUR",
        "baseSalary": 95_000,
        "bonus": 5_000,
        "equity": 0,
        "effective": "2026-03",
        **answers,
    }
    body = json.dumps({"query": SUBMIT, "variables": {"input": told}}).encode()
    with urlopen(Request(f"{site}/graphql", body, {"Content-Type": "application/json"})) as answer:
        outcome = json.load(answer)["data"]["submitSalary"]
    assert outcome["receipt"], outcome
    return str(outcome["receipt"])
