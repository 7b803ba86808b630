"""`payrank publish` and `payrank audit`."""

from dataclasses import asdict
from datetime import UTC, datetime
from threading import Event
from typing import Annotated

import structlog
import typer

from service.cli.child_process import end_of_input
from service.cli.console import say
from service.cli.database import server
from service.counts import count_of
from service.errors import DataError, PayRankError
from service.intake import audit as audits
from service.intake import publication
from service.intake.publication import ReleaseResult, ReleaseRules
from service.intake.release_calendar import ReleaseCalendar
from service.logs import configure_logs
from service.settings import Settings, load_settings
from service.store.bulk import bulk_connection
from service.store.database import READER
from service.store.editions import current_edition
from service.store.erasure import Erasure
from service.store.pooler import require_session
from service.vocabulary.contribution_class import INVITATION_SCHEDULE, RELEASE_SCHEDULE

log = structlog.get_logger()
_MAX_PAUSE_SECONDS = 60
"""The longest pause between two runs: a clock may be set, and expired proofs and rate limits must be deleted in time."""
_MIN_PAUSE_SECONDS = 0.05


def publish(
    repeat: Annotated[bool, typer.Option("--repeat", help="Keep running, and publish each release when it is due.")] = False,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", help="With --repeat: exit when standard input closes.", hidden=True)
    ] = False,
) -> None:
    """Publish the release of contributed pay that is due, as a new edition if it changes anything."""
    settings = load_settings()
    rules = release_rules(settings)
    with server(settings, announce=not repeat, unfinished=repeat) as url:
        erasure = Erasure(url, settings.journal_dir)
        if repeat:
            configure_logs()
            _publish_repeatedly(url, rules, erasure, end_of_input() if until_eof else Event())
        else:
            result = publication.publish(url, rules)
            say(_made(result) if result else _not_made(url, rules.calendar))
            erasure.run(datetime.now(UTC))


def release_rules(settings: Settings) -> ReleaseRules:
    schedule = INVITATION_SCHEDULE if settings.employer_classes else RELEASE_SCHEDULE
    return ReleaseRules(settings.class_size, ReleaseCalendar.of_days(settings.release_days), schedule)


def audit() -> None:
    """Check the batches, steps, releases and removals of contributed pay in all editions, and the ledger of the yearly
    tables. Exits with status 1 if one of the rules is broken."""
    settings = load_settings()
    with server(settings) as url:
        violations = audits.audit(url, settings.class_size)
        with bulk_connection(url, READER) as rows:
            edition = current_edition(rows)
    for violation in violations:
        print(violation.message)  # noqa: T201
    if violations:
        found = f"Found {count_of(len(violations), 'violation')} of the rules for contributed pay, listed above."
        raise DataError(f"{found}{no_releases(settings)}")
    if edition:
        audited = f"the editions up to {edition.number:,}, which has {count_of(edition.records, 'record')}"
        say(f"Found no violations in {audited}, or in the ledger of the yearly tables.")
    else:
        say("There are no editions to audit yet.")


def no_releases(settings: Settings) -> str:
    """What an operator without releases must know about the advice to wait for the next one; empty for others."""
    if settings.release_days:
        return ""
    return (
        " There is no next release, since PAYRANK_RELEASE_DAYS is 0: set it for as long as one takes, or remove the data "
        "set of a protected import with `payrank data remove`."
    )


def _made(result: ReleaseResult) -> str:
    """What a release did."""
    made = f"Published the release of {_time(result.due)}"
    waiting = f"{count_of(result.waiting, 'contribution waits', 'contributions wait')}."
    if result.edition is None:
        return f"{made}, with nothing to publish or to remove. {waiting}"
    batches = count_of(result.batches, "batch", "batches")
    done = f"{count_of(result.records, 'record')} published in {batches}, {count_of(result.removed, 'record')} removed"
    return f"{made} as edition {result.edition:,}: {done}. {waiting}"


def _not_made(url: str, calendar: ReleaseCalendar) -> str:
    """Why no release was published."""
    following = calendar.next_due(datetime.now(UTC))
    if following is None:
        return "PAYRANK_RELEASE_DAYS is 0, so no releases are published."
    if due := publication.due_release(url, calendar):
        return f"Another process is publishing the release of {_time(due)}."
    return f"No release is due: the last one was published. The next one is due on {_time(following)}."


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _publish_repeatedly(url: str, rules: ReleaseRules, erasure: Erasure, stopped: Event) -> None:
    """Publish each release when it is due, and erase, until stopped; a run that failed is logged and tried again."""
    while True:
        try:
            require_session(url)
            result = publication.publish(url, rules)
            if result and result.edition is not None:
                log.info("publication.done", **asdict(result) | {"due": result.due.isoformat()})
            erasure.run(datetime.now(UTC))
        except PayRankError as error:
            log.warning("publication.failed", reason=str(error))
        except Exception:
            log.exception("publication.failed")
        if stopped.wait(_pause(rules.calendar)):
            return


def _pause(calendar: ReleaseCalendar) -> float:
    """Seconds until the next release is due, within bounds."""
    now = datetime.now(UTC)
    following = calendar.next_due(now)
    seconds = (following - now).total_seconds() if following else _MAX_PAUSE_SECONDS
    return min(max(seconds, _MIN_PAUSE_SECONDS), _MAX_PAUSE_SECONDS)
