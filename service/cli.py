"""The `payrank` command: serve, migrate, import, sample."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from schema.contract import sdl as contract_sdl
from seed import loading
from seed.imports.importing import import_file
from seed.imports.mapping import Mapping
from seed.imports.mapping_file import builtin_mapping, load_mapping
from seed.imports.report import ImportReport
from seed.sample import load_sample, remove_sample
from service.app import create_app
from service.errors import PayRankError
from service.settings import Settings, load_settings
from service.store import migration
from service.store.embedded import embedded_server

console = Console(stderr=True)


def _settings_help() -> str:
    lines = [
        f"PAYRANK_{name.upper()}: {field.description}{_default(field)}" for name, field in Settings.model_fields.items()
    ]
    return "Settings are read from the environment:\n\n" + "\n\n".join(lines)


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    return "" if default is None else f" (default: {default})"


cli = typer.Typer(
    help="Open, self-hostable compensation data: exact percentiles by any factor, over GraphQL.",
    epilog=_settings_help(),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@contextmanager
def _server(settings: Settings) -> Iterator[str]:
    """The URL of the settings' database, or of an embedded one that runs while it is used."""
    if settings.database_url:
        yield settings.database_url
        return
    with embedded_server(settings.data_dir, _say) as url:
        yield url


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of a migrated database with reference data."""
    with _server(settings) as url:
        yield _prepared(url)


def _prepared(url: str) -> str:
    migration.migrate(url)
    loading.load_reference_data(url)
    return url


def _say(text: str) -> None:
    console.print(f"[dim]·[/dim] {text}", highlight=False)


@contextmanager
def _counting(what: str, total: int | None = None) -> Iterator[Progress]:
    columns = (SpinnerColumn(), TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        progress.add_task(what, total=total)
        yield progress


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the GraphQL API; an empty database gets a sample of made-up records first."""
    settings = load_settings(host=host, port=port)
    with database(settings) as url:
        if settings.sample_records and loading.is_empty(url):
            _load_sample(url, settings.sample_records, 1)
        uvicorn.run(create_app(settings, url), host=settings.host, port=settings.port, access_log=False, ws="none")


@cli.command()
def migrate(
    down: Annotated[str | None, typer.Option(help="Undo migrations down to this one, or `base`; data is lost.")] = None,
) -> None:
    """Bring the database to the tables and reference data of this version."""
    settings = load_settings()
    with _server(settings) as url:
        if down is not None:
            migration.downgrade(url, down)
        else:
            _prepared(url)
    _say("Done.")


@cli.command("import")
def import_data(
    dataset: Annotated[str | None, typer.Argument(help="aijobs, lca, stackoverflow-2025 or stackoverflow-2017.")] = None,
    file: Annotated[str | None, typer.Argument(help="A path or an http(s) URL, plain or gzipped.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A TOML file that maps your own CSV.")] = None,
    pair_ranges: Annotated[
        bool | None,
        typer.Option("--pair-ranges/--no-pair-ranges", help="Adjacent high and low rows are one posted range."),
    ] = None,
) -> None:
    """Import a data set; importing it again adds only what is new."""
    chosen, path = _chosen(dataset, file, mapping)
    with database(load_settings()) as url, _counting("rows read") as progress:
        task = progress.task_ids[0]
        report = import_file(
            url, chosen, path, pair_ranges=pair_ranges, progress=lambda rows: progress.update(task, completed=rows)
        )
    _tell(report)


def _chosen(dataset: str | None, file: str | None, mapping: Path | None) -> tuple[Mapping, str | None]:
    if mapping:
        return load_mapping(mapping), file or dataset
    if dataset is None:
        raise typer.BadParameter("Name a data set, or give your own file with --mapping.")
    return builtin_mapping(dataset), file


def _tell(report: ImportReport) -> None:
    """The report of an import: every row read is accounted for."""
    counts = {
        "read": report.read,
        "imported": report.imported,
        "already there": report.present,
        "taken with the row below as one range": report.paired,
        "meant something else before and are restated": report.restated,
        "refused": report.refused,
        "no longer in the file and retired": report.retired,
        "no longer in the file but kept": report.kept,
    }
    for what, count in counts.items():
        if count or what in ("read", "imported"):
            console.print(f"{count:>12,} {what}", highlight=False)
    if report.refused_file:
        console.print(f"Refused rows with their reasons: {report.refused_file}", highlight=False, soft_wrap=True)
    if report.cut:
        console.print("The file broke off inside a record, so nothing was retired.")
    for factor, values in report.unknown.items():
        few = ", ".join(f"{text} ({count:,})" for text, count in values.most_common(5))
        console.print(f"{len(values):>12,} values of {factor} that no reference knows: {few}", highlight=False)
    console.print(f"Edition {report.edition} is out." if report.edition else "Nothing new: the edition stays.")


@cli.command()
def sample(
    records: Annotated[int, typer.Option(min=1, help="How many made-up records.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same records.")] = 1,
    remove: Annotated[bool, typer.Option("--remove", help="Take the sample out instead.")] = False,
) -> None:
    """Load a sample of made-up records in place of the one there, or remove it."""
    with database(load_settings()) as url:
        if remove:
            _say(f"Removed {remove_sample(url):,} made-up records.")
        else:
            _load_sample(url, records, seed)


def _load_sample(url: str, records: int, seed: int) -> None:
    with _counting("made-up records", records) as progress:
        task = progress.task_ids[0]
        edition = load_sample(url, records, seed, lambda done: progress.update(task, completed=done))
    _say(f"Loaded {records:,} made-up records as edition {edition}.")


@cli.command()
def sdl() -> None:
    """Print the GraphQL schema."""
    print(contract_sdl(), end="")  # noqa: T201


def main() -> None:
    """Run the command; expected errors end it with one sentence and status 1."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was opened is closed, as with Ctrl-C
    try:
        cli()
    except PayRankError as error:
        console.print(f"[red]payrank:[/red] {error}", highlight=False)
        sys.exit(1)
