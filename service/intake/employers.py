"""Employers of contributions: which employer a free-text name means.

A name means an employer of the register or of published records if it has its code or one of its registered spellings, and
otherwise only what a moderator accepted it as. Names that are similar are never taken for each other here: a wrong employer
is worse than none, so a moderator decides. A name that means no employer is in no record and stays in its submission.

An employer that a moderator accepted as a new one becomes a factor value in the release that publishes its first records:
until then its name is in no table that readers may see.
"""

from collections.abc import Iterable, Iterator, Mapping

from service.store.employer_review import PastEmployerDecision
from service.store.reference import Reference
from service.vocabulary.employers import EmployerName
from service.vocabulary.factors import Factor
from service.vocabulary.terms import Term

ACCEPT, REJECT, UNDO = "accept", "reject", "undo"


class EmployerNames:
    """The employers that names mean, by the reference data of an edition and the last decision on each name."""

    def __init__(self, reference: Reference, decisions: Iterable[PastEmployerDecision]) -> None:
        self._reference = reference
        self._decisions = {one.name: one for one in decisions}
        accepted = (one for one in self._decisions.values() if one.decision == ACCEPT)
        self._new = {one.employer: one.label for one in accepted if one.employer and one.label}

    def key(self, name: str) -> str:
        """The code of a name, by which it is decided on; empty for a text that names no employer."""
        return self._reference.employers.code(EmployerName(name))

    def find(self, name: str) -> str | None:
        """The code of the employer that a name means; None if it means none, or none that may be published."""
        key = self.key(name)
        if self.is_public(key):
            return key
        decision = self._decisions.get(key)
        employer = decision.employer if decision and decision.decision == ACCEPT else None
        return employer if employer and self.is_known(employer) else None

    def is_rejected(self, key: str) -> bool:
        return key in self._decisions and self._decisions[key].decision == REJECT

    def is_public(self, code: str) -> bool:
        """Whether an employer is registered or has published records."""
        return self._reference.taxonomy.lookup(Factor.EMPLOYER, code) is not None

    def is_known(self, code: str) -> bool:
        """Whether an employer is public, or was accepted as a new one."""
        return self.is_public(code) or code in self._new

    def labels(self) -> Iterator[tuple[str, str]]:
        """The codes and labels of all employers that are known."""
        yield from ((value.code, value.label) for value in self._reference.taxonomy.values(Factor.EMPLOYER))
        yield from ((code, label) for code, label in self._new.items() if not self.is_public(code))

    def label(self, code: str) -> str:
        """The label of an employer that is known."""
        value = self._reference.taxonomy.lookup(Factor.EMPLOYER, code)
        return value.label if value else self._new[code]


class EmployerIds:
    """The ids of the employers that names mean, for a release: of businesses of one group, that of the topmost parent.

    A class by employer has the people of the whole group, as one by role has those of the family.
    Employers without a factor value have negative ids until the release has added those that it publishes.
    """

    def __init__(self, names: EmployerNames, reference: Reference) -> None:
        self._names, self._taxonomy = names, reference.taxonomy
        self._found: dict[str, int | None] = {}
        self._new: dict[str, int] = {}

    def find(self, name: str | None) -> int | None:
        if name is None:
            return None
        if name not in self._found:
            code = self._names.find(name)
            self._found[name] = self._id(code) if code else None
        return self._found[name]

    def _id(self, code: str) -> int:
        value = self._taxonomy.lookup(Factor.EMPLOYER, code)
        return self._taxonomy.root(value.id) if value else self._new.setdefault(code, -1 - len(self._new))

    def terms(self, ids: Iterable[int | None]) -> Mapping[int, Term]:
        """The factor values to add for some ids, by those that are negative."""
        wanted = set(ids)
        return {
            number: Term(Factor.EMPLOYER, code, self._names.label(code))
            for code, number in self._new.items()
            if number in wanted
        }
