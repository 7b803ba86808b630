"""Employers' names: one code for the many spellings of a name, and a label that people can read."""

import re

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


_FORMULA = "=+-@ ,"
"""Signs that one begins with; they are no part of the code either."""


def readable(name: str) -> str:
    """A name without its legal form, not all in capitals, and no formula to a spreadsheet that it gets into.

    >>> readable("COGNIZANT TECHNOLOGY SOLUTIONS US CORP"), readable("ValueMomentum, Inc."), readable("IBM Corporation")
    ('Cognizant Technology Solutions US', 'ValueMomentum', 'IBM')
    """
    plain = " ".join(name.split())
    while (shorter := _SUFFIX_AS_WRITTEN.sub("", plain)) != plain:
        plain = shorter
    plain = plain.rstrip(" ,").lstrip(_FORMULA)
    if plain.isupper() and len(plain) > 5:
        plain = " ".join(_capitalised(word) for word in plain.split())
    return plain


def _capitalised(word: str) -> str:
    if word in ("AND", "OF", "THE", "FOR", "IN"):
        return word.lower()
    return word if len(word) < 4 and word != "NEW" else word.capitalize()
