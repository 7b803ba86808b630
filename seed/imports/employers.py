"""Employers: one value for the many spellings of a name, with a label that people can read."""

import re
from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import Term

_FORMS = (
    *(
        "llc",
        "l l c",
        "lc",
        "l c",
        "llp",
        "l l p",
        "lp",
        "l p",
        "plc",
        "pllc",
        "p l l c",
        "pc",
        "p c",
        "pa",
        "p a",
        "pbc",
        "na",
        "n a",
    ),
    *("inc", "incorporated", "corp", "corporation", "co", "company", "ltd", "limited", "pvt", "dba"),
    *("gmbh", "ag", "sa", "s a", "bv", "b v", "nv", "n v"),
)
_SUFFIX = re.compile(rf"(?<=.) (?:{'|'.join(_FORMS)})$")
_WRITTEN = "|".join(r"\.?".join(form.split()) if " " in form else form for form in _FORMS)
_SUFFIX_AS_WRITTEN = re.compile(rf"[\s,]+(?:{_WRITTEN})\.?[\s,]*$", re.IGNORECASE)


def slug(name: str) -> str:
    """The code of an employer: its name without case, punctuation and legal form.

    >>> slug("Amazon.com Services LLC"), slug("AMAZON.COM  SERVICES, L.L.C."), slug("Ernst & Young U.S. LLP")
    ('amazon-com-services', 'amazon-com-services', 'ernst-and-young-us')
    """
    plain = name.casefold().replace("&", " and ").replace("'", "").replace("’", "").replace("u.s.", "us")
    words = " ".join(re.findall(r"[^\W_]+", plain))
    while (shorter := _SUFFIX.sub("", words)) != words:
        words = shorter
    return re.sub(r"[^a-z0-9]+", "-", words.encode("ascii", "ignore").decode()).strip("-")[:80]


def readable(name: str) -> str:
    """A name without its legal form, and not all in capitals.

    >>> readable("COGNIZANT TECHNOLOGY SOLUTIONS US CORP"), readable("ValueMomentum, Inc."), readable("IBM Corporation")
    ('Cognizant Technology Solutions US', 'ValueMomentum', 'IBM')
    """
    plain = " ".join(name.split())
    while (shorter := _SUFFIX_AS_WRITTEN.sub("", plain)) != plain:
        plain = shorter
    plain = plain.strip(" ,")
    if plain.isupper() and len(plain) > 5:
        plain = " ".join(_capitalised(word) for word in plain.split())
    return plain


def _capitalised(word: str) -> str:
    if word in ("AND", "OF", "THE", "FOR", "IN"):
        return word.lower()
    return word if len(word) < 4 and word != "NEW" else word.capitalize()


class Employers:
    """The employers of a file, numbered from 1 as they appear; the label is the commonest of the spellings."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: dict[str, Counter[str]] = defaultdict(Counter)

    def number(self, name: str) -> int | None:
        """The number of a name's employer; None for a name without a letter or digit."""
        code = slug(name)
        if not code:
            return None
        self._names[code][readable(name)] += 1
        return self._numbers.setdefault(code, len(self._numbers) + 1)

    def terms(self, rows: NDArray[np.int64], least: int, taxonomy: Taxonomy) -> list[Term]:
        """New values for the employers with so many records; `rows` holds the employer's number of every record."""
        counts = np.bincount(rows, minlength=len(self._numbers) + 1)
        wanted = [code for code, number in self._numbers.items() if counts[number] >= least]
        return [
            Term(Factor.EMPLOYER, code, self._label(code)) for code in wanted if not taxonomy.known(Factor.EMPLOYER, code)
        ]

    def ids(self, rows: NDArray[np.int64], least: int, taxonomy: Taxonomy) -> NDArray[np.int64]:
        """The number in the taxonomy by the number here; 0 for employers with fewer records."""
        counts = np.bincount(rows, minlength=len(self._numbers) + 1)
        found = np.zeros(len(counts), np.int64)
        for code, number in self._numbers.items():
            if counts[number] >= least:
                found[number] = taxonomy.find(Factor.EMPLOYER, code).id
        return found

    def _label(self, code: str) -> str:
        names = self._names[code]
        return min(names, key=lambda name: (-names[name], name.isupper(), name))
