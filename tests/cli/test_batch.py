"""`payrank batch`: published batches, and their withdrawal."""

from collections.abc import Callable

from click.testing import Result
from support.publishing import K, release
from support.stored_submissions import answers, contribute, records

from service.errors import DatabaseUnavailable, InputError
from service.store.bulk import bulk_connection
from service.store.database import EDITION_LOCK

Invoke = Callable[..., Result]


def listed(invoke: Invoke) -> dict[str, str]:
    """The listed batches without their ids, by id; newest first."""
    rows = [line.rstrip().partition(" ") for line in invoke("batch").stdout.splitlines()[1:]]
    return {id_: row.strip() for id_, _, row in rows}


def test_a_batch_is_listed_and_withdrawn_with_the_next_release(invoke: Invoke, database_url: str) -> None:
    assert "0 batches have published records." in invoke("batch").stderr
    contribute(database_url, [answers()] * K)
    release(database_url)
    listed = invoke("batch")
    id_ = listed.stdout.split("\n")[1].split()[0]
    assert "machine-learning-engineer, senior, us  base salary" in listed.stdout
    assert "published" in listed.stdout
    assert "1 batch has published records." in listed.stderr
    done = invoke("batch", "withdraw", id_, "--note", "A campaign.")
    assert f"The next release removes batch {id_} (base salary)." in done.stderr
    assert ": A campaign." in invoke("batch").stdout
    assert release(database_url, 1).removed == K
    assert records(database_url) == {}
    assert "0 batches have published records." in invoke("batch").stderr


def test_a_withdrawal_can_be_undone_before_the_release(invoke: Invoke, database_url: str) -> None:
    contribute(database_url, [answers()] * K)
    release(database_url)
    id_ = invoke("batch").stdout.split("\n")[1].split()[0]
    invoke("batch", "withdraw", id_, "--note", "A campaign.")
    assert f"Batch {id_} (base salary) stays published." in invoke("batch", "undo", id_, "--note", "It was none.").stderr
    assert release(database_url, 1).removed == 0
    again = invoke("batch", "undo", id_, "--note", "It was none.").exception
    assert isinstance(again, InputError)
    assert "or it is not withdrawn" in str(again)


def test_both_measures_of_a_class_and_release_are_withdrawn_together(invoke: Invoke, database_url: str) -> None:
    full, german = answers(bonus=0, equity=0), answers("metro", "subdivision", country="de", bonus=0, equity=0)
    contribute(database_url, [full, german] * K)
    release(database_url)
    contribute(database_url, [full] * K)
    release(database_url, 1)
    before = listed(invoke)
    [base, total] = sorted([id_ for id_, row in before.items() if ", us" in row][2:], key=before.__getitem__)
    for command in ("withdraw", "undo", "withdraw"):
        done = invoke("batch", command, total, "--both-measures", "--note", "A campaign.").stderr.splitlines()
        assert [line for line in done if base in line] == [line for line in done if "(base salary)" in line] != []
        assert [line for line in done if total in line] == [line for line in done if "(total compensation)" in line] != []
        changed = {id_ for id_, row in listed(invoke).items() if ": A campaign." in row}
        assert changed == (set() if command == "undo" else {base, total})
    assert release(database_url, 2).removed == 2 * K
    assert listed(invoke) == {id_: row for id_, row in before.items() if id_ not in (base, total)}


def test_of_two_measures_the_one_that_is_left_is_withdrawn(invoke: Invoke, database_url: str) -> None:
    contribute(database_url, [answers(bonus=0, equity=0)] * K)
    release(database_url)
    base, total = sorted(listed(invoke), key=listed(invoke).__getitem__)
    invoke("batch", "withdraw", base, "--note", "A campaign.")
    done = invoke("batch", "withdraw", base, "--both-measures", "--note", "A campaign.").stderr
    assert (base in done, total in done) == (False, True)


def test_a_withdrawal_is_not_undone_while_a_release_is_published(invoke: Invoke, database_url: str) -> None:
    contribute(database_url, [answers()] * K)
    release(database_url)
    [id_] = listed(invoke)
    invoke("batch", "withdraw", id_, "--note", "A campaign.")
    with bulk_connection(database_url) as rows:
        rows.execute("SELECT pg_advisory_lock($1)", [EDITION_LOCK])
        failure = invoke("batch", "undo", id_, "--note", "It was none.").exception
    assert isinstance(failure, DatabaseUnavailable)
    assert release(database_url, 1).removed == K


def test_an_unknown_batch_and_a_missing_reason_are_refused(invoke: Invoke, database_url: str) -> None:
    unknown = invoke("batch", "withdraw", "00000000-0000-0000-0000-000000000000", "--note", "A campaign.").exception
    assert str(unknown).startswith("No published batch has the id 00000000-0000-0000-0000-000000000000")
    assert "is not an id; `payrank batch` lists" in invoke("batch", "withdraw", "x", "--note", "A campaign.").stderr
    assert "The note must have" in str(invoke("batch", "withdraw", "0" * 32, "--note", " ").exception)
