"""The least recently used cache: bounds and eviction."""

from service.index.cache import LruCache


def created(cache: LruCache[str, str], *keys: str) -> list[str]:
    """The keys among those looked up that the cache did not have."""
    missing: list[str] = []

    def create(key: str) -> str:
        missing.append(key)
        return key

    for key in keys:
        assert cache.get_or_create(key, lambda key=key: create(key)) == key  # type: ignore[misc]
    return missing


def test_the_least_recently_used_entry_is_evicted_first() -> None:
    cache: LruCache[str, str] = LruCache(2)
    assert created(cache, "a", "b", "a", "c", "a", "b", "c") == ["a", "b", "c", "b", "c"]


def test_get_counts_as_a_use_and_put_replaces() -> None:
    cache: LruCache[str, str] = LruCache(2)
    cache.put("a", "1")
    cache.put("b", "2")
    assert cache.get("a") == "1"
    cache.put("c", "3")
    assert (cache.get("a"), cache.get("b"), cache.get("b", "none"), cache.get("c")) == ("1", None, "none", "3")
    cache.put("a", "4")
    assert (cache.pop("a"), cache.pop("a"), len(cache)) == ("4", None, 1)
    assert "c" in cache
    assert "a" not in cache


def test_the_bound_is_on_the_sum_of_sizes() -> None:
    cache: LruCache[str, str] = LruCache(10, len)
    assert created(cache, "aaaa", "bbbb", "cc", "aaaa", "bbbb", "dd", "aaaa", "cc") == ["aaaa", "bbbb", "cc", "dd", "cc"]
    assert created(cache, "much too long", "much too long") == ["much too long"] * 2
    assert created(cache, "aaaa", "cc", "dd") == []
    assert cache.size == 8
    cache.put("cc", "much too long")
    assert (cache.get("cc"), cache.size) == (None, 6)


def test_entries_can_be_bounded_beside_sizes() -> None:
    cache: LruCache[str, str] = LruCache(10, len, max_entries=2)
    assert created(cache, "a", "b", "c", "b", "a") == ["a", "b", "c", "a"]
    assert created(cache, "much of it", "a") == ["much of it", "a"]


def test_a_value_of_none_is_stored_too() -> None:
    cache: LruCache[str, None] = LruCache()
    calls: list[str] = []
    for _ in range(2):
        assert cache.get_or_create("key", lambda: calls.append("created")) is None
    assert calls == ["created"]


def test_a_cleared_cache_is_empty() -> None:
    cache: LruCache[str, str] = LruCache(4, len)
    assert created(cache, "aaaa") == ["aaaa"]
    cache.clear()
    assert (len(cache), cache.size) == (0, 0)
    assert created(cache, "aaaa", "aaaa") == ["aaaa"]
