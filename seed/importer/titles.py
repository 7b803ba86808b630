"""Job titles: the role and the level that a title tells, with the occupation code (SOC) as a fall-back for the role."""

import re
from collections.abc import Mapping

from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy, fold

_EDGES = " ,;:-–—()/&."


class Titles:
    """Reads titles by the reference: `levels` maps words to levels, `occupations` SOC codes to roles."""

    def __init__(self, taxonomy: Taxonomy, levels: Mapping[str, str], occupations: Mapping[str, str]) -> None:
        self._taxonomy, self._levels, self._occupations = taxonomy, levels, occupations
        words = "|".join(re.escape(word) for word in sorted(levels, key=len, reverse=True))
        self._first = re.compile(rf"({words})(?=$|[\s,;:()/–—-])[{re.escape(_EDGES)}]*")
        self._last = re.compile(rf"[{re.escape(_EDGES)}]*(?:(?<=[\s,;:()/–—-])|^)({words})[\s)]*$")

    def role(self, title: str) -> int | None:
        """The role of a title as it stands, else of what is left without its level words."""
        known = self._taxonomy.resolve(Factor.ROLE, title) or self._taxonomy.resolve(Factor.ROLE, self._split(title)[0])
        return known.id if known else None

    def level(self, title: str) -> int | None:
        """The level that a title's first or last words tell."""
        level = self._split(title)[1]
        return self._taxonomy.find(Factor.LEVEL, level).id if level else None

    def occupation(self, soc: str) -> int | None:
        """The role of an occupation code; a code with a suffix that no entry has goes by its first seven characters."""
        code = soc.strip()
        role = self._occupations.get(code) or self._occupations.get(code[:7])
        known = self._taxonomy.known(Factor.ROLE, role) if role else None
        return known.id if known else None

    def _split(self, title: str) -> tuple[str, str | None]:
        """A title without its level words, and the level: of the words at its end, else of those at its start.

        "Senior Software Engineer II" is a senior by its first word and a step by its last: the first word counts.
        """
        rest, level = fold(title), None
        if found := self._last.search(rest):
            rest, level = rest[: found.start()], self._levels[found[1]]
        if found := self._first.match(rest):
            rest, level = rest[found.end() :], self._levels[found[1]]
        return rest.strip(_EDGES), level
