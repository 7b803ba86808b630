"""What is remembered of an edition: the things last asked for, within a bound."""

import pickle

from pyroaring import BitMap

from service.index.memory import Memory
from service.index.moving import nbytes


def recalled(memory: Memory, *keys: str) -> list[str]:
    """The keys whose things had to be made."""
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key

    for key in keys:
        assert memory.recalled(key, lambda key=key: make(key)) == key  # type: ignore[misc]
    return made


def test_the_one_asked_for_longest_ago_is_forgotten_first() -> None:
    memory = Memory(2)
    assert recalled(memory, "a", "b", "a", "c", "a", "b", "c") == ["a", "b", "c", "b", "c"]


def test_the_bound_is_on_sizes_together() -> None:
    memory = Memory(10, len)
    assert recalled(memory, "aaaa", "bbbb", "cc", "aaaa", "bbbb", "dd", "aaaa", "cc") == ["aaaa", "bbbb", "cc", "dd", "cc"]
    assert recalled(memory, "much too long", "much too long") == ["much too long"] * 2
    assert recalled(memory, "aaaa", "cc", "dd") == []


def test_what_is_nothing_is_remembered_too() -> None:
    memory, made = Memory(), []
    for _ in range(2):
        assert memory.recalled("key", lambda: made.append("made")) is None
    assert made == ["made"]


def test_it_begins_anew_where_it_is_told_to_forget_and_in_another_process() -> None:
    memory = Memory(4, len)
    assert recalled(memory, "aaaa") == ["aaaa"]
    other = pickle.loads(pickle.dumps(memory))
    assert recalled(other, "aaaa", "b", "aaaa") == ["aaaa", "b", "aaaa"]
    memory.forget()
    assert recalled(memory, "aaaa", "aaaa") == ["aaaa"]


def test_the_size_of_a_bitmap_is_what_it_is_written_in() -> None:
    for found in (BitMap(), BitMap(range(0, 3_000_000, 3)), BitMap(range(0, 3_000_000, 900)), BitMap(range(2_000_000))):
        found.run_optimize()
        assert abs(nbytes(found) - 500 - len(found.serialize())) < 1_000
