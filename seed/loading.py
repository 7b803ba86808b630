"""Loading data sets of the catalogue: each file is downloaded, imported and deleted."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from seed.catalogue import DataSet
from seed.importer.importing import import_file
from seed.importer.mapping import PublishedFile
from seed.importer.report import ImportReport
from seed.importer.tables.downloads import Unreachable, download
from service.errors import DataError, masked

LoadProgress = Callable[[str, int, int | None], None]
"""Called with the step, how much of it is done, and how much there is if that is known."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """Result of loading one file: the import report, or the reason for skipping it, as a sentence."""

    data_set: str
    file: str
    report: ImportReport | None = None
    skipped: str | None = None
    is_unreachable: bool = False


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How data sets are loaded: into which database, by which folder, and from where instead of the publishers.

    `progress` is called with what is being done (`download` or `import`), how many bytes or rows are done, and how many
    there are if that is known; it may raise to stop.
    """

    database_url: str
    folder: Path
    mirror: str | None = None
    progress: LoadProgress = lambda *_: None


def load_data_sets(sets: Iterable[DataSet], options: LoadOptions) -> Iterator[FileResult]:
    """Download and import files of data sets, one after the other, each published as an edition of its own.

    A file that cannot be downloaded, or whose columns are not those of its mapping, is skipped, and so are all others of a
    server that cannot be reached. Raises DatabaseError.
    """
    unreachable: set[str | None] = set()
    for data_set in sets:
        for file in data_set.files:
            url = _address(data_set, file, options.mirror)
            host = urlsplit(url).hostname
            if host in unreachable:
                yield FileResult(
                    data_set.name, file.name, skipped=f"{masked(url)} cannot be reached, like the files before it."
                )
                continue
            try:
                yield FileResult(data_set.name, file.name, _load_file(data_set, file, url, options))
            except DataError as error:
                is_unreachable = isinstance(error, Unreachable)
                if is_unreachable:
                    unreachable.add(host)
                yield FileResult(data_set.name, file.name, skipped=str(error), is_unreachable=is_unreachable)


def _address(data_set: DataSet, file: PublishedFile, mirror: str | None) -> str:
    return f"{mirror.rstrip('/')}/{data_set.name}/{quote(file.name)}" if mirror else file.url


def _load_file(data_set: DataSet, file: PublishedFile, url: str, options: LoadOptions) -> ImportReport:
    """Download a file, import it, and delete it. Only partial downloads and refused rows are kept."""
    folder = options.folder / data_set.name
    path = folder / file.name
    try:
        download(url, path, sha256=file.sha256, progress=lambda done, total: options.progress("download", done, total))
        return import_file(
            options.database_url,
            data_set.mapping,
            str(path),
            progress=lambda rows: options.progress("import", rows, None),
            refused_dir=folder,
        )
    finally:
        path.unlink(missing_ok=True)
