"""`payrank import` and `payrank sample`."""

from pathlib import Path
from typing import Annotated

import typer

from seed.importer.importing import import_file
from seed.importer.mapping import Mapping, builtin_mapping, load_mapping
from seed.importer.report import ImportReport
from seed.sample import load_sample, remove_sample
from service.cli.console import console, progress_bar, say
from service.cli.database import database
from service.settings import DEFAULT_SAMPLE_RECORDS, load_settings


def import_data(
    dataset: Annotated[str | None, typer.Argument(help="aijobs, lca, stackoverflow-2025 or stackoverflow-2017.")] = None,
    file: Annotated[str | None, typer.Argument(help="A path or an http(s) URL, optionally gzipped.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A TOML file that maps the columns of your own CSV.")] = None,
    pair_ranges: Annotated[
        bool | None,
        typer.Option("--pair-ranges/--no-pair-ranges", help="Treat adjacent rows that differ only in pay as one range."),
    ] = None,
) -> None:
    """Import a data set. Importing it again adds only new records."""
    chosen, path = _chosen(dataset, file, mapping)
    with database(load_settings()) as url, progress_bar("rows") as progress:
        report = import_file(url, chosen, path, pair_ranges=pair_ranges, progress=progress)
    _print_report(report)


def _chosen(dataset: str | None, file: str | None, mapping: Path | None) -> tuple[Mapping, str | None]:
    if mapping:
        return load_mapping(mapping), file or dataset
    if dataset is None:
        raise typer.BadParameter("Name a data set, or give your own file with --mapping.")
    return builtin_mapping(dataset), file


def _print_report(report: ImportReport) -> None:
    """Print the counts of an import, which account for every row."""
    counts = {
        "read": report.read,
        "imported": report.imported,
        "unchanged": report.unchanged,
        "merged with the next row into one range": report.paired,
        "restated, since their meaning has changed": report.restated,
        "refused": report.refused,
        "retired, since they are no longer in the file": report.retired,
        "retained, although they are no longer in the file": report.retained,
    }
    for label, count in counts.items():
        if count or label in ("read", "imported"):
            console.print(f"{count:>12,} {label}", highlight=False)
    if report.refused_file:
        console.print(f"Refused rows and the reasons are in {report.refused_file}", highlight=False, soft_wrap=True)
    if report.truncated:
        console.print("The file ends inside a record, so no records were retired.")
    for factor, values in report.unknown.items():
        common = ", ".join(f"{text} ({count:,})" for text, count in values.most_common(5))
        noun = "value" if len(values) == 1 else "values"
        console.print(f"{len(values):>12,} unknown {noun} of {factor}: {common}", highlight=False)
    say(f"Published edition {report.edition}." if report.edition else "Nothing is new, so no edition was published.")


def sample(
    records: Annotated[int, typer.Option(min=1, help="The number of records.")] = DEFAULT_SAMPLE_RECORDS,
    seed: Annotated[int, typer.Option(help="The random seed: the same seed gives the same records.")] = 1,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the sample instead.")] = False,
) -> None:
    """Load a sample of generated records, replacing an earlier sample, or remove it."""
    with database(load_settings()) as url:
        if remove:
            say(f"Removed {remove_sample(url):,} sample records.")
            return
        edition = generate_sample(url, records, seed)
        say(f"Loaded {records:,} sample records as edition {edition}.")


def generate_sample(url: str, records: int, seed: int) -> int:
    """Load a sample, showing progress; returns the number of its edition."""
    say(f"Generating {records:,} sample records")
    with progress_bar("records", records) as progress:
        return load_sample(url, records, seed, progress)
