"""Settings: the only reader of the environment. Every variable is PAYRANK_ and the field's name in capitals."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.addresses import is_loopback
from service.errors import SettingsError, masked
from service.limits import (
    DEFAULT_CLASS_SIZE,
    DEFAULT_EDITION_WAIT_SECONDS,
    DEFAULT_POOL_SIZE,
    DEFAULT_REFRESH_SECONDS,
    DEFAULT_RELEASE_DAYS,
    LIMITS,
    MIN_CLASS_SIZE,
    MIN_RELEASE_DAYS,
    MINIMUM_RECORDS,
    Limits,
)

PREFIX = "PAYRANK_"
DEFAULT_SAMPLE_RECORDS = 20_000
_DATABASE_EXAMPLE = "postgresql://user:password@db.example:5432/payrank"


def default_data_dir() -> Path:
    """The user's data folder, for root and users without a home /var/lib/payrank."""
    return _user_folder("/var/lib", "Application Support", "XDG_DATA_HOME", ".local/share")


def default_cache_dir() -> Path:
    """The user's cache folder, for root and users without a home /var/cache/payrank."""
    return _user_folder("/var/cache", "Caches", "XDG_CACHE_HOME", ".cache")


def _user_folder(of_root: str, of_macos: str, variable: str, of_home: str) -> Path:
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (Path.home() raises where there is no home)
    if os.geteuid() == 0 or home in (Path("~"), Path("/")):  # in a container, HOME of a user without an entry is /
        return Path(of_root) / "payrank"
    if sys.platform == "darwin":
        return home / "Library" / of_macos / "payrank"
    named = Path(os.environ.get(variable, ""))
    return (named if named.is_absolute() else home / of_home) / "payrank"


def _without_tilde(folder: Path) -> Path:
    try:
        return folder.expanduser()
    except RuntimeError:
        raise PydanticCustomError("home", "no home folder is known for this; write the path without ~") from None


Folder = Annotated[Path, AfterValidator(_without_tilde)]


def _journal_in(settings: Mapping[str, Any]) -> Path:
    return Path(settings["data_dir"]) / "journal"


def _limit(name: str) -> Any:
    """The field of a limit's setting."""
    limit = LIMITS[name]
    return Field(default=limit.default, description=limit.summary, **limit.bounds)


_NOT_ASCII = "write the host as browsers send it, such as xn--mnchen-3ya.example for münchen.example"


def _public_url(url: str | None) -> str | None:
    """A URL without a slash at the end."""
    if url and not urlsplit(url).netloc.isascii():
        raise PydanticCustomError("host", _NOT_ASCII)
    return url and url.rstrip("/")


def _origins(listed: str) -> str:
    """Origins as browsers send them: in lower case, without default ports."""
    return ",".join(origin if origin == "*" else _origin(origin) for origin in listed.split(",")) if listed else ""


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text.lower())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _no_origin(text, str(error)) from None
    if not host:
        raise _no_origin(text, "it has no host")
    if not host.isascii():
        raise _no_origin(text, _NOT_ASCII)
    name = f"[{host}]" if ":" in host else host
    is_default = port in (None, {"http": 80, "https": 443}[parts.scheme])
    return f"{parts.scheme}://{name}" if is_default else f"{parts.scheme}://{name}:{port}"


def _no_origin(text: str, reason: str) -> PydanticCustomError:
    return PydanticCustomError("origins", "{origin} is not an origin: {reason}", {"origin": text, "reason": reason})


_HOST = re.compile(r"(\[[^\]]*\]|[^:@]*)(:\d*)?")


def _postgresql_url(url: str | None) -> str | None:
    """Raises an error if the password is not encoded: a part of it would be read, and shown, as the name of a host."""
    if url and not _is_unambiguous(url):
        raise PydanticCustomError(
            "postgresql_url", "write @ as %40, : as %3A, / as %2F, ? as %3F and # as %23 in the user and the password"
        )
    return url


