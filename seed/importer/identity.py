"""Identity: which record of a file is which, from one snapshot of it to the next.

A record's id is made of two parts. The first 12 bytes are a hash of the data set, of the row's content and of which of its
exact repeats the row is, counted from the end of the file: repeats are separate people, and newer snapshots are longer at
the top. The last 4 bytes are a hash of what the row was taken to mean, so that a row that a better mapping reads otherwise
becomes another record in place of the one before.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Keys = NDArray[np.uint8]
"""One row of bytes a record."""

KEY_BYTES, TAG_BYTES = 12, 4
SEPARATOR = "\x1f"


def content_keys(texts: Sequence[str], dataset: str) -> Keys:
    """Hashes of the contents of rows; line ends within cells do not count."""
    person = blake2b(dataset.encode(), digest_size=16).digest()
    plain: Iterator[str] = iter(texts)
    if any("\r" in text for text in texts):
        plain = (text.replace("\r\n", "\n").replace("\r", "\n") for text in texts)
    return _stacked([blake2b(text.encode(), digest_size=KEY_BYTES, person=person).digest() for text in plain])


def _stacked(digests: Sequence[bytes]) -> Keys:
    return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, KEY_BYTES).copy()


def pair_keys(upper: Keys, lower: Keys) -> Keys:
    """Hashes of two rows taken as one."""
    both = np.concatenate([upper, lower], axis=1)
    return _stacked([blake2b(row, digest_size=KEY_BYTES).digest() for row in both])


def occurrence_keys(keys: Keys) -> Keys:
    """The keys, made different where they repeat by the number of equal ones further down."""
    numbers = _below(keys)
    found = keys.copy()
    repeats = np.flatnonzero(numbers)
    if len(repeats):
        counted = zip(keys[repeats], numbers[repeats].tolist(), strict=True)
        digests = [blake2b(key.tobytes() + number.to_bytes(8), digest_size=KEY_BYTES).digest() for key, number in counted]
        found[repeats] = _stacked(digests)
    return found


def _below(keys: Keys) -> NDArray[np.int64]:
    """How many equal keys stand below each."""
    groups = as_binary(keys).dictionary_encode().indices.to_numpy()[::-1]
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.empty(0, np.int64)
    place = np.arange(len(ordered)) - np.repeat(first, np.diff(np.r_[first, len(ordered)]))
    found = np.empty(len(ordered), np.int64)
    found[order] = place
    return found[::-1]


def as_binary(keys: Keys) -> pa.Array:
    """Rows of bytes as an Arrow array of binaries of that width."""
    plain = np.ascontiguousarray(keys)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(plain.shape[1]), len(plain), [None, pa.py_buffer(plain)])


def as_keys(binaries: pa.Array) -> Keys:
    """The bytes of an Arrow array of fixed-width binaries."""
    width, start = binaries.type.byte_width, binaries.offset
    plain = np.frombuffer(binaries.buffers()[1] or b"", np.uint8).reshape(-1, width)
    return plain[start : start + len(binaries)]


def find_pairs(
    repeats: NDArray[np.bool_], amounts: NDArray[np.float64], able: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of adjacent pairs, upper and lower; found from the end of the file, so that longer snapshots pair alike.

    `repeats` tells the rows that equal the one above in all but pay; the upper row's amount must not be the smaller one.
    """
    lower_of_pair = repeats.copy()
    lower_of_pair[1:] &= (amounts[:-1] >= amounts[1:]) & able[1:]
    lower_of_pair[:1] = False
    found: list[int] = []
    above = len(repeats)
    for row in np.flatnonzero(lower_of_pair)[::-1].tolist():
        if row < above:
            found.append(row)
            above = row - 1
    lower = np.array(found[::-1], np.int64)
    return lower - 1, lower


_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64: a bijection in which every bit depends on every bit."""
    values = (values ^ (values >> np.uint64(30))) * _M1
    values = (values ^ (values >> np.uint64(27))) * _M2
    return values ^ (values >> np.uint64(31))


def _hash64(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(blake2b(text.encode(), digest_size=8).digest()))


def name_hashes(names: Sequence[str]) -> NDArray[np.uint64]:
    """A hash of each name, 0 for an empty one: what null is."""
    return np.array([_hash64(name) if name else 0 for name in names], np.uint64)


def meaning_tags(columns: Mapping[str, NDArray[np.uint64]], rows: int) -> Keys:
    """Hashes of rows of numbers; a column that is absent equals one that is 0 throughout, the order does not count."""
    total = np.zeros(rows, np.uint64)
    for name, values in columns.items():
        total += np.where(values == 0, np.uint64(0), mixed(values ^ _hash64(name)))
    tags = (mixed(total) & np.uint64(0xFFFFFFFF)).astype(">u4")
    return tags.view(np.uint8).reshape(-1, TAG_BYTES)
