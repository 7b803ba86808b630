"""Citations of figures: as text, and as an entry of BibTeX."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from service.store.database import Edition
from service.vocabulary.terms import Source

_ESCAPED = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "{}#$%&_"},
}


@dataclass(frozen=True, slots=True)
class Citation:
    """What is cited, and where: a subject such as "Pay of Data Scientists", its edition and sources, and its address."""

    subject: str
    edition: Edition
    sources: Sequence[Source]
    url: str

    @property
    def text(self) -> str:
        """The citation in a sentence for each part."""
        date = self.edition.published_at.date().isoformat()
        named = f"{self.subject}. PayRank, edition {self.edition.number}, {date}."
        return " ".join([named, *self._sources("Sources: "), *([self._absolute_url] if self._absolute_url else [])])

    @property
    def bibtex(self) -> str:
        """An entry of the type `misc`, with the special characters of LaTeX escaped."""
        when = self.edition.published_at
        key = hashlib.blake2b(f"{self.subject} {self.url}".encode(), digest_size=4).hexdigest()
        fields = {
            "author": "{PayRank}",
            "title": f"{{{escaped(self.subject)}}}",
            "year": f"{when.year:04d}",
            "month": f"{when.month}",
            "howpublished": f"PayRank, edition {self.edition.number}, {when.date().isoformat()}",
            "note": escaped(" ".join(self._sources("Sources: "))),
            "url": self._absolute_url,
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        return "\n".join([f"@misc{{payrank-{self.edition.number}-{key},", *lines, "}"])

    @property
    def _absolute_url(self) -> str:
        """The address, empty if it is relative."""
        return self.url if "://" in self.url.partition("#")[0] else ""

    def _sources(self, label: str) -> list[str]:
        """The sources with their licences, which include the attribution that they require; none if there are no sources."""
        named = [f"{source.label} ({source.licence.rstrip('.')})" for source in self.sources]
        return [f"{label}{'; '.join(named)}."] if named else []


def escaped(text: str) -> str:
    """Text for LaTeX.

    >>> escaped("50% of R&D {x}")
    '50\\\\% of R\\\\&D \\\\{x\\\\}'
    """
    return "".join(_ESCAPED.get(character, character) for character in text)
