"""`payrank doctor`: what is wrong with an installation, and what to do about it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from rich.markup import escape

from service.cli.console import console
from service.cli.database import server
from service.errors import DatabaseError, DataError
from service.index.artifact import Shelf
from service.intake.audit import audit
from service.settings import Settings, load_settings
from service.store.health import Health, health

_ROOM = 1 << 30
"""Bytes that should be free where data or caches are kept."""
_SKEW = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look came to; `remedy` is what to do where something is wrong, and empty where nothing is."""

    about: str
    seen: str
    remedy: str = ""


def doctor() -> None:
    """Look at the database, the promises to contributors, the caches and the disk; ends with status 1 where one is ill."""
    settings = load_settings()
    ill = 0
    for finding in _findings(settings):
        mark = "[red]✗[/red]" if finding.remedy else "[green]✓[/green]"
        text = f"{finding.about}: {finding.seen}{f' {finding.remedy}' if finding.remedy else ''}"
        console.print(f"{mark} {escape(text)}", highlight=False, soft_wrap=True)
        ill += bool(finding.remedy)
    if ill:
        raise DataError(f"{ill} of these need care.")


def _findings(settings: Settings) -> Iterator[Finding]:
    yield from _disk(settings)
    try:
        with server(settings) as url:
            found = health(url)
            yield _database(found)
            yield from _tables(found)
            yield _clock(found)
            yield from _cache(settings, url)
            if found.revision == found.needed:
                yield from (_editions(found), _links(found), _promises(url, settings.minimum_records))
    except DatabaseError as error:
        yield Finding("Database", str(error), "Nothing that lies in it can be looked at before that is done.")


def _disk(settings: Settings) -> Iterator[Finding]:
    folders = {"Cache": settings.cache_dir} | ({} if settings.database_url else {"Data": settings.data_dir})
    for name, folder in folders.items():
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(there).free
        seen = f"{free / 1e9:,.1f} GB are free for {folder}."
        yield Finding(f"{name} folder", seen, "" if free > _ROOM else "Make room before it runs out.")


def _database(found: Health) -> Finding:
    if not found.full:
        return Finding("Database", f"PostgreSQL {found.version} answers.")
    seen = f"PostgreSQL {found.version} answers and can write nothing more: {found.full}."
    return Finding("Database", seen, "Make room on its disk; it goes on by itself then.")


def _tables(found: Health) -> Iterator[Finding]:
    if found.revision == found.needed:
        yield Finding("Tables", f"of this version ({found.needed}).")
        missing = ", ".join(found.lacking)
        seen = f"the login lacks {missing}." if missing else "the login has the roles that the service takes on."
        yield Finding("Roles", seen, f"Run as a superuser: GRANT {missing} TO the login." if missing else "")
    elif found.revision is None:
        yield Finding("Tables", "there are none of PayRank's yet.", "Run `payrank migrate`.")
    elif found.known:
        yield Finding(
            "Tables", f"of revision {found.revision}; this version needs {found.needed}.", "Run `payrank migrate`."
        )
    else:
        seen = f"of revision {found.revision}, which this version does not know: a newer PayRank has made them."
        yield Finding("Tables", seen, "Run that version, or restore a backup from before.")


def _clock(found: Health) -> Finding:
    apart = abs(found.apart)
    if found.ahead:
        seen = f"{found.ahead:,} submissions or editions are dated after this moment: a clock has been wrong."
        return Finding("Clock", seen, "Set the clocks of all machines by one time server (chrony, systemd-timesyncd).")
    seen = f"this machine's and the database's are {apart.total_seconds():.1f} s apart."
    return Finding("Clock", seen, "Set both by one time server." if apart > _SKEW else "")


def _cache(settings: Settings, url: str) -> Iterator[Finding]:
    shelf = Shelf.of(settings.cache_dir, url)
    obstacle = shelf.unusable()
    if obstacle:
        remedy = "Give it to the service's user alone, or name another folder in PAYRANK_CACHE_DIR."
        yield Finding("Cache", f"{settings.cache_dir} cannot be used: {obstacle}.", remedy)
        return
    harms = {
        "torn or changed since it was written": (shelf.damaged(), "Delete it; it is made anew."),
        "half written by a process that was killed": (shelf.abandoned(), "Delete it, or wait: the next edition does."),
    }
    found = [
        Finding("Cache", f"{harm}: {', '.join(path.name for path in paths)}.", remedy)
        for harm, (paths, remedy) in harms.items()
        if paths
    ]
    yield from found or [Finding("Cache", "every file is what was written.")]


def _editions(found: Health) -> Finding:
    if found.told != found.counted:
        seen = f"edition {found.watermark:,} tells of {found.told:,} records, and the table has {found.counted:,} of it."
        return Finding("Edition", seen, "Restore a backup: rows were changed by something other than PayRank.")
    if found.unfinished:
        numbers = ", ".join(map(str, found.unfinished))
        seen = f"{found.watermark:,} is out; {numbers} was begun and is not out."
        return Finding("Edition", seen, "If no import or publication runs now, the next `payrank publish` clears it up.")
    return Finding("Edition", f"{found.watermark:,} is out with its {found.counted:,} records.")


def _links(found: Health) -> Finding:
    if not found.orphans:
        return Finding("Submissions", "each published one has its record.")
    seen = f"{found.orphans:,} published ones have no record."
    return Finding("Submissions", seen, "Restore a backup: rows were removed by something other than PayRank.")


def _promises(url: str, minimum: int) -> Finding:
    broken = len(audit(url, minimum))
    if not broken:
        return Finding("Promises", "no contributor stands out in what is published.")
    return Finding("Promises", f"{broken:,} are broken.", "`payrank audit` names each; withdraw those records.")