def _is_unambiguous(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket in the password
        return False
    hosts = parts.netloc.rpartition("@")[2].split(",")
    is_split_early = "@" in parts.path or bool(parts.fragment) or not all(map(_HOST.fullmatch, hosts))
    return parts.netloc.count("@") <= 1 and not is_split_early


def _release_days(days: float) -> float:
    if 0 < days < MIN_RELEASE_DAYS:
        raise PydanticCustomError("release_days", f"write 0 for no releases, or at least {MIN_RELEASE_DAYS:f}")
    return days


def _employer_classes(on: bool, settings: ValidationInfo) -> bool:
    if on and settings.data.get("contributions") == "open":
        raise PydanticCustomError(
            "employer_classes", "set PAYRANK_CONTRIBUTIONS=invited too: with invitations k counts people"
        )
    return on


class Settings(BaseSettings):
    """The settings of the service; `payrank --help` and the README show the descriptions."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    database_url: Annotated[
        str | None,
        Field(
            pattern="^postgres(ql)?://",
            repr=False,
            examples=[_DATABASE_EXAMPLE],
            description="URL of PostgreSQL 15 or newer; by default an embedded PostgreSQL is started",
        ),
        AfterValidator(_postgresql_url),
    ] = None
    reader_url: Annotated[
        str | None,
        Field(
            pattern="^postgres(ql)?://",
            repr=False,
            examples=[_DATABASE_EXAMPLE],
            description="URL to read from, such as that of standbys or of a pooler; by default the database itself",
        ),
        AfterValidator(_postgresql_url),
    ] = None
    intake_url: Annotated[
        str | None,
        Field(
            pattern="^postgres(ql)?://",
            repr=False,
            examples=[_DATABASE_EXAMPLE],
            description="URL to store submissions by, such as that of a pooler; by default the database itself",
        ),
        AfterValidator(_postgresql_url),
    ] = None
    data_dir: Annotated[
        Folder, Field(default_factory=default_data_dir, description="data folder of the embedded PostgreSQL")
    ]
    cache_dir: Annotated[
        Folder,
        Field(
            default_factory=default_cache_dir,
            description="folder of indexes, fitted models and files to download; deleted files are made again",
        ),
    ]
    data_mirror: Annotated[
        str | None,
        Field(
            pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])[^?#\s]+$",
            examples=["https://mirror.example/pay"],
            description="address that `payrank data load` downloads DATA_SET/FILE from, instead of the publishers' own",
        ),
    ] = None
    journal_dir: Annotated[
        Folder,
        Field(
            default_factory=_journal_in,
            description="folder of the journal and of the year's counting key, which are kept outside the database; all "
            "machines of a service share it",
        ),
    ]
    host: Annotated[str, Field(description="address to listen on; :: for all addresses, IPv4 and IPv6")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535, description="port to listen on")] = 8000
    public_url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://[^/?#\s@]+(/[^?#\s]*)?$",
            examples=["https://pay.example or https://example.org/pay"],
            description="address of the service for its clients; requests to other hosts get 421. By default links are "
            "relative and every host is served, or on a loopback address without a proxy no domain names",
        ),
        AfterValidator(_public_url),
    ] = None
    pool_size: Annotated[int, Field(ge=1, le=200, description="maximum database connections of a process")] = (
        DEFAULT_POOL_SIZE
    )
    statement_seconds: float = _limit("statement_seconds")
    prepared_statements: Annotated[
        bool, Field(description="use prepared statements; set to false behind a transaction pooler")
    ] = True
    refresh_seconds: Annotated[
        float, Field(gt=0, le=3600, description="interval of checks for a new edition, in seconds")
    ] = DEFAULT_REFRESH_SECONDS
    statistics: Annotated[
        Literal["index", "sql"],
        Field(description="where statistics are computed: index, in memory, or sql for data that outgrows it"),
    ] = "index"
    compiled_execution: Annotated[
        bool, Field(description="compile operations; false executes them by graphql-core, many times slower")
    ] = True
    edition_wait_seconds: Annotated[
        float, Field(ge=0, le=600, description="maximum wait for an edition that a client requests, in seconds")
    ] = DEFAULT_EDITION_WAIT_SECONDS
    minimum_records: Annotated[
        int,
        Field(ge=3, le=100, description="minimum records of a statistic"),
    ] = MINIMUM_RECORDS
    class_size: Annotated[
        int,
        Field(
            ge=MIN_CLASS_SIZE,
            le=50,
            description="k, the minimum number of contributed records of a class that are published together",
        ),
    ] = DEFAULT_CLASS_SIZE
    workers: Annotated[int, Field(ge=1, le=64, description="serving processes")] = 1
    release_days: Annotated[
        float,
        Field(ge=0, le=366, description="days between two releases of contributed pay, fractions allowed; 0 for never"),
        AfterValidator(_release_days),
    ] = DEFAULT_RELEASE_DAYS
    proof_cost: Annotated[
        int,
        Field(ge=0, le=1_000_000, description="iterations per attempt at a proof of work; 0 for no proof"),
    ] = 5_000
    submissions_per_hour: Annotated[
        int,
        Field(ge=0, le=1_000_000, description="maximum submissions, changes and flags of a network an hour; 0 for no limit"),
    ] = 20
    contributions: Annotated[
        Literal["open", "invited"],
        Field(description="who may contribute: open for everybody, or invited for those with an invitation"),
    ] = "open"
    proxy_hops: Annotated[
        int, Field(ge=0, le=10, description="number of proxies in front whose X-Forwarded-For is trusted")
    ] = 0
    employer_classes: Annotated[
        bool,
        Field(description="also publish contributions by employer and metro area; requires PAYRANK_CONTRIBUTIONS=invited"),
        AfterValidator(_employer_classes),
    ] = False
    queries_per_minute: int = _limit("points_per_minute")
    max_cost: int = _limit("cost")
    max_depth: int = _limit("depth")
    max_aliases: int = _limit("aliases")
    max_directives: int = _limit("directives")
    max_tokens: int = _limit("tokens")
    max_characters: int = _limit("characters")
    max_values: int = _limit("values")
    max_operations: int = _limit("operations")
    max_page: int = _limit("page_size")
    body_bytes: int = _limit("body_bytes")
    request_seconds: float = _limit("request_seconds")
    concurrent_requests: int = _limit("concurrent_requests")
    queued_requests: int = _limit("queued_requests")
    connections_per_network: int = _limit("connections_per_network")
    connections: int = _limit("connections")
    client_seconds: float = _limit("client_seconds")
    header_bytes: int = _limit("header_bytes")
    message_bytes: int = _limit("message_bytes")
    init_seconds: float = _limit("init_seconds")
    concurrent_operations: int = _limit("concurrent_operations")
    sockets_per_network: int = _limit("sockets_per_network")
    sockets: int = _limit("sockets")
    origins: Annotated[
        str,
        Field(
            pattern=r"(?i)^((\*|https?://[^/,\s?#@*]+)(,(\*|https?://[^/,\s?#@*]+))*)?$",
            examples=["https://jobs.example,https://pay.example, without paths, spaces and a slash at the end"],
            description="sites whose pages may query and send mutations, such as https://jobs.example,https://pay.example; "
            "* lets all sites query. By default all sites may query, or on a loopback address only pages of this machine",
        ),
        AfterValidator(_origins),
    ] = ""
    metrics: Annotated[
        Literal["loopback", "all", "off"],
        Field(description="who may read the metrics at /metrics: loopback for this machine without a proxy, all, or off"),
    ] = "loopback"
    log_requests: Annotated[bool, Field(description="log every request, not only slow and failed ones")] = False
    secret: Annotated[
        str | None,
        Field(min_length=32, repr=False, description="key of all keyed hashes; by default one is stored in the database"),
    ] = None
    start: Annotated[
        Literal["open", "sample", "empty"],
        Field(
            description="what `payrank serve` loads into an empty database: open pay data of its publishers, and the sample "
            "where they cannot be reached (open), the sample, or nothing (empty)"
        ),
    ] = "open"
    sample_records: Annotated[int, Field(ge=0, le=100_000_000, description="number of records of the sample")] = (
        DEFAULT_SAMPLE_RECORDS
    )

    @property
    def is_local(self) -> bool:
        """Whether the service is for this machine only: by its public URL, or else by the address it listens on."""
        if self.public_url:
            return is_loopback(urlsplit(self.public_url).hostname or "")
        return is_loopback(self.host) and not self.proxy_hops

    @property
    def database_options(self) -> dict[str, Any]:
        """How the service connects to its database: arguments of `Database.open`."""
        names = ("reader_url", "intake_url", "statement_seconds")
        return {name: getattr(self, name) for name in names} | {"prepared": self.prepared_statements}

    @property
    def address(self) -> str:
        """Where clients reach the service: its public URL, or else on this machine."""
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return self.public_url or f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}"

    @property
    def base_url(self) -> str:
        """What links to the service begin with, empty if they are relative."""
        return f"{self.public_url}/" if self.public_url else ""

    @property
    def limits(self) -> Limits:
        """The limits in effect."""
        return Limits(**{name: getattr(self, limit.setting) * limit.scale for name, limit in LIMITS.items()})

    def environment(self) -> dict[str, str]:
        """The variables that give another process the same settings."""
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in self if value is not None}


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; overrides that are not None win. Raises SettingsError that names the variable."""
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        problems = [
            _problem(str(found["loc"][0]), str(found["input"]), _reason(found))
            for found in error.errors()
            if found["type"] != _NOT_DERIVED
        ]
        raise SettingsError(f"{'; '.join(problems)}. Correct it and start again.") from None  # it has the values


_NOT_DERIVED = "default_factory_not_called"
"""The type of error of a setting whose default depends on others, of which one is invalid."""


def _problem(name: str, value: str, message: str) -> str:
    """What is wrong with a setting, without values that may contain a password."""
    shown = "" if name in _CONFIDENTIAL else f"={masked(value)[:60]!r}"
    return f"{PREFIX}{name.upper()}{shown} ({Settings.model_fields[name].description}): {message}"


def _reason(error: ErrorDetails) -> str:
    """Why a value is invalid, or what to write: an example instead of a regular expression, the new form of an old value."""
    name = str(error["loc"][0])
    if error["type"] == "string_pattern_mismatch":
        return f"write it as {(Settings.model_fields[name].examples or [''])[0]}"
    former = _FORMER_VALUES.get((name, str(error["input"]).lower()))
    return f"{error['msg']}; {former}" if former else error["msg"]


_CONFIDENTIAL = {"secret", "database_url", "reader_url", "intake_url"}
"""Settings whose values are or contain passwords."""


_OTHER_VARIABLES = {"TEST_DATABASE_URL", "CHROMIUM"}
"""Variables that the tests read."""


def unknown_variables(environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """A warning for each PAYRANK_ variable that is not a setting, such as a misspelt or former one.

    >>> list(unknown_variables({"PAYRANK_PORT": "80", "PAYRANK_POTR": "80"}))
    ['PAYRANK_POTR is not a setting and has no effect. Did you mean PAYRANK_PORT?']
    """
    known = [name.upper() for name in Settings.model_fields]
    names = {name.removeprefix(PREFIX) for name in environment if name.startswith(PREFIX)}
    for name in sorted(names.difference(known, _OTHER_VARIABLES)):
        nearest = _FORMER.get(name) or next(iter(get_close_matches(name, known, 1)), None)
        hint = f"Did you mean {PREFIX}{nearest}?" if nearest else "Run `payrank --help` for all settings."
        yield f"{PREFIX}{name} is not a setting and has no effect. {hint}"


_FORMER = {
    "PUBLISH_SECONDS": "RELEASE_DAYS",
    "MAX_LETTERS": "MAX_CHARACTERS",
    "REQUESTS_AT_ONCE": "CONCURRENT_REQUESTS",
    "REQUESTS_WAITING": "QUEUED_REQUESTS",
    "OPERATIONS_AT_ONCE": "CONCURRENT_OPERATIONS",
}
"""Former names of settings."""

_ON = "write loopback for a Prometheus on this machine, or all for every client, as before"
_FORMER_VALUES = {("metrics", value): _ON for value in ("true", "1", "yes", "on")} | {
    ("metrics", value): "write off" for value in ("false", "0", "no")
}
"""What to write instead of a value that earlier versions took, by setting and value."""
