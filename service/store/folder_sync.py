"""Durability of folders: a file that was created, renamed or deleted is so after a power failure too."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make changes of a folder's entries durable."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
