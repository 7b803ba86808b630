"""The page in a real browser, over the real service and a real PostgreSQL with a sample of 3,000 records.

The browser and the service live as long as this package rather than the session: while Playwright's synchronous interface
is open, no other event loop can run in the thread, and the asynchronous tests of other folders need theirs.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    Route,
    WebError,
    expect,
    sync_playwright,
)
from support.databases import clone, named, run_autocommit
from support.uvicorn_server import listener, served

from seed.sample import load_sample
from service.app import create_app
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.web.page import page_folder

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")

Release = Callable[[], None]

expect.set_options(timeout=20_000)  # ms; other tests run at the same time


@pytest.fixture(scope="session")
def sample_template(server_url: str, empty_template: str) -> str:
    """The name of a database with 3,000 made-up records."""
    name = f"sample_{uuid4().hex[:12]}"
    run_autocommit(server_url, f"CREATE DATABASE {name} TEMPLATE {empty_template}")
    load_sample(named(server_url, name), 3_000, 1, lambda _: None)
    return name


@contextmanager
def service_of(database: str, **settings: object) -> Iterator[str]:
    """The URL of a service with cheap proofs of work."""
    assert page_folder(), "The page is not built: `make install` does it, or `npm ci` and `npm run build` in web/."
    unlimited = {"proof_cost": 1_000, "submissions_per_hour": 0, "queries_per_minute": 0, "sample_records": 0}
    app = create_app(load_settings(**unlimited, **settings), database)
    with listener() as listening, served(app, listening):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture(scope="package")
def sample_database(server_url: str, sample_template: str) -> Iterator[str]:
    """The database that all modules share: their tests add submissions and flags, but no records."""
    with clone(server_url, sample_template) as url:
        yield url


@pytest.fixture(scope="package")
def sample_site(sample_database: str) -> Iterator[str]:
    with service_of(sample_database) as url:
        yield url


@pytest.fixture(scope="package")
def surveyed_database(server_url: str, sample_template: str) -> Iterator[str]:
    """The sample as if it were a survey: submissions are not compared with generated records."""
    with clone(server_url, sample_template) as url:
        with bulk_connection(url) as rows:
            rows.execute("UPDATE source SET kind = 'survey' WHERE kind = 'sample'")
            rows.execute(
                "UPDATE factor_value SET parent = (SELECT id FROM factor_value WHERE factor = 'source_kind' AND code = 'survey') "
                "WHERE id IN (SELECT id FROM source WHERE kind = 'survey')"
            )
            rows.commit()
        yield url


@pytest.fixture(scope="module")
def site_database(sample_database: str) -> str:
    """The database behind `site`; a module may override it with one that has other records."""
    return sample_database


@pytest.fixture(scope="module")
def site(site_database: str, sample_database: str, sample_site: str) -> Iterator[str]:
    """The URL of the service: the shared one, or one of a module with its own database."""
    if site_database == sample_database:
        yield sample_site
        return
    with service_of(site_database) as url:
        yield url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The installed Chromium if there is one, with access to this machine only."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("PAYRANK_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    only_here = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    own = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **own, "args": [*only_here, *as_root, "--disable-gpu"]}


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright, browser_name: str, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    kind = getattr(playwright, browser_name)
    path = browser_type_launch_args.get("executable_path") or kind.executable_path
    assert Path(path).is_file(), (
        f"There is no browser at {path}. Get one by `apt-get install chromium` or `.venv/bin/playwright install chromium`, "
        "or name one in PAYRANK_CHROMIUM."
    )
    launched = kind.launch(**browser_type_launch_args)
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def browser_context_args(site: str) -> dict[str, Any]:
    return {"base_url": site}


@pytest.fixture
def allowed_errors() -> list[str]:
    """Patterns of console messages that do not fail the test; a test that causes an error adds its message."""
    return []


@pytest.fixture
def new_context(
    new_context: Callable[..., BrowserContext], site: str, allowed_errors: list[str]
) -> Iterator[Callable[..., BrowserContext]]:
    """Creates contexts whose pages fail the test on console errors and requests to other hosts; used by `context` and `page`."""
    complaints: list[str] = []

    def complain(what: str) -> None:
        if not any(re.search(pattern, what) for pattern in allowed_errors):
            complaints.append(what)

    def on_console(message: ConsoleMessage) -> None:  # violations of the content security policy come here too
        if message.type == "error":
            complain(f"console: {message.text} ({message.location.get('url')})")

    def on_error(error: WebError) -> None:
        complain(f"uncaught: {error.error}")

    def on_request(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and f"{parts.scheme}://{parts.netloc}" != site:
            complaints.append(f"request to another host: {request.url}")

    def watched(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.on("console", on_console)
        context.on("weberror", on_error)
        context.on("request", on_request)
        return context

    yield watched
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def hold(page: Page) -> Callable[..., Release]:
    """Holds the page's requests whose URLs match and whose bodies contain a text, until the function it returns is called.

    Later requests are not held.
    """

    def held(matching: str | Callable[[str], bool], body: str = "") -> Release:
        waiting: list[Route] = []
        released = False

        def wait(route: Route) -> None:
            if released or body not in (route.request.post_data or ""):
                route.continue_()
            else:
                waiting.append(route)

        def release() -> None:
            nonlocal released
            released = True
            for route in waiting:
                route.continue_()

        page.route(matching, wait)
        return release

    return held


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """Finds what axe-core calls serious or critical in a page: the rule, its message and the elements, one per line.

    The page is checked in light, and then in dark by the rules of colour, since the themes do not differ otherwise.
    """

    def violations(page: Page, options: str) -> list[dict[str, Any]]:
        run = f"axe.run({{resultTypes: ['violations'], {options}}}).then((results) => results.violations)"
        violations: list[dict[str, Any]] = page.evaluate(run)
        return violations

    def show(page: Page, scheme: Literal["light", "dark"]) -> None:
        page.emulate_media(color_scheme=scheme)
        if page.locator(".graphiql-page").count():  # the editor is notified and follows
            expect(page.locator("body")).to_contain_class(f"graphiql-{scheme}")

    def found(page: Page) -> list[str]:
        page.evaluate(AXE.read_text())  # a script element would fall to the page's own policy
        show(page, "light")
        in_light = violations(page, "")
        show(page, "dark")
        return [
            f"{one['id']}: {one['help']}: {node['target']} {node.get('failureSummary', '')}"
            for one in [*in_light, *violations(page, "runOnly: ['color-contrast', 'link-in-text-block']")]
            if one["impact"] in SERIOUS
            for node in one["nodes"]
        ]

    return found
