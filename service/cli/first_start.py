"""`payrank first-start`: open pay data for an empty database, loaded while `payrank serve` already answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from time import monotonic

from seed.catalogue import DataSet, data_sets
from seed.loading import FileResult, load_data_sets
from seed.sample import load_sample
from service.cli.child_process import end_of_input
from service.cli.console import say
from service.cli.data import load_options
from service.counts import count_of
from service.errors import DataError, PayRankError
from service.logs import configure_logs
from service.settings import Settings, load_settings
from service.store.data_loading import DataLoading, DataLoadingState, write_loading

_TRY_AGAIN = "Load real pay with `payrank data load --open`"
_DOWNLOAD_SECONDS = 60
"""After this time no more is downloaded, and what is missing is left to `payrank data load`."""
_REPORT_SECONDS = 0.5


class _Stopped(Exception):
    """Raised when the service stops; the next start resumes."""


def first_start() -> None:
    """Load the small open data sets, or the sample without a network. `payrank serve` runs this beside itself."""
    settings = load_settings()
    configure_logs()
    chosen = sorted((one for one in data_sets() if one.is_small), key=lambda one: -(one.download.rows or 0))
    progress = _Progress(settings.journal_dir, sum(len(one.files) for one in chosen), end_of_input())
    try:
        _fill(settings, chosen, progress)
    except _Stopped:
        return
    except PayRankError as error:
        progress.end(DataLoadingState.LOADED, f"Loading open pay data failed. {error} {_TRY_AGAIN}.")
        raise


def _fill(settings: Settings, chosen: Sequence[DataSet], progress: "_Progress") -> None:
    loaded_sets, records, why = set(), 0, "None of the open data sets could be loaded."
    for loaded in _loaded(settings, chosen, progress):
        progress.finish_file(loaded)
        if loaded.report:
            loaded_sets.add(loaded.data_set)
            records += loaded.report.imported + loaded.report.unchanged + loaded.report.restated
        elif loaded.is_unreachable and not records:
            why = str(loaded.skipped)
            break
    if records:
        sets = count_of(len(loaded_sets), "open data set")
        progress.end(DataLoadingState.LOADED, f"Loaded {count_of(records, 'record')} of {sets}.")
        return
    _load_sample(settings, progress, why)


def _loaded(settings: Settings, chosen: Sequence[DataSet], progress: "_Progress") -> Iterator[FileResult]:
    assert settings.database_url
    options = load_options(settings, settings.database_url, progress.update)
    for data_set in chosen:
        progress.data_set = data_set.name
        if progress.is_late:
            yield from (FileResult(data_set.name, one.name, skipped=progress.too_late()) for one in data_set.files)
        else:
            yield from load_data_sets([data_set], options)


def _load_sample(settings: Settings, progress: "_Progress", why: str) -> None:
    """Load the sample, and report why no open data was loaded."""
    assert settings.database_url
    if not settings.sample_records:
        progress.end(DataLoadingState.LOADED, f"{why} {_TRY_AGAIN}.")
        return
    progress.data_set = "sample"
    load_sample(settings.database_url, settings.sample_records, 1, lambda done: progress.update("import", done, None))
    progress.end(DataLoadingState.SAMPLE, f"{why} {_TRY_AGAIN}, which removes the sample.")


@dataclass
class _Progress:
    """How far the first start is, in the terminal and in the file that the service reads."""

    folder: Path
    files: int
    stopped: Event
    data_set: str = ""
    deadline: float = field(default_factory=lambda: monotonic() + _DOWNLOAD_SECONDS)
    state: DataLoading = field(init=False)
    _next_report: float = 0

    def __post_init__(self) -> None:
        self.state = DataLoading(DataLoadingState.LOADING, "Connecting.", files=self.files)
        self._write()

    @property
    def is_late(self) -> bool:
        return monotonic() > self.deadline

    def too_late(self) -> str:
        return (
            f"{self.data_set} was not downloaded within the {_DOWNLOAD_SECONDS} seconds of a first start. "
            f"Load it with `payrank data load {self.data_set}`."
        )

    def update(self, step: str, done: int, total: int | None) -> None:
        """Raises _Stopped if the service ends, DataError if a download takes too long."""
        if self.stopped.is_set():
            raise _Stopped
        if step == "download" and self.is_late:
            raise DataError(self.too_late())
        if monotonic() < self._next_report:
            return
        self._next_report = monotonic() + _REPORT_SECONDS
        self.state = replace(self.state, message=f"{self._doing(step, done, total)}.")
        self._write()

    def _doing(self, step: str, done: int, total: int | None) -> str:
        if step == "download":
            of = f" of {total / 1e6:,.1f}" if total else ""
            return f"Downloading {self.data_set}: {done / 1e6:,.1f}{of} MB"
        return f"Importing {self.data_set}: {done:,} rows"

    def finish_file(self, loaded: FileResult) -> None:
        report = loaded.report
        if report:
            say(f"Loaded {count_of(report.imported, 'record')} of {loaded.data_set} as edition {report.edition}.")
        else:
            say(f"Skipped {loaded.data_set}: {loaded.skipped}")
        skipped = self.state.skipped if report else (*self.state.skipped, f"{loaded.data_set}: {loaded.skipped}")
        self.state = replace(self.state, done=self.state.done + 1, skipped=skipped)
        self._write()

    def end(self, state: DataLoadingState, message: str) -> None:
        say(message)
        self.state = replace(self.state, state=state, message=message)
        self._write()

    def _write(self) -> None:
        write_loading(self.folder, self.state)
