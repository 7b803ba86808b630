"""`payrank publish` and `payrank audit`."""

import os
import sys
import time
from dataclasses import asdict
from threading import Event, Thread
from typing import Annotated

import structlog
import typer

from service.cli.console import console, say
from service.cli.database import server
from service.errors import DataError, PayRankError
from service.intake import audit as audits
from service.intake import publication
from service.intake.publication import PublicationResult
from service.logs import configure_logs
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.store.database import READER
from service.store.editions import current_edition

log = structlog.get_logger()
_MAX_IDLE_SECONDS = 600
"""After this time a run is due even if nothing changed."""
_EXIT_SECONDS = 10
"""How long an edition may take to finish after standard input has closed."""


def publish(
    every: Annotated[
        float | None,
        typer.Option(min=0.001, max=86_400, metavar="SECONDS", help="Keep publishing, with a pause of this length."),
    ] = None,
    until_eof: Annotated[bool, typer.Option("--until-eof", help="With --every: exit when standard input closes.")] = False,
) -> None:
    """Screen contributed pay and publish what can be published as a new edition."""
    settings = load_settings()
    with server(settings) as url:
        if every is None:
            _report(publication.publish(url, k=settings.minimum_records))
        else:
            configure_logs()
            _publish_repeatedly(url, settings.minimum_records, every, _end_of_input() if until_eof else Event())


def audit() -> None:
    """Check that the published tables keep every privacy guarantee to contributors. Exits with status 1 if not."""
    settings = load_settings()
    with server(settings) as url:
        violations = audits.audit(url, settings.minimum_records)
        with bulk_connection(url, READER) as rows:
            edition = current_edition(rows)
    for violation in violations:
        print(violation.message)  # noqa: T201
    if violations:
        raise DataError(f"Found {len(violations):,} violations of the privacy guarantees, listed above.")
    if edition:
        say(f"Found no violations in the editions up to {edition.number:,}, which has {edition.records:,} records.")
    else:
        say("There are no editions to audit yet.")


def _report(result: PublicationResult | None) -> None:
    if result is None:
        say("Nothing to publish, or another process is publishing.")
        return
    say(f"Published edition {result.edition:,}." if result.edition else "Nothing to publish, but submissions were held.")
    for name, count in asdict(result).items():
        if name != "edition":
            console.print(f"{count:>12,} {name}", highlight=False)


def _publish_repeatedly(url: str, k: int, seconds: float, stopped: Event) -> None:
    """Publish until stopped; a run that failed is logged and tried again.

    Each run recomputes everything, which takes long with many submissions. After a run that changed nothing, the next waits
    for a change, but not forever: expired proofs and rate limits must be deleted in time.
    """
    unchanged, since = "", 0.0
    while True:
        try:
            state = publication.fingerprint(url)  # before the run, so that what arrives during it counts as a change
            if state != unchanged or time.monotonic() - since > _MAX_IDLE_SECONDS:
                unchanged, since = "" if _publish_once(url, k) else state, time.monotonic()
        except PayRankError as error:
            log.warning("publication.failed", reason=str(error))
        except Exception:
            log.exception("publication.failed")
        if stopped.wait(seconds):
            return


def _publish_once(url: str, k: int) -> bool:
    """Whether a run changed anything."""
    result = publication.publish(url, k=k)
    if result:
        log.info("publication.done", **asdict(result))
    return result is not None


def _end_of_input() -> Event:
    """Set when standard input closes. A publication that takes too long after that is aborted, and so rolled back."""
    closed = Event()

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1_024):
            pass
        closed.set()
        time.sleep(_EXIT_SECONDS)
        os._exit(1)

    Thread(target=watch, daemon=True).start()
    return closed
