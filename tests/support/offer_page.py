"""Offers in the fragment of the page's URL, and the API's results for them."""

from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page

BAY = {"label": "Bay", "currency": "USD", "base": "190000", "bonus": "20000", "grant": "160k", "vesting": "4"} | {
    "role": "machine-learning-engineer",
    "level": "senior",
    "country": "us",
    "metro": "san-francisco",
}
BERLIN = {"label": "Berlin", "currency": "EUR", "base": "95000", "role": "machine-learning-engineer", "country": "de"}
BENCHMARK = """query ($offer: OfferInput!) { benchmarkOffer(offer: $offer) {
  annualized compaRatio measure
  rank { rank interval { low high } count }
  cohort { distribution { bins { low high count } } }
  relaxations { cohort { label size } }
  components { measure amount rank { rank count } }
  negotiation { target stretch reasons }
} }"""
COMPARE = """query ($offers: [OfferInput!]!) { compareOffers(offers: $offers) {
  best offers { realValue difference equivalentAnnualized priceLevel { level year } }
} }"""


def address(*offers: dict[str, str]) -> str:
    """The URL of some offers."""
    parameters = {
        name + (f".{number}" if number > 1 else ""): text
        for number, one in enumerate(offers, 1)
        for name, text in one.items()
    }
    return f"/offer#{urlencode(parameters)}"


def input_of(offer: dict[str, str]) -> dict[str, Any]:
    """The API input of an offer in the URL."""
    profile = {
        "role": offer["role"],
        "country": offer["country"],
        "metro": offer.get("metro"),
        "employmentType": offer.get("employmentType"),
    }
    return {
        "label": offer["label"],
        "profile": profile | ({"level": offer["level"].upper()} if "level" in offer else {}),
        "currency": offer["currency"],
        "baseSalary": float(offer["base"]),
        "targetBonus": float(offer.get("bonus", 0)),
        "equityGrant": float(offer.get("grant", "0").replace("k", "000")),
    }


def query_api(page: Page, query: str, **variables: Any) -> dict[str, Any]:
    """The response of the API, without the page."""
    answer = page.request.post("/graphql", data={"query": query, "variables": variables})
    body: dict[str, Any] = answer.json()
    return body


def benchmark_of(page: Page, offer: dict[str, str]) -> dict[str, Any]:
    benchmark: dict[str, Any] = query_api(page, BENCHMARK, offer=input_of(offer))["data"]["benchmarkOffer"]
    return benchmark


def result(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def money(amount: float, sign: str = "$") -> str:
    return f"{sign}{amount:,.0f}"
