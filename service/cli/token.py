"""`payrank token`: moderators' tokens."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from service.cli.console import say, table
from service.cli.database import server
from service.intake import token as tokens
from service.intake.token import lifetime
from service.settings import load_settings
from service.store.tokens import Token

token = typer.Typer(name="token", help="Tokens that moderators show to the service.", no_args_is_help=True)


@token.command()
def create(
    name: Annotated[str, typer.Option(help="Whose it is; decisions are kept under this name.")],
    role: Annotated[str, typer.Option(help="What it entitles to; there is one role as yet.")] = "moderator",
    expires: Annotated[str, typer.Option(help="How long it is good for: 90d, 12h, 30m; at most 366d.")] = "90d",
) -> None:
    """Make a token and print it on standard output, this once; only a hash of it is kept."""
    span = lifetime(expires)
    with server(load_settings()) as url:
        text, made = asyncio.run(tokens.create(url, role=role, name=name, lifetime=span))
    print(text)  # noqa: T201
    say(f"Token {made.id} of {escape(made.name)} is good until {_instant(made.expires_at)}. It is not shown again.")


@token.command("list")
def list_() -> None:
    """List all tokens that ever were, the newest first."""
    with server(load_settings()) as url:
        found = asyncio.run(tokens.listed(url))
    if not found:
        say("There are no tokens; `payrank token create --name NAME` makes one.")
        return
    table(("id", "name", "role", "made", "good until", "state"), [_row(kept) for kept in found])


@token.command()
def revoke(
    id_or_name: Annotated[str, typer.Argument(help="An id of `payrank token list`, or a name: then all tokens of it.")],
) -> None:
    """Revoke a token: it is refused from now on."""
    with server(load_settings()) as url:
        for revoked in asyncio.run(tokens.revoke(url, id_or_name)):
            say(f"Revoked token {revoked.id} of {escape(revoked.name)}.")


def _row(kept: Token) -> tuple[str, ...]:
    return str(kept.id), kept.name, kept.role, _instant(kept.created_at), _instant(kept.expires_at), _state(kept)


def _instant(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _state(kept: Token) -> str:
    if kept.revoked_at:
        return f"revoked {_instant(kept.revoked_at)}"
    return "expired" if kept.expired else "good"
