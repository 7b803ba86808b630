"""Progress of a first start, in a file next to the journal that all processes and machines read.

An interrupted first start is resumed by the next one.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

_NAME = "first-start.json"


class DataLoadingState(StrEnum):
    LOADING = "loading"
    """Open data sets are being downloaded and imported."""
    LOADED = "loaded"
    SAMPLE = "sample"
    """The generated sample was loaded, because open data sets could not be."""


@dataclass(frozen=True, slots=True)
class DataLoading:
    """The first start of a database: `message` says in English what is being done, or was.

    `done` of `files` files have been loaded or skipped; `skipped` says of each skipped file why.
    """

    state: DataLoadingState
    message: str
    done: int = 0
    files: int = 0
    skipped: Sequence[str] = ()


def read_loading(folder: Path) -> DataLoading | None:
    """The state that was written last; None if there was no first start, or if the file cannot be read."""
    try:
        found = json.loads((folder / _NAME).read_bytes())
        return DataLoading(**found | {"state": DataLoadingState(found["state"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_loading(folder: Path, loading: DataLoading) -> None:
    """Replace the file, so that readers see one state or the other. Raises OSError."""
    path = folder / _NAME
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(asdict(loading)))
    unfinished.replace(path)
