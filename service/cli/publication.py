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
from service.intake import audit as auditing
from service.intake import publication
from service.intake.publication import Published
from service.logs import configure_logs
from service.settings import load_settings
from service.store.bulk import bulk
from service.store.database import READER
from service.store.editions import current_edition

log = structlog.get_logger()
_LONGEST_REST = 600
"""Seconds after which a run is due although nothing changed."""
_GRACE = 10
"""Seconds to finish an edition in when standard input has closed."""


def publish(
    every: Annotated[
        float | None,
        typer.Option(min=0.001, max=86_400, metavar="SECONDS", help="Go on, with a pause of so long in between."),
    ] = None,
    until_eof: Annotated[bool, typer.Option("--until-eof", help="With --every: end when standard input closes.")] = False,
) -> None:
    """Screen and publish what was contributed, as a new edition if there is enough that is new."""
    settings = load_settings()
    with server(settings) as url:
        if every is None:
            _tell(publication.publish(url, k=settings.minimum_records))
        else:
            configure_logs()
            _go_on(url, settings.minimum_records, every, _closing() if until_eof else Event())


def audit() -> None:
    """Check by the published tables alone that no contributor stands out; ends with status 1 where one does."""
    settings = load_settings()
    with server(settings) as url:
        violations = auditing.audit(url, settings.minimum_records)
        with bulk(url, READER) as rows:
            edition = current_edition(rows)
    for violation in violations:
        print(violation.message)  # noqa: T201
    if violations:
        raise DataError(f"{len(violations):,} promises to contributors are broken; see above.")
    told = (
        f"up to edition {edition.number:,} with its {edition.records:,} records" if edition else "before the first edition"
    )
    say(f"All is well {told}.")


def _tell(done: Published | None) -> None:
    if done is None:
        say("Nothing changed, or another process publishes at this moment.")
        return
    say(f"Edition {done.edition:,} is out." if done.edition else "The edition stays.")
    for name, count in asdict(done).items():
        if name != "edition":
            console.print(f"{count:>12,} {name}", highlight=False)


def _go_on(url: str, k: int, seconds: float, ended: Event) -> None:
    """Publish again and again until told to end; what goes wrong once may go well the next time.

    A run works everything out anew, which takes long where there are many submissions. So after one that changed nothing the
    next may wait until there is a change; not for ever, since proofs and rates are to be forgotten in time.
    """
    settled, since = "", 0.0
    while True:
        try:
            now = publication.state(url)  # taken before the run, so that what comes during it counts as a change
            if now != settled or time.monotonic() - since > _LONGEST_REST:
                settled, since = "" if _changes(url, k) else now, time.monotonic()
        except PayRankError as error:
            log.warning("publication.failed", reason=str(error))
        except Exception:
            log.exception("publication.failed")
        if ended.wait(seconds):
            return


def _changes(url: str, k: int) -> bool:
    """Publish once; whether that changed anything."""
    done = publication.publish(url, k=k)
    if done:
        log.info("publication.done", **asdict(done))
    return done is not None


def _closing() -> Event:
    """Set when standard input closes; a publication that takes too long from then on is broken off, and so undone."""
    ended = Event()

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1_024):
            pass
        ended.set()
        time.sleep(_GRACE)
        os._exit(1)

    Thread(target=watch, daemon=True).start()
    return ended
