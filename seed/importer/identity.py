"""Identity of records: stable ids from one snapshot of a file to the next.

An id has two parts. The first 12 bytes are a hash of the data set, the row's content and its occurrence number among equal
rows, counted from the end of the file: equal rows are separate people, and newer snapshots grow at the top. The last 4
bytes are a hash of the interpreted values, so that a row that an improved mapping reads differently becomes a new record
that replaces the old one.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Keys = NDArray[np.uint8]
"""`uint8[n, width]`, one row of bytes for each record."""

KEY_BYTES, TAG_BYTES = 12, 4
SEPARATOR = "\x1f"


def content_keys(texts: Sequence[str], dataset: str) -> Keys:
    """Hashes of the contents of rows, `uint8[n, 12]`. Line ends within cells are normalised first."""
    person = blake2b(dataset.encode(), digest_size=16).digest()
    plain: Iterator[str] = iter(texts)
    if any("\r" in text for text in texts):
        plain = (text.replace("\r\n", "\n").replace("\r", "\n") for text in texts)
    return _stacked([blake2b(text.encode(), digest_size=KEY_BYTES, person=person).digest() for text in plain])


def _stacked(digests: Sequence[bytes]) -> Keys:
    return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, KEY_BYTES).copy()


def pair_keys(upper: Keys, lower: Keys) -> Keys:
    """Hashes of pairs of rows, `uint8[n, 12]`."""
    both = np.concatenate([upper, lower], axis=1)
    return _stacked([blake2b(row, digest_size=KEY_BYTES).digest() for row in both])


def occurrence_keys(keys: Keys) -> Keys:
    """The keys, made unique by the number of equal keys further down, `uint8[n, 12]`."""
    numbers = _below(keys)
    found = keys.copy()
    repeats = np.flatnonzero(numbers)
    if len(repeats):
        counted = zip(keys[repeats], numbers[repeats].tolist(), strict=True)
        digests = [blake2b(key.tobytes() + number.to_bytes(8), digest_size=KEY_BYTES).digest() for key, number in counted]
        found[repeats] = _stacked(digests)
    return found


def _below(keys: Keys) -> NDArray[np.int64]:
    """The number of equal keys below each key."""
    groups = as_binary(keys).dictionary_encode().indices.to_numpy()[::-1]
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.empty(0, np.int64)
    place = np.arange(len(ordered)) - np.repeat(first, np.diff(np.r_[first, len(ordered)]))
    found = np.empty(len(ordered), np.int64)
    found[order] = place
    return found[::-1]


def as_binary(keys: Keys) -> pa.Array:
    """Rows of bytes as an Arrow array of fixed-size binaries."""
    plain = np.ascontiguousarray(keys)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(plain.shape[1]), len(plain), [None, pa.py_buffer(plain)])


def as_keys(binaries: pa.Array) -> Keys:
    """The bytes of an Arrow array of fixed-size binaries."""
    width, start = binaries.type.byte_width, binaries.offset
    plain = np.frombuffer(binaries.buffers()[1] or b"", np.uint8).reshape(-1, width)
    return plain[start : start + len(binaries)]


_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def mix64(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64, a bijection in which every output bit depends on every input bit."""
    values = (values ^ (values >> np.uint64(30))) * _M1
    values = (values ^ (values >> np.uint64(27))) * _M2
    return values ^ (values >> np.uint64(31))


def _hash64(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(blake2b(text.encode(), digest_size=8).digest()))


def name_hashes(names: Sequence[str]) -> NDArray[np.uint64]:
    """A hash of each name, `uint64[n]`; 0, as for null, for an empty name."""
    return np.array([_hash64(name) if name else 0 for name in names], np.uint64)


def meaning_tags(columns: Mapping[str, NDArray[np.uint64]], rows: int) -> Keys:
    """Hashes of rows of numbers, `uint8[n, 4]`. An absent column equals a column of zeros; column order is irrelevant."""
    total = np.zeros(rows, np.uint64)
    for name, values in columns.items():
        total += np.where(values == 0, np.uint64(0), mix64(values ^ _hash64(name)))
    tags = (mix64(total) & np.uint64(0xFFFFFFFF)).astype(">u4")
    return tags.view(np.uint8).reshape(-1, TAG_BYTES)
