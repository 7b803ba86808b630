"""Settings: the only reader of the environment. Every variable is PAYRANK_ and the field's name in capitals."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service import limits
from service.errors import SettingsError


def default_data_dir() -> Path:
    """Where the embedded database lives unless told otherwise: the user's data folder, for root /var/lib/payrank."""
    if os.geteuid() == 0:
        return Path("/var/lib/payrank")
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (Path.home() raises where there is no home)
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "payrank"
    named = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (named if named.is_absolute() else home / ".local" / "share") / "payrank"


def default_cache_dir() -> Path:
    """Where what can be made again is kept unless told otherwise: the user's cache folder, for root /var/cache/payrank."""
    if os.geteuid() == 0:
        return Path("/var/cache/payrank")
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (Path.home() raises where there is no home)
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "payrank"
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (named if named.is_absolute() else home / ".cache") / "payrank"


class Settings(BaseSettings):
    """What the operator may choose; each description is shown by `payrank --help` and in the README."""

    model_config = SettingsConfigDict(env_prefix="PAYRANK_", env_ignore_empty=True, frozen=True)

    database_url: Annotated[
        str | None,
        Field(pattern="^postgres(ql)?://", description="any PostgreSQL 15 or newer; without it an embedded one is started"),
    ] = None
    reader_url: Annotated[
        str | None,
        Field(pattern="^postgres(ql)?://", description="standbys to read from; without it all is read from the database"),
    ] = None
    data_dir: Annotated[
        Path, Field(default_factory=default_data_dir, description="where the embedded PostgreSQL keeps its data")
    ]
    cache_dir: Annotated[
        Path,
        Field(
            default_factory=default_cache_dir,
            description="where indexes and fitted models are kept; whatever is deleted is made anew",
        ),
    ]
    host: Annotated[str, Field(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535, description="port to listen on")] = 8000
    pool_size: Annotated[int, Field(ge=1, le=200, description="database connections of one process")] = 8
    statement_seconds: Annotated[float, Field(gt=0, le=600, description="longest time for one database statement")] = (
        limits.STATEMENT_SECONDS
    )
    prepared_statements: Annotated[bool, Field(description="set to false behind a transaction pooler")] = True
    refresh_seconds: Annotated[float, Field(gt=0, le=3600, description="how often to look for a new edition")] = 1
    statistics: Annotated[
        Literal["index", "sql"],
        Field(description="how figures are made: from an index in memory, or by sql for data that outgrows it"),
    ] = "index"
    edition_wait_seconds: Annotated[
        float, Field(ge=0, le=600, description="longest wait for an edition that a client asks for by number")
    ] = 5
    minimum_records: Annotated[
        int, Field(ge=3, le=100, description="least records that a figure is told of, and that share a published identity")
    ] = 5
    workers: Annotated[int, Field(ge=1, le=64, description="serving processes")] = 1
    publish_seconds: Annotated[
        float, Field(ge=0, le=86_400, description="how often contributed pay is screened and published; 0 for never")
    ] = 60
    proof_cost: Annotated[
        int, Field(ge=0, le=1_000_000, description="iterations of a try at the proof of work of a submission; 0 asks none")
    ] = 5_000
    submissions_per_hour: Annotated[
        int, Field(ge=0, le=1_000_000, description="submissions, changes and flags from one network; 0 for no limit")
    ] = 20
    proxy_hops: Annotated[int, Field(ge=0, le=10, description="proxies in front whose X-Forwarded-For is trusted")] = 0
    queries_per_minute: Annotated[
        int,
        Field(ge=0, le=1_000_000, description="queries of 100 points each that one network may ask; 0 for no limit"),
    ] = limits.QUERIES_PER_MINUTE
    max_cost: Annotated[int, Field(ge=10, le=1_000_000, description="points that one operation may cost")] = limits.COST
    max_depth: Annotated[int, Field(ge=1, le=50, description="fields within each other")] = limits.DEPTH
    max_aliases: Annotated[int, Field(ge=0, le=1_000, description="aliases and repeated fields of an operation")] = (
        limits.ALIASES
    )
    max_directives: Annotated[int, Field(ge=0, le=1_000, description="directives of an operation")] = limits.DIRECTIVES
    max_tokens: Annotated[int, Field(ge=10, le=5_000, description="names, values and signs of a document")] = limits.TOKENS
    max_characters: Annotated[int, Field(ge=100, le=1_000_000, description="characters of a document")] = limits.CHARACTERS
    max_values: Annotated[int, Field(ge=10, le=1_000_000, description="values in the variables of an operation")] = (
        limits.VALUES
    )
    max_operations: Annotated[int, Field(ge=1, le=100, description="operations of a document")] = limits.OPERATIONS
    max_page: Annotated[int, Field(ge=1, le=100, description="records or submissions of a page")] = limits.PAGE_SIZE
    body_bytes: Annotated[int, Field(ge=1_000, le=10_000_000, description="bytes of a request")] = limits.BODY_BYTES
    request_seconds: Annotated[
        float, Field(gt=0, le=600, description="longest time for a query or mutation; then it is given up")
    ] = limits.REQUEST_SECONDS
    concurrent_requests: Annotated[int, Field(ge=1, le=10_000, description="requests that one process works on at once")] = (
        limits.CONCURRENT_REQUESTS
    )
    queued_requests: Annotated[
        int, Field(ge=1, le=10_000, description="requests that wait for their turn in one process; then it is overloaded")
    ] = limits.QUEUED_REQUESTS
    message_bytes: Annotated[int, Field(ge=1_000, le=10_000_000, description="bytes of a message over a WebSocket")] = (
        limits.MESSAGE_BYTES
    )
    init_seconds: Annotated[float, Field(gt=0, le=600, description="time that a WebSocket has to say connection_init")] = (
        limits.INIT_SECONDS
    )
    concurrent_operations: Annotated[int, Field(ge=1, le=1_000, description="operations of one WebSocket at the same time")] = (
        limits.CONCURRENT_OPERATIONS
    )
    sockets_per_network: Annotated[
        int, Field(ge=0, le=100_000, description="open WebSockets of one network and process; 0 for no limit")
    ] = limits.SOCKETS_PER_NETWORK
    sockets: Annotated[int, Field(ge=0, le=100_000, description="open WebSockets of one process; 0 for no limit")] = (
        limits.SOCKETS
    )
    origins: Annotated[
        str,
        Field(
            pattern=r"^(\*|https?://[^/,\s]+(,https?://[^/,\s]+)*)?$",
            description="sites whose pages may ask too, such as https://jobs.example,https://pay.example; * for all",
        ),
    ] = ""
    metrics: Annotated[bool, Field(description="tell Prometheus's metrics to anybody who asks for /metrics")] = True
    log_requests: Annotated[bool, Field(description="log a line for every request, not only for slow and failed ones")] = (
        False
    )
    secret: Annotated[
        str | None,
        Field(min_length=32, repr=False, description="key of all keyed hashes; without it one is kept in the database"),
    ] = None
    sample_records: Annotated[
        int, Field(ge=0, le=100_000_000, description="made-up records that `payrank serve` loads into an empty database")
    ] = 20_000

    def environment(self) -> dict[str, str]:
        """The variables that make the same settings in another process."""
        return {f"PAYRANK_{name.upper()}": str(value) for name, value in self if value is not None}


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, with some given otherwise; raises SettingsError that names the variable."""
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        problems = (f"PAYRANK_{str(e['loc'][0]).upper()}={str(e['input'])[:60]!r}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"{'; '.join(problems)}. Correct it and start again.") from error
