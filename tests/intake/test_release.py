"""Releases: what is released together, and what is removed."""

from collections.abc import Sequence

from service.intake.release import Removal, WaitingContributions, may_replace, new_batches, removal
from service.vocabulary.contribution_class import RELEASE_SCHEDULE, ClassKind, ContributionClass

K = 3
SENIOR = ContributionClass(ClassKind.ROLE_LEVEL_COUNTRY, 1, 2, 3)
STAFF = ContributionClass(ClassKind.ROLE_LEVEL_COUNTRY, 1, 2, 4)
ROLE = ContributionClass(ClassKind.ROLE_COUNTRY, 1, 2)
FAMILY = ContributionClass(ClassKind.FAMILY_CONTINENT, 5, 7)


def released(
    *people: tuple[Sequence[ContributionClass], int], uncounted: Sequence[int] = (), years: Sequence[int] = ()
) -> list[tuple[ClassKind, list[int]]]:
    """The batches of people by their classes and releases waited; the uncounted count in no class."""
    bits = [dict.fromkeys(classes, row not in uncounted) for row, (classes, _) in enumerate(people)]
    waiting = WaitingContributions.of(bits, years or [2026] * len(people), [waited for _, waited in people])
    return [(batch.class_.kind, batch.members.tolist()) for batch in new_batches(waiting, K)]


def test_a_class_gets_none_or_all_that_wait_and_at_least_k() -> None:
    assert released(*[((SENIOR, ROLE), 0)] * 2) == []
    assert released(*[((SENIOR, ROLE), 0)] * 3) == [(ClassKind.ROLE_LEVEL_COUNTRY, [0, 1, 2])]
    assert released(*[((SENIOR, ROLE), 0)] * 4, *[((STAFF, ROLE), 1)] * 2) == [(ClassKind.ROLE_LEVEL_COUNTRY, [0, 1, 2, 3])]


def test_coarser_classes_are_for_contributions_that_have_waited() -> None:
    waiting = [((SENIOR, ROLE, FAMILY), 2), ((STAFF, ROLE, FAMILY), 2)]
    assert released(*waiting, ((STAFF, ROLE, FAMILY), 1)) == []
    assert released(*waiting, ((STAFF, ROLE, FAMILY), 2)) == [(ClassKind.ROLE_COUNTRY, [0, 1, 2])]
    old = [((FAMILY,), 6), ((FAMILY,), 9), ((SENIOR, ROLE, FAMILY), 6)]
    assert released(*old) == [(ClassKind.FAMILY_CONTINENT, [0, 1, 2])]
    assert released(*old[:2], ((FAMILY,), 5)) == []


def test_the_finest_class_with_a_batch_decides() -> None:
    people = [*[((SENIOR, ROLE), 2)] * 3, *[((STAFF, ROLE), 2)] * 3]
    assert released(*people[:5]) == [(ClassKind.ROLE_LEVEL_COUNTRY, [0, 1, 2])]  # the two others wait
    assert released(*people) == [(ClassKind.ROLE_LEVEL_COUNTRY, [0, 1, 2]), (ClassKind.ROLE_LEVEL_COUNTRY, [3, 4, 5])]


def test_contributions_that_do_not_count_neither_help_nor_are_released() -> None:
    people = [((SENIOR, ROLE), 0)] * 4
    assert released(*people, uncounted=[1]) == [(ClassKind.ROLE_LEVEL_COUNTRY, [0, 2, 3])]
    assert released(*people, uncounted=[1, 2]) == []


def test_k_are_counted_in_one_year() -> None:
    people = [((SENIOR, ROLE), 0)] * 4
    assert released(*people, years=[2026, 2026, 2027, 2027]) == []  # two networks, twice
    assert released(*people, years=[2026, 2027, 2027, 2027]) == [(ClassKind.ROLE_LEVEL_COUNTRY, [0, 1, 2, 3])]


def test_nothing_waits() -> None:
    assert new_batches(WaitingContributions.of([], [], []), K) == []


def test_rows_of_an_import_are_released_at_once_in_the_finest_class_with_k() -> None:
    rows = [*[(SENIOR, ROLE, FAMILY)] * 3, (STAFF, ROLE, FAMILY), (STAFF, ROLE, FAMILY), (ROLE, FAMILY), (FAMILY,)]
    found = [(batch.class_.kind, batch.members.tolist()) for batch in new_batches(WaitingContributions.imported(rows), K)]
    assert found == [(ClassKind.ROLE_LEVEL_COUNTRY, [0, 1, 2]), (ClassKind.ROLE_COUNTRY, [3, 4, 5])]
    assert max(RELEASE_SCHEDULE.values()) == WaitingContributions.imported(rows).waited[0]


def test_withdrawn_records_are_removed_when_the_batch_loses_and_keeps_k() -> None:
    cases = [  # size, withdrawn, retires
        ((10, 0, False), Removal.NONE),
        ((10, 9, False), Removal.NONE),
        ((10, 10, False), Removal.ALL),
        ((19, 10, False), Removal.NONE),
        ((20, 9, False), Removal.NONE),
        ((20, 10, False), Removal.WITHDRAWN),
        ((20, 11, False), Removal.NONE),
        ((20, 20, False), Removal.ALL),
        ((9, 0, False), Removal.ALL),  # k was raised
        ((25, 3, True), Removal.ALL),
    ]
    assert [case for case, expected in cases if removal(*case[:2], 10, retires=case[2]) is not expected] == []


def test_a_new_version_of_an_import_replaces_a_class_without_change_or_with_k() -> None:
    published = [100, 100, 110, 120, 120, 130]
    cases = [
        (published[::-1], True),
        ([*published, 130], False),
        ([*published, *[130] * 3], True),
        ([100, 100, 110, 120, 120, 150], False),
        ([*published[3:], 150, 150, 150], True),
        ([*published[1:], *[150] * 3], False),  # three came, but the one that went would show
    ]
    assert [new for new, expected in cases if may_replace(published, new, 3) is not expected] == []
