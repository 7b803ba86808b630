"""`payrank data`: the catalogue of open pay data, loaded and removed."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from seed.catalogue import SMALL_MEGABYTES, DataSet, data_sets, find_data_set
from seed.importer.report import SUMMARY
from seed.loading import FileResult, LoadOptions, LoadProgress, load_data_sets
from service.cli.console import print_heading, print_line, print_numbers, print_table, progress_bars, say
from service.cli.database import database, server
from service.cli.importing import print_report, replace_sample, say_edition
from service.counts import count_of
from service.errors import DatabaseError, DataError
from service.settings import Settings, load_settings
from service.store.bulk import bulk_connection
from service.store.editions import count_by_source, remove_source
from service.store.health import read_state
from service.store.reference import load_reference
from service.vocabulary.contribution_class import CONTRIBUTORS
from service.vocabulary.factors import Factor

data = typer.Typer(name="data", help="Open pay data: list the catalogue, load data sets, remove them.", no_args_is_help=True)


@data.command(name="list")
def list_() -> None:
    """List the open data sets that `payrank data load` loads, and how many of their records there are."""
    sets, records = data_sets(), _records_by_source(load_settings())
    columns = ("name", "records", "rows", "years", "MB")
    print_table(columns, [_row(one, records) for one in sets], numbers=("records", "rows", "MB"))
    small = ", ".join(one.name for one in sets if one.is_small)
    print_line(f"`payrank data load --open` loads the small ones: {small}.")
    print_line("`payrank data show NAME` shows the licence and files of one, and what it reports.")


def _row(data_set: DataSet, records: dict[str, int]) -> tuple[str, ...]:
    download = data_set.download
    loaded = sum(records.get(source.code, 0) for source in data_set.mapping.sources)
    size = f"{download.megabytes:,g}" if download.megabytes else ""
    rows = f"{download.rows:,}" if download.rows else ""
    shown = f"{loaded:,}" if loaded else "-"
    return data_set.name, shown, rows, download.years or "", size


@data.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of `payrank data list`, or NAME/FILE.")],
) -> None:
    """Show the licence and the files of a data set, and what its records report."""
    data_set = find_data_set(name)
    found, download = data_set.mapping.source, data_set.download
    pinned = "the newest is loaded" if download.moves else f"pinned by {download.pin}"
    rows = [
        ("data set", found.label),
        ("page", found.url or ""),
        ("licence", found.licence),
        ("files", f"{', '.join(one.name for one in data_set.files)} ({pinned})"),
        ("reports", ", ".join(data_set.reports)),
    ]
    print_numbers(rows, to_output=True)


def _records_by_source(settings: Settings) -> dict[str, int]:
    """The records of each source; none, with the reason, without a database of this version."""
    try:
        with server(settings, announce=False) as url:
            return _removable(url) if read_state(url).revision else {}
    except DatabaseError as error:
        say(str(error))
        return {}


@data.command(name="load")
def load_(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME...", help="Names of `payrank data list`, or NAME/FILE for one of its files."),
    ] = None,
    small: Annotated[
        bool, typer.Option("--open", help=f"Load all data sets with a download of up to {SMALL_MEGABYTES} MB.")
    ] = False,
) -> None:
    """Download open data sets from their publishers and import them. Loading one again adds only what is new.

    A file that cannot be downloaded or read is skipped and the reason printed; the other files are loaded, and the command
    exits with status 1.
    """
    if small == bool(names):
        raise typer.BadParameter("Name data sets of `payrank data list`, or load all small ones with --open.")
    chosen = [one for one in data_sets() if one.is_small] if small else [find_data_set(name) for name in names or ()]
    settings, results = load_settings(), list[FileResult]()
    with database(settings, create=True) as url:
        for loaded in _loaded(chosen, settings, url):
            results.append(loaded)
            _print_loaded(loaded)
            if loaded.report:
                replace_sample(settings, url, loaded.report)
    _print_summary(results)
    if skipped := sum(loaded.report is None for loaded in results):
        say(f"Skipped {skipped:,} of {count_of(len(results), 'file')}.")
        raise typer.Exit(1)


def _loaded(chosen: Sequence[DataSet], settings: Settings, url: str) -> Iterator[FileResult]:
    """What became of each file, with progress bars while it is downloaded and imported."""
    with progress_bars() as progress:
        yield from load_data_sets(chosen, load_options(settings, url, progress))


def load_options(settings: Settings, url: str, progress: LoadProgress) -> LoadOptions:
    """How data sets are loaded into a database with these settings."""
    return LoadOptions(url, settings.cache_dir / "downloads", settings.data_mirror, progress)


def _print_loaded(loaded: FileResult) -> None:
    print_heading(f"{loaded.data_set}: {loaded.file}")
    if loaded.report:
        print_report(loaded.report)
        say_edition(loaded.report)
        return
    say(f"Skipped: {loaded.skipped}")
    say(f"With the file on this machine: `payrank import {loaded.data_set} FILE`.")


def _print_summary(results: Sequence[FileResult]) -> None:
    """A table of the files that were loaded, if there are several."""
    loaded = [(one, one.report) for one in results if one.report]
    if len(loaded) < 2:
        return
    names = [one.data_set for one, _ in loaded]
    titles = [f"{one.data_set}/{one.file}" if names.count(one.data_set) > 1 else one.data_set for one, _ in loaded]
    numbers = [[f"{number:,}" for number in report.summary] for _, report in loaded]
    rows = [(title, *row) for title, row in zip(titles, numbers, strict=True)]
    print_heading("All files", to_output=True)
    print_table(("name", *SUMMARY), rows, numbers=SUMMARY)


@data.command()
def remove(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The code of a source, such as aijobs or sample.")],
) -> None:
    """Remove all records of a source, as a new edition. Loading or importing its file again restores them."""
    with database(load_settings()) as url:
        removed = remove_source(url, _source_id(url, source))
        left = _removable(url)
    say(f"Removed {count_of(removed, 'record')} of {source}." if removed else f"There are no records of {source}.")
    for code, records in left.items():
        if code.startswith(f"{source}-"):
            say(f"{code} is a source of its own and still has {count_of(records, 'record')}: `payrank data remove {code}`.")


def _removable(url: str) -> dict[str, int]:
    """The current records of each source that can be removed, by its code."""
    with bulk_connection(url) as rows:
        reference, counts = load_reference(rows), count_by_source(rows)
    found = {source.code: counts[id_] for id_, source in reference.sources.items() if id_ in counts}
    return {code: records for code, records in sorted(found.items()) if code != CONTRIBUTORS}


def _source_id(url: str, code: str) -> int:
    """Raises DataError for an unknown source, and for that of contributors."""
    with bulk_connection(url) as rows:
        reference = load_reference(rows)
    known = sorted(source.code for source in reference.sources.values())
    if code not in known:
        removable = ", ".join(f"{one} ({count_of(records, 'record')})" for one, records in _removable(url).items())
        what = f"Sources to remove: {removable}." if removable else "No source has records to remove."
        raise DataError(f"There is no source {code[:60]!r}. {what}")
    if code == CONTRIBUTORS:
        raise DataError(
            "Contributed records cannot be removed as a source. Contributors withdraw their own; `payrank batch withdraw "
            "ID` removes a batch with the next release."
        )
    return reference.taxonomy.find(Factor.SOURCE, code).id
