"""The releases of some contributors, made by the engine that production uses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.privacy.contributors import RATES, TAXONOMY, YEAR, Contributors
from service.intake.release import new_batches
from service.stats.pay_steps import batch_steps
from service.vocabulary.contribution_class import ContributionClass

Indexes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
NEVER = -1


@dataclass(frozen=True, slots=True)
class PublishedBatch:
    """A batch, its release, its members and the amounts that they are published with in US dollars, `float64[m]`."""

    class_: ContributionClass
    release: int
    members: Indexes
    dollars: Floats


@dataclass(frozen=True, slots=True)
class History:
    """All batches in order, and for each contributor the number of the batch, `int64[n]`, NEVER for those that wait."""

    contributors: Contributors
    releases: int
    batches: Sequence[PublishedBatch]
    batch: Indexes

    @property
    def released(self) -> Indexes:
        """The release of each contributor's record, `int64[n]`."""
        return np.append([one.release for one in self.batches], NEVER).astype(np.int64)[self.batch]


def run_releases(contributors: Contributors, releases: int, k: int, rng: np.random.Generator) -> History:
    batch = np.full(len(contributors), NEVER, np.int64)
    batches: list[PublishedBatch] = []
    for release in range(releases):
        rows = np.flatnonzero((contributors.arrivals <= release) & (batch == NEVER))
        waiting = contributors.waiting.select(rows, release - contributors.arrivals[rows])
        for new in new_batches(waiting, k):
            members = rows[new.members]
            batch[members] = len(batches)
            dollars = published_dollars(new.class_, contributors.people.dollars[members], rng)
            batches.append(PublishedBatch(new.class_, release, members, dollars))
    return History(contributors, releases, batches, batch)


def published_dollars(class_: ContributionClass, dollars: Floats, rng: np.random.Generator) -> Floats:
    """Amounts as a batch publishes them: in steps of the class's currency, and converted back."""
    rate = RATES.usd(class_.currency(TAXONOMY, RATES), int(YEAR))
    return np.asarray(batch_steps(dollars / rate).spread(rng) * rate, np.float64)
