"""The catalogue of open pay data: the data sets of seed/mappings that have an address, downloaded and imported."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import quote, urlsplit

from seed.importer.importing import import_file
from seed.importer.mapping import Download, Mapping, PublishedFile, builtin_mapping, builtin_names
from seed.importer.report import ImportReport
from seed.importer.tables.downloads import Unreachable, download
from service.errors import DataError
from service.vocabulary.factors import FACTORS, PLACES
from service.vocabulary.measures import MEASURES, Measure

SMALL_MEGABYTES = 16
"""The download of a data set up to which `payrank data load --open` and a first start load it."""
LoadProgress = Callable[[str, int, int | None], None]
"""Called with the step, how much of it is done, and how much there is if that is known."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set of the catalogue, or some of its files."""

    mapping: Mapping
    download: Download
    files: tuple[PublishedFile, ...]

    @property
    def name(self) -> str:
        return self.mapping.source.code

    @property
    def is_small(self) -> bool:
        return (self.download.megabytes or SMALL_MEGABYTES + 1) <= SMALL_MEGABYTES

    @property
    def reports(self) -> list[str]:
        """What the records have: parts of pay, then factors and scores, by their labels."""
        pay = [MEASURES[Measure.BASE_SALARY if name == "base" else Measure(name)].label for name in self.mapping.pay.amounts]
        factors = {column.factor for column in self.mapping.factors} | set(PLACES if self.mapping.place else ())
        scores = [MEASURES[column.measure].label for column in self.mapping.measures]
        return [*pay, *(spec.label for factor, spec in FACTORS.items() if factor in factors), *scores]


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


def data_sets() -> list[DataSet]:
    """All data sets of the catalogue, by name."""
    mappings = map(builtin_mapping, builtin_names())
    return [DataSet(found, found.download, found.download.published) for found in mappings if found.download]


def find_data_set(name: str) -> DataSet:
    """The data set of a name, or only its file FILE for a name DATA_SET/FILE. Raises DataError, which lists all names."""
    code, slash, file = name.partition("/")
    known = {data_set.name: data_set for data_set in data_sets()}
    if code not in known:
        near = get_close_matches(code, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
        raise DataError(f"There is no data set {code[:60]!r} in the catalogue. {hint}")
    found = known[code]
    if not slash:
        return found
    files = {one.name: one for one in found.files}
    chosen = [one for title, one in files.items() if file in (title, Path(title).stem)]
    if not chosen:
        raise DataError(f"{code} has no file {file[:60]!r}. Its files are {', '.join(files)}.")
    return DataSet(found.mapping, found.download, tuple(chosen))


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
                yield FileResult(data_set.name, file.name, skipped=f"{url} cannot be reached, like the files before it.")
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
