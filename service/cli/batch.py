"""`payrank batch`: the batches of contributed pay, and their withdrawal by a moderator."""

from typing import Annotated
from uuid import UUID

import typer

from service.cli.console import print_table, say
from service.cli.database import server
from service.cli.review import Note, parse_id, terminal_user
from service.errors import InputError
from service.intake.review import NOTE
from service.settings import load_settings
from service.store import batches as store
from service.store.batches import ListedBatch
from service.store.bulk import bulk_connection
from service.store.database import PUBLISHER
from service.store.reference import load_reference
from service.vocabulary.taxonomy import Taxonomy

batch = typer.Typer(name="batch", help="List the batches of contributed pay, and withdraw implausible ones.")


def _batch_id(text: str) -> UUID:
    return parse_id(text, "`payrank batch` lists the ids of batches")


Id = Annotated[UUID, typer.Argument(parser=_batch_id, metavar="ID", help="The id of a batch.")]


@batch.callback(invoke_without_command=True)
def list_batches(context: typer.Context) -> None:
    """List the batches that have published records, newest first."""
    if context.invoked_subcommand:
        return
    with server(load_settings()) as url, bulk_connection(url, PUBLISHER) as rows:
        found, taxonomy = store.list_batches(rows), load_reference(rows).taxonomy
    if found:
        print_table(("id", "released", "class", "measure", "records", "state"), [_row(one, taxonomy) for one in found])
    say("1 batch has published records." if len(found) == 1 else f"{len(found):,} batches have published records.")


@batch.command()
def withdraw(id_: Id, note: Note) -> None:
    """Withdraw a batch: the next release removes all of its records, which are not published again."""
    _mark(id_, note, "withdraw")


@batch.command()
def undo(id_: Id, note: Note) -> None:
    """Undo the withdrawal of a batch, which is possible until the next release."""
    _mark(id_, note, "undo")


def _mark(id_: UUID, note: str, decision: str) -> None:
    if problems := NOTE.problems(note):
        raise InputError(problems[0].message)
    with server(load_settings()) as url, bulk_connection(url, PUBLISHER) as rows:
        done = store.mark_batch(rows, id_, note.strip(), terminal_user() if decision == "withdraw" else None)
        rows.commit()
    if not done:
        already = "already withdrawn" if decision == "withdraw" else "not withdrawn"
        raise InputError(f"No published batch has the id {id_}, or it is {already}. `payrank batch` lists the batches.")
    say(f"The next release removes batch {id_}." if decision == "withdraw" else f"Batch {id_} stays published.")


def _row(one: ListedBatch, taxonomy: Taxonomy) -> tuple[str, ...]:
    values = (taxonomy.get(number) for number in one.values)
    return (
        str(one.id),
        f"{one.released_at:%Y-%m-%d}",
        ", ".join(value.code for value in values if value),
        one.measure.value.replace("_", " "),
        f"{one.records:,}",
        f"withdrawn by {one.withdrawn_by}: {one.withdrawal_note}" if one.withdrawn_by else "published",
    )
