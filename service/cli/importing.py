"""`payrank import`, and the report that it ends with."""

from pathlib import Path
from typing import Annotated

import typer

from seed.importer.importing import import_file
from seed.importer.mapping import Mapping
from seed.importer.mapping import builtin_mapping, load_mapping
from seed.importer.report import ImportReport
from service.cli.console import console, counting
from service.cli.database import database
from service.settings import load_settings


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
    with database(load_settings()) as url, counting("rows read") as progress:
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
        "already there": report.unchanged,
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
    if report.truncated:
        console.print("The file broke off inside a record, so nothing was retired.")
    for factor, values in report.unknown.items():
        few = ", ".join(f"{text} ({count:,})" for text, count in values.most_common(5))
        console.print(f"{len(values):>12,} values of {factor} that no reference knows: {few}", highlight=False)
    console.print(f"Edition {report.edition} is out." if report.edition else "Nothing new: the edition stays.")
