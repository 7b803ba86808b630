"""The embedded PostgreSQL: a server of our own that runs while someone uses it, shared by all processes of the user.

File locks decide who starts and stops it (see `datafolder` for which): whoever comes holds the starting lock while it
makes sure that a server runs, and shares the users lock until it leaves; the one that can then hold the users lock alone
was the last, and stops the server. The operating system drops the locks of a process that dies, so nothing needs
cleaning up after a kill.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from service.errors import EmbeddedError
from service.store.embedded.binaries import reachable_binaries
from service.store.embedded.cluster import DATABASE, ROLE, check_version, create_cluster, read_password, remove_leftovers
from service.store.embedded.datafolder import PORT, DataFolder, prepare_folder, socket_dir
from service.store.embedded.filelock import hold, open_lock, release, share, try_hold
from service.store.embedded.postmaster import (
    ServerState,
    log_size,
    rotate_log,
    server_lives,
    spawn_server,
    start_failure,
    stop_server,
    wait_until_ready,
)

Progress = Callable[[str], None]
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


@contextmanager
def embedded_server(data_dir: Path, progress: Progress, settings: Mapping[str, str] = NO_SETTINGS) -> Iterator[str]:
    """Yield a libpq URL of a running PostgreSQL: postgresql://payrank:PASSWORD@/payrank?host=SOCKETDIR&port=5432.

    A server is started when none runs and stopped by the last user that leaves; threads and processes share it. It
    listens on a socket only. `settings` are server settings on top of ours, for the one that starts it. `progress` gets
    a sentence for whatever takes time; crash recovery may take as long as it needs.

    When the last user is killed with no chance to leave, the server stays, unused, until the next user has come and
    gone; nothing that was committed is lost, whether the server is killed as well or not.

    The folder must be PayRank's own: it is made readable for its owner alone, and as root given to the unprivileged
    account that the server runs as. Raises EmbeddedError, which says what to do, when there can be no server.
    """
    with _system_errors_told(data_dir):
        folder = prepare_folder(data_dir)
    with open_lock(folder.starting_lock) as starting, open_lock(folder.users_lock) as users:
        with _system_errors_told(data_dir):
            url = _enter(folder, starting, users, settings, progress)
        try:
            yield url
        finally:
            with _turn(starting, progress):
                _leave(folder, users)


def server_runs(data_dir: Path) -> bool:
    """Whether the folder's server runs, or somebody is just starting or stopping it."""
    with _system_errors_told(data_dir):
        folder = prepare_folder(data_dir)
        with open_lock(folder.starting_lock) as starting:
            return not try_hold(starting) or server_lives(folder)


def _enter(folder: DataFolder, starting: int, users: int, settings: Mapping[str, str], progress: Progress) -> str:
    """Become a user of the server, whether it has to be started or runs already; its URL."""
    with _turn(starting, progress):
        share(users)
        try:
            state = wait_until_ready(folder, log_size(folder), progress) or _start(folder, starting, settings, progress)
            host = quote(str(state.socket_dir))
            return f"postgresql://{ROLE}:{read_password(folder)}@/{DATABASE}?host={host}&port={PORT}"
        except BaseException:
            _leave(folder, users)
            raise


def _leave(folder: DataFolder, users: int) -> None:
    """Be a user of the server no more, and stop it if that was the last; call it with the starting lock held."""
    if try_hold(users):
        stop_server(folder)
    release(users)


def _start(folder: DataFolder, starting: int, settings: Mapping[str, str], progress: Progress) -> ServerState:
    """Start the server, over a new cluster if there is none yet."""
    remove_leftovers(folder)
    binaries = reachable_binaries(folder, progress)
    if not folder.cluster.exists():
        create_cluster(folder, binaries, starting, settings, progress)
    check_version(folder, binaries)
    rotate_log(folder)
    log_from = log_size(folder)
    progress(f"Starting PostgreSQL in {folder.root}")
    spawn_server(folder, binaries, socket_dir(folder), settings)
    state = wait_until_ready(folder, log_from, progress)
    if state is None:
        raise start_failure(folder, log_from)
    return state


@contextmanager
def _turn(starting: int, progress: Progress) -> Iterator[None]:
    """Hold the starting lock, so that nobody else starts or stops the server meanwhile."""
    if not try_hold(starting):
        progress("Waiting for another process that is starting or stopping the database")
        hold(starting)
    try:
        yield
    finally:
        release(starting)


@contextmanager
def _system_errors_told(data_dir: Path) -> Iterator[None]:
    """Put what the operating system refuses into words that say what to do."""
    try:
        yield
    except OSError as error:
        reason = f"{error.strerror} ({error.filename})" if error.filename else str(error.strerror)
        raise EmbeddedError(
            f"The embedded database cannot use the folder {data_dir}: {reason}. Make it writable for this user and see "
            "that its disk has room, or set PAYRANK_DATA_DIR to another folder."
        ) from error
