"""`payrank import` and `payrank sample`: records put into the database."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from seed.importer.importing import import_file
from seed.importer.mapping import Mapping as FileMapping
from seed.importer.mapping import builtin_mapping, load_mapping
from seed.importer.plausibility import PaySpread
from seed.importer.protected import PlannedClass
from seed.importer.report import PREVIEWED_RECORDS, ImportReport, describe_record
from seed.importer.suggestion import suggest_mapping
from seed.sample import load_sample, remove_sample
from service.cli.console import (
    console,
    output_width,
    print_heading,
    print_line,
    print_numbers,
    print_table,
    progress_bar,
    say,
)
from service.cli.database import current_database, database
from service.counts import count_of
from service.settings import DEFAULT_SAMPLE_RECORDS, Settings, load_settings
from service.store.data_loading import DataLoading, DataLoadingState, read_loading, write_loading

_LISTED_COUNTRIES = 10
_PREVIEW_WIDTH = 160
"""The width below which records of a dry run are no table."""


def import_data(
    dataset: Annotated[
        str | None, typer.Argument(help="The name of a data set: see `payrank data list`. With --mapping, only the file.")
    ] = None,
    file: Annotated[str | None, typer.Argument(help="A path or an http(s) URL, in any format of docs/importing.md.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A TOML file that maps the columns of your own file.")] = None,
    pair_ranges: Annotated[
        bool | None,
        typer.Option("--pair-ranges/--no-pair-ranges", help="Treat adjacent rows that differ only in pay as one range."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the report and some records, and write nothing to the database.")
    ] = False,
    keep_doubtful: Annotated[
        bool, typer.Option("--keep-doubtful", help="Also import rows whose pay is implausible for their country.")
    ] = False,
    suggest: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Print a mapping proposed for this file, to be edited."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --mapping: publish the records without asking, for scripts.")
    ] = False,
) -> None:
    """Import a data set of the catalogue, or your own file with --mapping. Importing it again adds only new records."""
    if suggest is not None:
        _suggest(suggest, {"DATASET": dataset, "FILE": file, "--mapping": mapping, "--dry-run": dry_run or None})
        return
    chosen, path = _chosen(dataset, file, mapping)
    settings = load_settings()
    asks = mapping is not None and not (yes or dry_run)
    if asks and not sys.stdin.isatty():
        raise typer.BadParameter(
            "--mapping publishes the rows of the file and needs confirmation, but there is no terminal. "
            "Pass --yes to confirm, or --dry-run to preview."
        )
    opened = (current_database if dry_run else database)(settings)
    with opened as url, ExitStack() as shown:
        progress = shown.enter_context(progress_bar("rows"))

        def confirm(planned: ImportReport) -> None:
            shown.close()  # the bar would be drawn over the report and the question
            print_report(planned)
            _confirm_publication(_consequence(planned, protected=chosen.dataset.protected))

        report = import_file(
            url,
            chosen,
            path,
            pair_ranges=pair_ranges,
            keep_doubtful=keep_doubtful,
            class_size=settings.class_size,
            dry_run=dry_run,
            progress=progress,
            confirm=confirm if asks else None,
        )
        replace_sample(settings, url, report)
    if not asks:
        print_report(report)
    if dry_run:
        say("This was a dry run: the database is unchanged.")
    else:
        say_edition(report)


def _consequence(planned: ImportReport, *, protected: bool) -> str:
    """What the import of one's own file makes public."""
    count = planned.imported + planned.restated + planned.unchanged
    if protected:
        rows = "1 row" if count == 1 else f"{count:,} rows"
        return (
            f"This publishes the rounded pay of {rows} in the classes above. A new version of the file can replace it after "
            "a year at the earliest."
        )
    return (
        f"This publishes {count_of(count, 'record')}. Anyone can read each record's pay, month and all other mapped values."
    )


def _confirm_publication(consequence: str) -> None:
    """Ask whether to publish the records of one's own file. Raises Exit if not."""
    say(consequence)
    if not typer.confirm("Publish them?", err=True):
        say("Nothing was imported.")
        raise typer.Exit(1)


def _suggest(file: str, others: Mapping[str, object]) -> None:
    """Print a proposed mapping. Raises BadParameter if anything else was to be done."""
    if given := [f"{name} {value}" if value is not True else name for name, value in others.items() if value is not None]:
        raise typer.BadParameter(
            f"--suggest takes one file and nothing else, got {', '.join(given)} too. Run it once for each file."
        )
    suggestion = suggest_mapping(file)
    print(suggestion.text, end="")  # noqa: T201
    if not suggestion.has_pay:
        say("No column has amounts of pay; name it in [pay], since the mapping cannot be used without it.")
    if suggestion.guesses:
        them = "it" if len(suggestion.guesses) == 1 else "them"
        keys = ", ".join(suggestion.guesses)
        say(f"Guessed because the file does not state {them}: {keys}. Look for GUESS in the mapping.")


def _chosen(dataset: str | None, file: str | None, mapping: Path | None) -> tuple[FileMapping, str | None]:
    if mapping:
        if dataset and file:
            raise typer.BadParameter(
                f"--mapping takes one file, got {dataset!r} and {file!r}. Leave out the name of the data set."
            )
        return load_mapping(mapping), file or dataset
    if dataset is None:
        raise typer.BadParameter("Name a data set, or give your own file with --mapping.")
    return builtin_mapping(dataset), file


def say_edition(report: ImportReport) -> None:
    say(f"Published edition {report.edition}." if report.edition else "Nothing is new, so no edition was published.")


