"""`payrank doctor`: checks an installation and says how to fix what is wrong."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from service.cli.console import say_checked
from service.cli.database import check_connections, server
from service.cli.publish import no_releases
from service.counts import count_of, joined
from service.errors import DatabaseError, DatabaseTimeout, DatabaseUnavailable, DataError
from service.index.artifact import IndexStore
from service.intake.audit import audit
from service.settings import Settings, load_settings
from service.store.health import Health, check_health
from service.store.journal import find_journal

_MIN_FREE = 1 << 30
"""Bytes that should be free where data or caches are stored."""
_MAX_SKEW = timedelta(seconds=5)
_LOCK_SECONDS, _STATEMENT_SECONDS = 5, 120
"""How long a check waits for a lock, such as that of a process that was killed, and how long one of its queries may take."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check; `remedy` says how to fix a problem, and is empty if there is none."""

    subject: str
    message: str
    remedy: str = ""


def doctor() -> None:
    """Check the database, the rules for contributed pay, the caches and the disk. Exits with status 1 if a check fails."""
    failed = 0
    for result in _checks(load_settings()):
        text = f"{result.subject}: {result.message}{f' {result.remedy}' if result.remedy else ''}"
        say_checked(text, passed=not result.remedy)
        failed += bool(result.remedy)
    if failed:
        raise DataError(f"{count_of(failed, 'check')} failed.")


def _checks(settings: Settings) -> Iterator[CheckResult]:
    yield from _disk(settings)
    try:
        with server(settings) as url:
            found = check_health(url, _limits())
            yield _database(found)
            yield from _tables(found)
            yield _clock(found)
            yield from _cache(settings, url)
            if found.revision == found.needed:
                yield _connections(settings, url)
                yield from (_edition(found), _batches(found), _privacy(url, settings, found.watermark))
                yield _journal(url, settings)
    except DatabaseTimeout:
        message = f"a check took more than {_STATEMENT_SECONDS} s."
        remedy = "See in pg_stat_activity what keeps PostgreSQL busy, and run this again. The other checks were skipped."
        yield CheckResult("Database", message, remedy)
    except DatabaseError as error:
        yield CheckResult("Database", str(error), "The other checks need it and were skipped.")


def _limits() -> dict[str, str]:
    return {"lock_timeout": f"{_LOCK_SECONDS}s", "statement_timeout": f"{_STATEMENT_SECONDS}s"}


def _disk(settings: Settings) -> Iterator[CheckResult]:
    folders = {"Cache": settings.cache_dir} | ({} if settings.database_url else {"Data": settings.data_dir})
    for name, folder in folders.items():
        existing = next(path for path in (folder, *folder.parents) if os.access(path, os.F_OK))
        free = shutil.disk_usage(existing).free
        message = f"{free / 1e9:,.1f} GB free for {folder}."
        yield CheckResult(f"{name} disk", message, "" if free > _MIN_FREE else "Free some space before it runs out.")


def _database(found: Health) -> CheckResult:
    if not found.write_error:
        return CheckResult("Database", f"PostgreSQL {found.version} responds.")
    message = f"PostgreSQL {found.version} responds but cannot write: {found.write_error}."
    return CheckResult("Database", message, "Free some space on its disk; it then recovers by itself.")


def _tables(found: Health) -> Iterator[CheckResult]:
    if found.revision == found.needed:
        yield CheckResult("Tables", f"revision {found.needed}, as this version needs.")
        yield _roles(found)
    elif found.revision is None:
        yield CheckResult("Tables", "not created yet.", "Run `payrank migrate`.")
    elif found.known:
        message = f"revision {found.revision}, but this version needs {found.needed}."
        yield CheckResult("Tables", message, "Run `payrank migrate`.")
    else:
        message = f"unknown revision {found.revision}, made by a newer version of PayRank."
        yield CheckResult("Tables", message, "Run that version, or restore an older backup.")


