"""The `payrank` command: its subcommands, the help on settings, and how errors end it."""

import signal
import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import typer
from pydantic.fields import FieldInfo

from service.cli.console import print_line, say, say_failed
from service.errors import PayRankError, SettingsError
from service.logs import configure_logs, described, log_uncaught_exceptions
from service.settings import Settings, default_data_dir, unknown_variables

_SUBCOMMANDS = {
    "serve": "serve:serve",
    "migrate": "database:migrate",
    "import": "importing:import_data",
    "sample": "importing:sample",
    "data": "data:data",
    "publish": "publish:publish",
    "audit": "publish:audit",
    "doctor": "doctor:doctor",
    "backup": "database:backup",
    "restore": "database:restore",
    "journal": "journal:journal",
    "batch": "batch:batch",
    "token": "token:token",
    "invitation": "invitation:invitation",
    "review": "review:review",
    "employer": "employer:employer",
    "mcp": "mcp:mcp",
    "first-start": "first_start:first_start",
    "sdl": "command:sdl",
}
"""The module and function, or group, of each subcommand."""
_INTERNAL = ("first-start",)
"""Subcommands that `payrank serve` runs, which no help lists."""


def main() -> None:
    """Run the command. Expected errors end it with one sentence and status 1, others print the lines of code first."""
    configure_logs()
    log_uncaught_exceptions()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is closed, as with Ctrl-C
    try:
        _check_packages()
        command_line([name for name in sys.argv[1:2] if name in _SUBCOMMANDS] or _SUBCOMMANDS)()
    except PayRankError as error:
        _exit(str(error))
    except Exception as error:
        if isinstance(error, FileNotFoundError) and "temporary directory" in str(error):
            _exit(f"{error.strerror}. Set TMPDIR to a folder that this user may write to.")
        print_line(described(error))
        _exit("Unexpected error, probably a bug in PayRank. Please report it with the lines above, which contain no values.")


def _check_packages() -> None:
    """Raise SettingsError if another distribution's package has the name of one of PayRank's and is imported instead."""
    root = Path(__file__).parents[2]
    for name in ("schema", "seed", "migrations"):
        own, found = root / name / "__init__.py", find_spec(name)
        is_own = found is not None and found.origin == str(own) and own.stat().st_size <= _MAX_INIT_BYTES
        if not is_own:
            raise SettingsError(
                f"The package `{name}` that Python finds ({found and found.origin}) is not PayRank's. PayRank is an "
                "application: install it again, into a virtual environment of its own, and start it without PYTHONPATH and "
                "outside of folders with packages of these names."
            )


_MAX_INIT_BYTES = 200
"""PayRank's packages have a docstring at most, so a larger file was written over by another distribution."""


def _exit(message: str) -> NoReturn:
    say_failed(message)
    sys.exit(1)


def command_line(names: Iterable[str] = _SUBCOMMANDS) -> typer.Typer:
    """The command with some of its subcommands; importing all of them takes a second."""
    cli = typer.Typer(
        help="Open, self-hosted pay data for machine-learning jobs: exact percentiles by any factor, over GraphQL.",
        epilog=_settings_help(),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    cli.callback()(_warn_of_unknown_variables)  # without a callback Typer drops the name of a single subcommand
    for name in names:
        module, _, attribute = _SUBCOMMANDS[name].partition(":")
        found = getattr(import_module(f"service.cli.{module}"), attribute)
        cli.add_typer(found) if isinstance(found, typer.Typer) else cli.command(name, hidden=name in _INTERNAL)(found)
    return cli


def _warn_of_unknown_variables() -> None:
    for warning in unknown_variables():
        say(warning)


def _settings_help() -> str:
    lines = [
        f"PAYRANK_{name.upper()}: {field.description}{_default(field)}" for name, field in Settings.model_fields.items()
    ]
    return "Settings are environment variables:\n\n" + "\n\n".join(lines)


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True, validated_data={"data_dir": default_data_dir()})
    if default in (None, ""):
        return ""
    return f" (default: {str(default).lower() if isinstance(default, bool) else default})"


def sdl() -> None:
    """Print the GraphQL schema."""
    from schema import schema  # noqa: PLC0415 - no other subcommand needs it

    print(schema.sdl(), end="")  # noqa: T201
