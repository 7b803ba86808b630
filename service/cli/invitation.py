"""`payrank invitation`: single-use invitations to contribute."""

import asyncio
from datetime import UTC
from typing import Annotated

import typer

from service.cli.console import print_table, say
from service.cli.database import server
from service.counts import count_of
from service.errors import InputError
from service.intake import invitations
from service.settings import load_settings

invitation = typer.Typer(name="invitation", help="Create, count and revoke invitations to contribute.", no_args_is_help=True)


@invitation.command()
def create(
    count: Annotated[int, typer.Option(min=1, max=invitations.MAX_COUNT, help="Number of invitations.")] = 1,
) -> None:
    """Create invitations and print them to standard output, one a line. They cannot be shown again: only their hashes are
    stored. Each can be used once, in place of the network that a contribution would count by."""
    with server(load_settings()) as url:
        codes = asyncio.run(invitations.create_invitations(url, count))
    print("\n".join(codes))  # noqa: T201
    say(f"Created {count_of(count, 'invitation')}. Give each to one person; they cannot be shown again.")


@invitation.command("list")
def list_() -> None:
    """Show how many invitations are left and used, by the time they were created, newest first."""
    with server(load_settings()) as url:
        found = asyncio.run(invitations.count_invitations(url))
    if not found:
        say("There are no invitations. Create some with `payrank invitation create --count NUMBER`.")
        return
    rows = [(f"{one.created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC", f"{one.left:,}", f"{one.used:,}") for one in found]
    print_table(("created", "left", "used"), rows, numbers=("left", "used"))


@invitation.command()
def revoke(
    codes: Annotated[list[str] | None, typer.Argument(metavar="[CODE]...", help="Unused invitations.")] = None,
    unused: Annotated[bool, typer.Option("--unused", help="Revoke all unused invitations.")] = False,
) -> None:
    """Revoke invitations that are not used yet. Contributions that were made by invitation stay."""
    if bool(codes) == unused:
        raise InputError("Name the invitations to revoke, or use --unused to revoke all that are not used yet.")
    with server(load_settings()) as url:
        revoked = asyncio.run(invitations.revoke_invitations(url, codes or None))
    say(f"Revoked {count_of(revoked, 'invitation')}.")
