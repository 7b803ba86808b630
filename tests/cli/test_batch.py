"""`payrank batch`: published batches, and their withdrawal."""

from collections.abc import Callable

from click.testing import Result
from support.publishing import K, release
from support.stored_submissions import answers, contribute, records

from service.errors import InputError

Invoke = Callable[..., Result]


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
    assert f"The next release removes batch {id_}." in done.stderr
    assert ": A campaign." in invoke("batch").stdout
    assert release(database_url, 1).removed == K
    assert records(database_url) == {}
    assert "0 batches have published records." in invoke("batch").stderr


def test_a_withdrawal_can_be_undone_before_the_release(invoke: Invoke, database_url: str) -> None:
    contribute(database_url, [answers()] * K)
    release(database_url)
    id_ = invoke("batch").stdout.split("\n")[1].split()[0]
    invoke("batch", "withdraw", id_, "--note", "A campaign.")
    assert f"Batch {id_} stays published." in invoke("batch", "undo", id_, "--note", "It was none.").stderr
    assert release(database_url, 1).removed == 0
    again = invoke("batch", "undo", id_, "--note", "It was none.").exception
    assert isinstance(again, InputError)
    assert "or it is not withdrawn" in str(again)


def test_an_unknown_batch_and_a_missing_reason_are_refused(invoke: Invoke, database_url: str) -> None:
    unknown = invoke("batch", "withdraw", "00000000-0000-0000-0000-000000000000", "--note", "A campaign.").exception
    assert str(unknown).startswith("No published batch has the id 00000000-0000-0000-0000-000000000000")
    assert "is not an id; `payrank batch` lists" in invoke("batch", "withdraw", "x", "--note", "A campaign.").stderr
    assert "The note must have" in str(invoke("batch", "withdraw", "0" * 32, "--note", " ").exception)