def print_report(report: ImportReport) -> None:
    """Print the counts of an import, which account for every row, uncertain readings, and the spread of pay."""
    _print_counts("Rows", report.counts)
    if report.refused_file:
        doubtful = "Refused and doubtful" if report.doubtful else "Refused"
        print_line(f"{doubtful} rows, with their reasons: {report.refused_file}")
    if report.truncated:
        print_line("The file ends inside a record, so no records were retired.")
    _print_counts("Uncertain readings, by number of rows", ((rows, note) for note, rows in report.notes.items()))
    _print_counts("Exchange rates of another year, by number of records", report.rates)
    _print_counts("Texts that match no reference value, by number of rows", report.unknown_texts)
    _print_counts("Texts that may be several places, by number of rows; choose one in map", report.ambiguous_texts)
    if report.unknown_file:
        print_line(f"All of these texts: {report.unknown_file}")
    _print_spread(report.spread)
    _print_preview(report.preview)
    _print_classes(report.classes)


def _print_counts(heading: str, counts: Iterable[tuple[int, str]]) -> None:
    """A section of numbers, each with its meaning; nothing without any."""
    found = [(f"{count:,}", text) for count, text in counts]
    if found:
        print_heading(heading)
        print_numbers(found)


def _print_spread(spread: Sequence[PaySpread]) -> None:
    """A table of the countries with the most rows, and a line on the others."""
    if not spread:
        return
    print_heading("Yearly pay by country in US dollars: base salary, or else total compensation")
    columns = ("country", "rows", "P1", "median", "P99", "doubtful", "compared with")
    rows = [_spread_row(one) for one in spread[:_LISTED_COUNTRIES]]
    print_table(columns, rows, numbers=columns[1:6], to=console)
    if others := spread[_LISTED_COUNTRIES:]:
        count, doubtful = sum(one.rows for one in others), sum(one.doubtful for one in others)
        medians = sorted(one.median for one in others)
        countries = count_of(len(others), "more country", "more countries")
        print_line(
            f"{countries}: {count_of(count, 'row')} with medians from {medians[0]:,.0f} to {medians[-1]:,.0f}, "
            f"{doubtful:,} doubtful"
        )


def _spread_row(one: PaySpread) -> tuple[str, ...]:
    percentiles = (f"{value:,.0f}" for value in (one.p1, one.median, one.p99))
    compared = one.band.basis or f"{one.band.low:,.0f} to {one.band.high:,.0f}"
    compared = "this file" if compared.endswith("of this file") else compared
    return one.country, f"{one.rows:,}", *percentiles, f"{one.doubtful:,}", compared


def _print_preview(preview: Sequence[Mapping[str, str]]) -> None:
    """Some records of a dry run: a table without the columns that all of them leave blank, or in a narrow terminal a
    paragraph for each."""
    if not preview:
        return
    print_heading(_preview_heading(len(preview)), to_output=True)
    if output_width() < _PREVIEW_WIDTH:
        print_numbers([(row["line"], describe_record(row)) for row in preview], to_output=True)
        return
    columns = [name for name in preview[0] if any(row[name] for row in preview)]
    rows = [[row[name] for name in columns] for row in preview]
    print_table(columns, rows, numbers=("line", "base", "base US$", "total US$"))


def _preview_heading(shown: int) -> str:
    if shown < PREVIEWED_RECORDS:
        return "The only record" if shown == 1 else f"All {shown} records"
    return f"{count_of(shown, 'record')}, spread evenly over the file"


def _print_classes(classes: Sequence[PlannedClass]) -> None:
    """The classes that a protected data set is published in, with the number of rows in each step."""
    if not classes:
        return
    print_heading("Classes, with the number of rows in each step of yearly pay", to_output=True)
    rows = [
        (
            one.name,
            one.measure.value.replace("_", " "),
            one.state.value,
            f"{one.rows:,}",
            one.currency,
            ", ".join(f"{step:,} ({count:,})" for step, count in one.steps.items()),
        )
        for one in classes
    ]
    print_table(("class", "measure", "state", "rows", "currency", "steps"), rows, numbers=("rows",))


def replace_sample(settings: Settings, url: str, report: ImportReport) -> None:
    """After an import that published records, remove the sample if a first start loaded it because no data set could be."""
    first_start = read_loading(settings.journal_dir)
    if report.edition is None or first_start is None or first_start.state is not DataLoadingState.SAMPLE:
        return
    removed = remove_sample(url)
    write_loading(settings.journal_dir, DataLoading(DataLoadingState.LOADED, "Imported records replaced the sample."))
    if removed:
        say(f"Removed {count_of(removed, 'sample record')}, which the first start had loaded without a network.")


def sample(
    records: Annotated[int, typer.Option(min=1, help="The number of records.")] = DEFAULT_SAMPLE_RECORDS,
    seed: Annotated[int, typer.Option(help="The random seed: the same seed gives the same records.")] = 1,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the sample instead.")] = False,
) -> None:
    """Load a sample of generated records, replacing an earlier sample, or remove it."""
    with database(load_settings(), create=not remove) as url:
        if remove:
            removed = remove_sample(url)
            say(f"Removed {count_of(removed, 'sample record')}." if removed else "There are no sample records to remove.")
            return
        edition = generate_sample(url, records, seed)
        say(f"Loaded {count_of(records, 'sample record')} as edition {edition}.")


def generate_sample(url: str, records: int, seed: int) -> int:
    """Load a sample, showing progress; returns the number of its edition."""
    say(f"Generating {count_of(records, 'sample record')}")
    with progress_bar("records", records) as progress:
        return load_sample(url, records, seed, progress)
