"""The performance of the page in Chromium: `python -m bench.page [RECORDS] [--at URL] [--screenshots [FOLDER]]`.

With a service over RECORDS made-up records (by default 1,000,000), or a running service, it measures

- the JavaScript transferred for the first view, with and without the code of its charts;
- the time from navigation until the first view is usable: its headline is painted and no task over 50 ms runs afterwards.
  Each visit has a new context with an empty cache;
- the time from a click on a filter value until the new headline is painted, with uncached filters.

`--screenshots` takes the pictures of docs/images instead, of the extracts of real data in `--data` (../shared/data).
"""

import argparse
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from rich.table import Table

from bench.environment import PORT, cache_folder, console, database, serving
from bench.validation.files import Files
from bench.validation.imports import import_extracts
from seed.sample import load_sample

VISITS = 15
FILTERS = ("Industry", "Role", "Work mode")
WINDOW: ViewportSize = {"width": 1280, "height": 860}
SCREENSHOT_SIZE: ViewportSize = {"width": 1280, "height": 1160}
HEADLINE = ".headline"
Theme = Literal["light", "dark"]
WATCH = """
(() => {
  window.seen = { headline: null, long: [], clicked: null, repaints: [] };
  new PerformanceObserver((list) => list.getEntries().forEach((one) => seen.long.push(one.startTime + one.duration)))
    .observe({ type: "longtask", buffered: true });
  const painted = (report) => requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => report(performance.now()); port2.postMessage(0); });
  let text = null;
  new MutationObserver(() => {
    const now = document.querySelector(".headline")?.textContent ?? null;
    if (now === null || now === text) return;
    text = now;
    const clicked = seen.clicked;
    seen.clicked = null;
    painted((at) => {
      if (seen.headline === null) seen.headline = at;
      else if (clicked !== null) seen.repaints.push(at - clicked);
    });
  }).observe(document, { subtree: true, childList: true, characterData: true });
  addEventListener("click", (event) => { seen.clicked = event.timeStamp; }, true);
})()
"""
"""Script of the page: records when its headline is painted, when long tasks end, and the time from click to new headline."""

OFFERS = (
    "/offer#label=Bay&role=machine-learning-engineer&level=senior&country=us&metro=san-francisco&base=290k&bonus=30k&grant=400k"
    "&label.2=Berlin&role.2=machine-learning-engineer&level.2=senior&country.2=de&metro.2=berlin&currency.2=EUR&base.2=120k"
    "&bonus.2=12k&grant.2=60k"
)
SCREENSHOTS: dict[str, tuple[str, Theme, str]] = {
    "explore": ("/?role=machine-learning&country=us&by=level#pay=165000", "light", ".marker-rank b"),
    "offer": (
        OFFERS,
        "light",
        "svg.plot >> nth=1",
    ),
    "factors": ("/factors", "dark", "text=/ claims, measured on/"),
    "graphiql": ("/graphiql", "dark", "[aria-label='Result Window'] .view-line >> nth=12"),
}
"""By name: the address, the theme, and an element that is there once the page is complete."""


@contextmanager
def service_over(load: Callable[[str], object]) -> Iterator[str]:
    """The address of a service over the records that a function loads into the database of a URL."""
    with database() as url, cache_folder() as cache:
        load(url)
        with serving(url, cache, workers=1):
            yield f"http://127.0.0.1:{PORT}"


@contextmanager
def chromium() -> Iterator[Browser]:
    named = os.environ.get("PAYRANK_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=named, args=arguments)
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, address: str, theme: Theme = "light") -> Iterator[Page]:
    """A page in a new context, with an empty cache."""
    context = browser.new_context(base_url=address, viewport=WINDOW, color_scheme=theme)
    page = context.new_page()
    page.set_default_timeout(60_000)  # the first query builds an index
    page.add_init_script(WATCH)
    yield page
    context.close()


