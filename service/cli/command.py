"""The command put together: its nouns, the help on settings, and how it ends."""

import signal
import sys
from collections.abc import Iterable
from importlib import import_module

import typer
from pydantic.fields import FieldInfo
from rich.markup import escape

from service.cli.console import console
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


_COMMANDS = {
    "serve": "serving:serve",
    "migrate": "migration:migrate",
    "import": "importing:import_data",
    "sample": "sample:sample",
    "publish": "publication:publish",
    "audit": "publication:audit",
    "doctor": "doctor:doctor",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "token": "token:token",
    "review": "review:review",
    "sdl": "contract:sdl",
}
"""By their names in which module each is, and as what."""


def command_line(names: Iterable[str] = _COMMANDS) -> typer.Typer:
    """The command with some of its nouns; what they bring takes a second to import where it is all of them."""
    cli = typer.Typer(
        help="Open, self-hostable compensation data: exact percentiles by any factor, over GraphQL.",
        epilog=_settings_help(),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    cli.callback()(lambda: None)  # or one command alone would have no name
    for name in names:
        module, _, noun = _COMMANDS[name].partition(":")
        found = getattr(import_module(f"service.cli.{module}"), noun)
        cli.add_typer(found) if isinstance(found, typer.Typer) else cli.command(name)(found)
    return cli


def main() -> None:
    """Run the command; expected errors end it with one sentence and status 1."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was opened is closed, as with Ctrl-C
    try:
        command_line([name for name in sys.argv[1:2] if name in _COMMANDS] or _COMMANDS)()
    except PayRankError as error:
        console.print(f"[red]payrank:[/red] {escape(str(error))}", highlight=False)
        sys.exit(1)
