"""Offers as the page's address tells them, and what the service says of them."""

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
    """The link to some offers."""
    told = {
        name + (f".{number}" if number > 1 else ""): text
        for number, one in enumerate(offers, 1)
        for name, text in one.items()
    }
    return f"/offer?{urlencode(told)}"


def input_of(offer: dict[str, str]) -> dict[str, Any]:
    """An offer of an address as the service takes it."""
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


def asked(page: Page, query: str, **variables: Any) -> dict[str, Any]:
    """What the service says to a query, asked beside the page."""
    answer = page.request.post("/graphql", data={"query": query, "variables": variables})
    body: dict[str, Any] = answer.json()
    return body


def benchmarked(page: Page, offer: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = asked(page, BENCHMARK, offer=input_of(offer))["data"]["benchmarkOffer"]
    return found


def result(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def money(amount: float, sign: str = "$") -> str:
    return f"{sign}{amount:,.0f}"
