"""The command put together: its nouns, the help on settings, and how it ends."""

import signal
import sys

import typer
from pydantic.fields import FieldInfo
from rich.markup import escape

from service.cli.backup import backup, restore
from service.cli.console import console
from service.cli.contract import sdl
from service.cli.doctor import doctor
from service.cli.importing import import_data
from service.cli.migration import migrate
from service.cli.publication import audit, publish
from service.cli.review import review
from service.cli.sample import sample
from service.cli.serving import serve
from service.cli.token import token
from service.errors import PayRankError
from service.settings import Settings


def _settings_help() -> str:
    lines = [
        f"PAYRANK_{name.upper()}: {field.description}{_default(field)}" for name, field in Settings.model_fields.items()
    ]
    return "Settings are read from the environment:\n\n" + "\n\n".join(lines)


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    return "" if default is None else f" (default: {default})"


cli = typer.Typer(
    help="Open, self-hostable compensation data: exact percentiles by any factor, over GraphQL.",
    epilog=_settings_help(),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
cli.command()(serve)
cli.command()(migrate)
cli.command("import")(import_data)
cli.command()(sample)
cli.command()(publish)
cli.command()(audit)
cli.command()(doctor)
cli.command()(backup)
cli.command()(restore)
cli.add_typer(token)
cli.add_typer(review)
cli.command()(sdl)


def main() -> None:
    """Run the command; expected errors end it with one sentence and status 1."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was opened is closed, as with Ctrl-C
    try:
        cli()
    except PayRankError as error:
        console.print(f"[red]payrank:[/red] {escape(str(error))}", highlight=False)
        sys.exit(1)
