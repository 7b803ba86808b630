"""Who counts towards the k of a class."""

from datetime import UTC, datetime, timedelta, timezone

from service.intake.counting import CountingKey, count
from service.vocabulary.contribution_class import ClassKind, ContributionClass

KEY = CountingKey(2026, bytes(32))
SENIOR = ContributionClass(ClassKind.ROLE_LEVEL_COUNTRY, 1, 2, 3)
STAFF = ContributionClass(ClassKind.ROLE_LEVEL_COUNTRY, 1, 2, 4)
ROLE = ContributionClass(ClassKind.ROLE_COUNTRY, 1, 2)
FAMILY = ContributionClass(ClassKind.FAMILY_COUNTRY, 5, 2)
OTHER_ROLE = ContributionClass(ClassKind.ROLE_COUNTRY, 6, 2)
NETWORK, OTHER = "203.0.113.0/24", "198.51.100.0/24"


def test_the_first_of_a_network_counts_in_all_its_classes() -> None:
    found = count(KEY, NETWORK, [SENIOR, ROLE, FAMILY], set())
    assert dict(found.bits) == {SENIOR: True, ROLE: True, FAMILY: True}
    assert {len(mark) for mark in found.marks} == {16}


def test_the_next_of_a_network_counts_where_none_of_it_was() -> None:
    marked = count(KEY, NETWORK, [SENIOR, ROLE, FAMILY], set()).marks
    cases = [
        ("the same class", NETWORK, [SENIOR, ROLE, FAMILY], [False, False, False]),
        ("another level", NETWORK, [STAFF, ROLE, FAMILY], [False, False, False]),
        ("another role of the family", NETWORK, [OTHER_ROLE, FAMILY], [True, False]),
        ("another network", OTHER, [SENIOR, ROLE, FAMILY], [True, True, True]),
    ]
    wrong = [name for name, who, classes, bits in cases if list(count(KEY, who, classes, marked).bits.values()) != bits]
    assert wrong == []


def test_another_year_has_another_key_and_counts_again() -> None:
    marked = count(KEY, NETWORK, [SENIOR], set()).marks
    following = CountingKey(2027, bytes(range(32)))
    assert count(following, NETWORK, [SENIOR], marked).bits[SENIOR]
    assert count(CountingKey(2027, KEY.value), NETWORK, [SENIOR], marked).bits[SENIOR]
    assert following.value not in repr(following).encode()


def test_a_key_is_current_in_its_year_of_utc() -> None:
    assert KEY.is_current(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert not KEY.is_current(datetime(2027, 1, 1, tzinfo=UTC))
    assert KEY.is_current(datetime(2027, 1, 1, 5, tzinfo=timezone(timedelta(hours=9))))


def test_an_amendment_keeps_what_was_counted() -> None:
    first = count(KEY, NETWORK, [SENIOR, ROLE, FAMILY], set())
    amended = count(KEY, NETWORK, [STAFF, ROLE, FAMILY], first.marks, first.bits)
    assert (dict(amended.bits), amended.marks) == ({STAFF: True, ROLE: True, FAMILY: True}, frozenset())
    second = count(KEY, NETWORK, [SENIOR, ROLE, FAMILY], first.marks)
    moved = count(KEY, NETWORK, [OTHER_ROLE, FAMILY], first.marks, second.bits)
    assert dict(moved.bits) == {OTHER_ROLE: True, FAMILY: False}
