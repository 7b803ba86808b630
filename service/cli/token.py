"""`payrank token`: moderators' tokens."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from service.cli.console import print_table, say
from service.cli.database import server
from service.intake import access
from service.settings import load_settings
from service.store.access import Token

token = typer.Typer(name="token", help="Create, list and revoke moderators' tokens.", no_args_is_help=True)


@token.command()
def create(
    name: Annotated[str, typer.Option(help="The holder's name, which decisions are recorded under.")],
    role: Annotated[str, typer.Option(help="What the token allows; `moderator` is the only role.")] = "moderator",
    expires: Annotated[str, typer.Option(help="Lifetime, such as 90d, 12h or 30m; at most 366d.")] = "90d",
) -> None:
    """Create a token and print it to standard output. It cannot be shown again: only its hash is stored."""
    lifetime = access.parse_lifetime(expires)
    with server(load_settings()) as url:
        text, created = asyncio.run(access.create_token(url, role=role, name=name, lifetime=lifetime))
    print(text)  # noqa: T201
    say(f"Token {created.id} of {created.name} is valid until {_instant(created.expires_at)}. It cannot be shown again.")


@token.command("list")
def list_() -> None:
    """List all tokens, including expired and revoked ones, newest first."""
    with server(load_settings()) as url:
        found = asyncio.run(access.list_tokens(url))
    if not found:
        say("There are no tokens. Create one with `payrank token create --name NAME`.")
        return
    print_table(("id", "name", "role", "created", "expires", "status"), [_row(one) for one in found])


@token.command()
def revoke(
    id_or_name: Annotated[
        str, typer.Argument(metavar="ID_OR_NAME", help="The id of a token, or a name to revoke all its tokens.")
    ],
) -> None:
    """Revoke a token, which is then rejected at once."""
    with server(load_settings()) as url:
        for revoked in asyncio.run(access.revoke_tokens(url, id_or_name)):
            say(f"Revoked token {revoked.id} of {revoked.name}.")


def _row(one: Token) -> tuple[str, ...]:
    return str(one.id), one.name, one.role, _instant(one.created_at), _instant(one.expires_at), _status(one)


def _instant(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _status(one: Token) -> str:
    if one.revoked_at:
        return f"revoked {_instant(one.revoked_at)}"
    return "expired" if one.expired else "valid"