def _roles(found: Health) -> CheckResult:
    if found.missing_roles:
        missing = ", ".join(found.missing_roles)
        return CheckResult("Roles", f"the login lacks {missing}.", f"Run as a superuser: GRANT {missing} TO the login.")
    if found.other_owners:
        owners = joined(found.other_owners, "and")
        message = f"{owners} can read the contributions here by owning another database of this server."
        remedy = f"Run {found.separation}; then grant CONNECT to other logins of this service. Or use separate servers."
        return CheckResult("Roles", message, remedy)
    return CheckResult("Roles", "the login has every role that the service uses.")


def _connections(settings: Settings, url: str) -> CheckResult:
    try:
        check_connections(settings, url)
    except DatabaseUnavailable:
        raise
    except DatabaseError as error:
        return CheckResult("Connections", str(error), "The service does not start with these.")
    return CheckResult("Connections", "the service has the rights of its roles only, and a limit of time.")


def _clock(found: Health) -> CheckResult:
    skew = abs(found.clock_offset)
    if found.future:
        dated = count_of(found.future, "submission or edition is", "submissions or editions are")
        message = f"{dated} dated in the future, so a clock was wrong."
        return CheckResult("Clock", message, "Synchronise the clocks of all machines (chrony, systemd-timesyncd).")
    message = f"this machine and the database differ by {skew.total_seconds():.1f} s."
    return CheckResult("Clock", message, "Synchronise both clocks." if skew > _MAX_SKEW else "")


def _cache(settings: Settings, url: str) -> Iterator[CheckResult]:
    store = IndexStore.of(settings.cache_dir, url)
    if reason := store.unusable_reason():
        remedy = "Make it writable for the service's user only, or set PAYRANK_CACHE_DIR to another folder."
        yield CheckResult("Cache", f"{settings.cache_dir} cannot be used: {reason}.", remedy)
        return
    problems = {
        "damaged or changed since written": (store.damaged(), "Delete these files; they are built again when needed."),
        "left unfinished by a killed process": (store.abandoned(), "Delete these files, or wait for the next edition."),
    }
    results = [
        CheckResult("Cache", f"{problem}: {', '.join(path.name for path in paths)}.", remedy)
        for problem, (paths, remedy) in problems.items()
        if paths
    ]
    yield from results or [CheckResult("Cache", "every file is intact.")]


def _edition(found: Health) -> CheckResult:
    if found.recorded != found.counted:
        message = f"edition {found.watermark:,} should have {count_of(found.recorded, 'record')} but has {found.counted:,}."
        return CheckResult("Edition", message, "Something other than PayRank changed rows: restore a backup.")
    if found.unfinished:
        numbers = ", ".join(map(str, found.unfinished))
        message = f"{found.watermark:,} is published; {numbers} was started but not published."
        return CheckResult("Edition", message, "If no import or publication is running, run `payrank publish` to remove it.")
    return CheckResult("Edition", f"{found.watermark:,} is published with {count_of(found.counted, 'record')}.")


def _batches(found: Health) -> CheckResult:
    if not found.orphans:
        return CheckResult("Batches", "every record of a batch exists.")
    missing = count_of(found.orphans, "record of contributed pay is", "records of contributed pay are")
    message = f"{missing} missing."
    return CheckResult("Batches", message, "Something other than PayRank deleted rows: restore a backup.")


def _journal(url: str, settings: Settings) -> CheckResult:
    try:
        journal = find_journal(url, settings.journal_dir, _limits())
    except DataError as error:
        return CheckResult("Journal", str(error), "The service does not start without it.")
    return CheckResult(
        "Journal", f"{journal.path} is this database's." if journal else "not begun yet: `payrank serve` does."
    )


def _privacy(url: str, settings: Settings, edition: int) -> CheckResult:
    checked = (
        f"the batches, steps, releases and removals of contributed pay in the editions up to {edition:,}, or in the ledger "
        "of the yearly tables"
    )
    violations = len(audit(url, settings.class_size, _limits()))
    if not violations:
        return CheckResult("Privacy", f"No violations in {checked}. Nothing else was checked.")
    return CheckResult(
        "Privacy",
        f"{count_of(violations, 'violation')} in {checked}.",
        "List them with `payrank audit`. The next release resolves those of an upgrade or of a larger PAYRANK_CLASS_SIZE; "
        f"any others come from something other than PayRank: restore a backup.{no_releases(settings)}",
    )
