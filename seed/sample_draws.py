"""What the made-up sample is drawn with: random numbers that depend on the seed and the record's number alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from seed.sample_model import Choice
from service.vocabulary.factors import Factor

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]

_WORDS = 4  # of 64 bits, that Philox makes of one counter


class Draws:
    """Random numbers for the records `start` to `start + count`, each a function of the seed, a name and the record's number.

    So a sample is the same however it is cut into batches, a larger one begins with the smaller one, and a factor that is
    added to the model leaves what was drawn for the others as it was.
    """

    def __init__(self, seed: int, start: int, count: int) -> None:
        self.seed, self.start, self.count = seed, start, count

    def _words(self, name: str, width: int) -> tuple[np.random.Philox, int]:
        """A generator that stands at the first record's words or a few before, and how many those are."""
        key = int.from_bytes(blake2b(f"{self.seed}/{name}".encode(), digest_size=16).digest(), "little")
        counter, skip = divmod(self.start * width, _WORDS)
        return np.random.Philox(key=key, counter=counter), skip

    def uniform(self, name: str, width: int = 1) -> Floats:
        """`width` numbers from 0 (included) to 1 (excluded) for each record, one after the other."""
        words, skip = self._words(name, width)
        return np.random.Generator(words).random(skip + self.count * width)[skip:]

    def normal(self, name: str) -> Floats:
        """A standard normal number for each record."""
        return np.asarray(ndtri(self.uniform(name) + 2.0**-54), np.float64)  # uniform numbers are multiples of 2**-53

    def ids(self) -> npt.NDArray[np.uint8]:
        """16 bytes for each record: a UUID of version 8, with 122 random bits."""
        words, skip = self._words("id", 2)
        raw = np.asarray(words.random_raw(skip + self.count * 2)[skip:]).astype("<u8")
        ids = raw.view(np.uint8).reshape(self.count, 16)
        ids[:, 6] = ids[:, 6] & 0x0F | 0x80
        ids[:, 8] = ids[:, 8] & 0x3F | 0x80
        return ids


@dataclass(frozen=True, slots=True)
class Picked:
    """One value for each record: `codes[index]`."""

    codes: Sequence[str]
    index: Ints

    def total(self, effects: Mapping[str, float]) -> Floats:
        return self.among([effects.get(code, 0.0) for code in self.codes])

    def among(self, figures: Sequence[float]) -> Floats:
        """For each record the figure of its value."""
        return np.array(figures, np.float64)[self.index]


@dataclass(frozen=True, slots=True)
class Carried:
    """Any number of values for each record: `carried[i, j]` says that record i carries `codes[j]`."""

    codes: Sequence[str]
    carried: Bools

    def total(self, effects: Mapping[str, float]) -> Floats:
        columns = [column for column, code in enumerate(self.codes) if effects.get(code)]
        return np.asarray(
            self.carried[:, columns] @ np.array([effects[self.codes[column]] for column in columns], np.float64)
        )


Trait = Picked | Carried
People = dict[Factor, Trait]


def pick(draws: Draws, name: str, weights: Floats, given: Ints | None = None) -> Ints:
    """A column of `weights` for each record, by the weights in the row that `given` names (of one row when it names none)."""
    cumulated = np.cumsum(weights, axis=1)
    edges = cumulated / cumulated[:, -1:] + np.arange(len(weights))[:, None]
    rows = np.zeros(draws.count, np.int64) if given is None else given
    found = np.searchsorted(edges.ravel(), rows + draws.uniform(name), side="right") - rows * weights.shape[1]
    return np.minimum(found, weights.shape[1] - 1)


def weight_table(choice: Choice, given: Sequence[str] = ("",)) -> Floats:
    """The weights of a choice, one row for each value that it is given."""
    tilts = [choice.tilts.get(code, {}) for code in given]
    return np.array([[weight * tilt.get(code, 1.0) for code, weight in choice.weights.items()] for tilt in tilts])
