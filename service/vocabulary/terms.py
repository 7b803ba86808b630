"""Terms: the values of factors, as reference data declares them and as the database numbers them; names of employers."""

import re
from dataclasses import dataclass

from service.vocabulary.factors import Factor


@dataclass(frozen=True, slots=True)
class Term:
    """A value of a factor as reference data declares it, before the database assigns its id.

    `parent` is the value that contains this one, of the same or of a wider factor (a metro area lies in a subdivision or a
    country, a subdivision in a country, a quarter in a year). `aliases` are other spellings.
    """

    factor: Factor
    code: str
    label: str
    parent: tuple[Factor, str] | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FactorValue:
    """A term with the id that records store; `parent` is the id of the value that contains it."""

    id: int
    factor: Factor
    code: str
    label: str
    parent: int | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where records come from; `code` is also the source's value of Factor.SOURCE, `kind` one of SOURCE_KINDS."""

    code: str
    label: str
    kind: str
    licence: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class FxRate:
    """US dollars per unit of a currency, mean of a calendar year."""

    currency: str
    year: int
    usd: float


@dataclass(frozen=True, slots=True)
class PriceLevel:
    """Cost of living in a place and year, United States = 100. Not the cost of labour."""

    place: tuple[Factor, str]
    year: int
    level: float


# Employers

_LEGAL_FORMS = re.split(
    ", *",
    "llc, l l c, lc, l c, llp, l l p, lp, l p, plc, pllc, p l l c, pc, p c, pa, p a, pbc, na, n a, "
    "inc, incorporated, corp, corporation, co, company, ltd, limited, pvt, dba, gmbh, ag, sa, s a, bv, b v, nv, n v",
)
_SUFFIX = re.compile(rf"(?<=.) (?:{'|'.join(_LEGAL_FORMS)})$")
_WRITTEN = "|".join(r"\.?".join(form.split()) if " " in form else form for form in _LEGAL_FORMS)
_SUFFIX_AS_WRITTEN = re.compile(rf"[\s,]+(?:{_WRITTEN})\.?[\s,]*$", re.IGNORECASE)


def employer_slug(name: str) -> str:
    """The code of an employer: its name without case, punctuation or legal form.

    >>> employer_slug("Amazon.com Services LLC"), employer_slug("AMAZON.COM  SERVICES, L.L.C.")
    ('amazon-com-services', 'amazon-com-services')
    >>> employer_slug("Ernst & Young U.S. LLP")
    'ernst-and-young-us'
    """
    plain = name.casefold().replace("&", " and ").replace("'", "").replace("’", "").replace("u.s.", "us")
    words = " ".join(re.findall(r"[^\W_]+", plain))
    while (shorter := _SUFFIX.sub("", words)) != words:
        words = shorter
    return re.sub(r"[^a-z0-9]+", "-", words.encode("ascii", "ignore").decode()).strip("-")[:80]


_FORMULA_PREFIXES = "=+-@ ,"
"""Characters that start a spreadsheet formula; codes do not contain them either."""


def employer_label(name: str) -> str:
    """The label of an employer: its name without legal form, not all in capitals, and not a formula in a spreadsheet.

    >>> employer_label("COGNIZANT TECHNOLOGY SOLUTIONS US CORP")
    'Cognizant Technology Solutions US'
    >>> employer_label("ValueMomentum, Inc."), employer_label("IBM Corporation")
    ('ValueMomentum', 'IBM')
    """
    plain = " ".join(name.split())
    while (shorter := _SUFFIX_AS_WRITTEN.sub("", plain)) != plain:
        plain = shorter
    plain = plain.rstrip(" ,").lstrip(_FORMULA_PREFIXES)
    if plain.isupper() and len(plain) > 5:
        plain = " ".join(_capitalised(word) for word in plain.split())
    return plain


def _capitalised(word: str) -> str:
    if word in ("AND", "OF", "THE", "FOR", "IN"):
        return word.lower()
    return word if len(word) < 4 and word != "NEW" else word.capitalize()
