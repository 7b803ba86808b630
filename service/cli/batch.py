"""`payrank batch`: the batches of contributed pay, and their withdrawal by a moderator."""

from typing import Annotated
from uuid import UUID

import typer

from service.cli.console import print_table, say
from service.cli.database import server
from service.cli.review import Note, parse_id, terminal_user
from service.counts import count_of
from service.errors import InputError
from service.intake.review import NOTE
from service.settings import load_settings
from service.store import batches as store
from service.store.batches import ListedBatch
from service.store.bulk import bulk_connection
from service.store.database import PUBLISHER
from service.store.reference import load_taxonomy
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy

batch = typer.Typer(name="batch", help="List the batches of contributed pay, and withdraw implausible ones.")


def _batch_id(text: str) -> UUID:
    return parse_id(text, "`payrank batch` lists the ids of batches")


Id = Annotated[UUID, typer.Argument(parser=_batch_id, metavar="ID", help="The id of a batch.")]
BothMeasures = Annotated[
    bool,
    typer.Option(
        "--both-measures", help="Also the batch of the other measure (base salary or total), of the same class and release."
    ),
]


@batch.callback(invoke_without_command=True)
def list_batches(context: typer.Context) -> None:
    """List the batches that have published records, newest first."""
    if context.invoked_subcommand:
        return
    with server(load_settings()) as url, bulk_connection(url, PUBLISHER) as rows:
        found, taxonomy = store.list_batches(rows), load_taxonomy(rows)
    if found:
        print_table(("id", "released", "class", "measure", "records", "state"), [_row(one, taxonomy) for one in found])
    say(f"{count_of(len(found), 'batch has', 'batches have')} published records.")


@batch.command()
def withdraw(id_: Id, note: Note, both_measures: BothMeasures = False) -> None:
    """Withdraw a batch: the next release removes all of its records, which are not published again."""
    for batch, measure in _mark(id_, note, terminal_user(), both_measures=both_measures):
        say(f"The next release removes batch {batch} ({measure}).")


@batch.command()
def undo(id_: Id, note: Note, both_measures: BothMeasures = False) -> None:
    """Undo the withdrawal of a batch, which is possible until the next release."""
    for batch, measure in _mark(id_, note, None, both_measures=both_measures):
        say(f"Batch {batch} ({measure}) stays published.")


def _mark(id_: UUID, note: str, withdrawn_by: str | None, *, both_measures: bool) -> list[tuple[UUID, str]]:
    """The batches that were withdrawn, or undone, with the name of their measure."""
    if problems := NOTE.problems(note):
        raise InputError(problems[0].message)
    with server(load_settings()) as url, bulk_connection(url, PUBLISHER) as rows:
        marked = store.mark_batch(rows, id_, note.strip(), withdrawn_by, both_measures=both_measures)
        rows.commit()
    if not marked:
        already = "already withdrawn" if withdrawn_by else "not withdrawn"
        raise InputError(f"No published batch has the id {id_}, or it is {already}. `payrank batch` lists the batches.")
    return [(batch, _words(measure)) for batch, measure in marked.items()]


def _words(measure: Measure) -> str:
    return measure.value.replace("_", " ")


def _row(one: ListedBatch, taxonomy: Taxonomy) -> tuple[str, ...]:
    values = (taxonomy.get(number) for number in one.values)
    return (
        str(one.id),
        f"{one.released_at:%Y-%m-%d}",
        ", ".join(value.code for value in values if value),
        _words(one.measure),
        f"{one.records:,}",
        f"withdrawn by {one.withdrawn_by}: {one.withdrawal_note}" if one.withdrawn_by else "published",
    )
