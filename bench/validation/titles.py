"""What becomes of the ai-jobs file's titles: roles that take in several of them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bench.validation.advertisements import SOURCES, Row
from bench.validation.asking import Client
from bench.validation.figures import Figures, figures_of
from service.vocabulary.taxonomy import fold

EXAMPLE = "Machine Learning Engineer"
MOST = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """A role in the United States: what PayRank tells of it, and what the rows with its most frequent title say alone."""

    role: str
    title: str
    titles: int
    asked: Figures
    alone: Figures


def chosen(rows: Sequence[Row]) -> list[str]:
    """Machine-learning engineers, and then the roles with most rows in the United States."""
    here = Counter(row.role for row in rows if row.country == "us" and row.role)
    [example] = {row.role for row in rows if row.title == fold(EXAMPLE)}
    return [example, *(role for role, _ in here.most_common(MOST) if role != example)][:MOST]


def by_role(rows: Sequence[Row], client: Client) -> list[Compared]:
    """The chosen roles; titles count in the whole file."""
    titles: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        titles[row.role][row.title] += 1
    return [_compared(role, titles[role], rows, client) for role in chosen(rows)]


def _compared(role: str, titles: Counter[str], rows: Sequence[Row], client: Client) -> Compared:
    [(title, _)] = titles.most_common(1)
    alone = [row.dollars for row in rows if row.title == title and row.country == "us"]
    return Compared(role, title, len(titles), in_united_states(role, client), figures_of(alone))


def in_united_states(role: str, client: Client) -> Figures:
    found = client.figures({"source": SOURCES, "country": ["us"], "role": [role]})
    if found is None:
        raise RuntimeError(f"PayRank tells nothing of {role} in the United States, though the file was just imported.")
    return found