def scripts(browser: Browser, address: str) -> tuple[float, float]:
    """Kilobytes of JavaScript transferred for the first view: without the code of charts, and all of it."""
    names: dict[str, str] = {}
    sizes: dict[str, float] = {}

    def on_response(event: dict[str, Any]) -> None:
        if event["type"] == "Script":
            names[event["requestId"]] = event["response"]["url"]

    def on_finished(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"] / 1_000

    with visit(browser, address) as page:
        wire = page.context.new_cdp_session(page)
        wire.on("Network.responseReceived", on_response)
        wire.on("Network.loadingFinished", on_finished)
        wire.send("Network.enable")
        page.goto("/")
        page.locator("svg.plot").nth(2).wait_for()
        page.wait_for_load_state("networkidle")
    by_name = {name: sizes[request] for request, name in names.items()}
    return sum(size for name, size in by_name.items() if "/plot-" not in name), sum(by_name.values())


def usable(browser: Browser, address: str) -> float:
    """Milliseconds from the start of a navigation until the first view is usable."""
    with visit(browser, address) as page:
        page.goto("/")
        page.locator("svg.plot").nth(2).wait_for()
        page.wait_for_load_state("networkidle")
        milliseconds: float = page.evaluate("Math.max(seen.headline, ...seen.long)")
    return milliseconds


def repaints(browser: Browser, address: str) -> list[float]:
    """Milliseconds from each of many clicks on filter values until the new headline is painted."""
    with visit(browser, address) as page:
        page.goto("/")
        page.locator(HEADLINE).wait_for()
        for name in FILTERS:
            page.get_by_role("region", name="Filters").get_by_role("button", name=name).click()
            boxes = page.get_by_role("dialog", name=name).get_by_role("checkbox")
            boxes.first.wait_for()
            for number in range(boxes.count()):
                before = page.locator(HEADLINE).inner_text()
                boxes.nth(number).click()
                page.wait_for_function("(before) => document.querySelector('.headline').innerText !== before", arg=before)
                page.wait_for_function("() => !document.querySelector('[aria-busy=true]')")  # the parts below, too
            page.keyboard.press("Escape")
        milliseconds: list[float] = page.evaluate("seen.repaints")
    return milliseconds


def measure(browser: Browser, address: str) -> Table:
    with visit(browser, address) as page:  # waits until the index is built
        page.goto("/")
        page.locator(HEADLINE).wait_for()
    table = Table("What", "Measured", "Target")
    without_charts, all_scripts = scripts(browser, address)
    table.add_row("JavaScript of the first view", f"{without_charts:.0f} kB", "under 200 kB")
    table.add_row("the same with its charts", f"{all_scripts:.0f} kB", "")
    times = [usable(browser, address) for _ in range(VISITS)]
    table.add_row(f"usable, median of {VISITS} visits (slowest)", f"{median(times):.0f} ms ({max(times):.0f})", "1,000 ms")
    clicks = repaints(browser, address)
    repaint = f"{median(clicks):.0f} ms ({quantiles(clicks, n=20)[-1]:.0f})"
    table.add_row(f"repainted after a filter, median of {len(clicks)} (P95)", repaint, "100 ms")
    return table


def take_screenshots(browser: Browser, address: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (path, theme, last_element) in SCREENSHOTS.items():
        with visit(browser, address, theme) as page:
            page.set_viewport_size(SCREENSHOT_SIZE)
            page.goto(path)
            if name == "graphiql":
                page.get_by_role("button", name="And at each level?").click()
            page.locator(last_element).first.wait_for()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=folder / f"{name}.png")
            console.print(f"{folder / name}.png: {(folder / f'{name}.png').stat().st_size / 1_000:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the page, or take its screenshots.")
    parser.add_argument("records", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--at", help="URL of a running service")
    parser.add_argument("--screenshots", nargs="?", type=Path, const=Path("docs/images"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of extracts of real data")
    options = parser.parse_args()

    def work(address: str) -> None:
        with chromium() as browser:
            if options.screenshots:
                take_screenshots(browser, address, options.screenshots)
            else:
                console.print(measure(browser, address))

    def load(url: str) -> None:
        if options.screenshots:
            console.print(f"Importing the extracts of {options.data}")
            import_extracts(url, Files(options.data))
        else:
            console.print(f"Loading {options.records:,} made-up records")
            load_sample(url, options.records, 1, lambda _: None)

    if options.at:
        work(options.at)
    else:
        with service_over(load) as address:
            work(address)


if __name__ == "__main__":
    main()
