"""What the page costs in a real Chromium: `python -m bench.page [RECORDS] [--at URL] [--screenshots [FOLDER]]`.

Over the service with so many made-up records (by default 1,000,000; or over a service that runs already), it tells

- the JavaScript of the first view, as it comes over the wire: without what draws its charts, and all of it;
- when the first view can be used: the headline is painted and no task longer than 50 ms has begun or is under way since, of
  fresh contexts with nothing in their cache, from the start of the navigation;
- how long after a click on a value of a filter the headline of the other records is painted, of filters nobody asked before.

`--screenshots` takes the pictures of docs/images instead, by default over 20,000 records.
"""

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from rich.table import Table

from bench.ground import console, database
from bench.serving import PORT, cache_folder, serving
from seed.sample import load_sample

VISITS = 15
FILTERS = ("Industry", "Role", "Work mode")
WINDOW: ViewportSize = {"width": 1280, "height": 860}
PICTURE: ViewportSize = {"width": 1280, "height": 1160}
HEADLINE = ".headline"
Theme = Literal["light", "dark"]
WATCH = """
(() => {
  window.seen = { headline: null, long: [], clicked: null, repaints: [] };
  new PerformanceObserver((list) => list.getEntries().forEach((one) => seen.long.push(one.startTime + one.duration)))
    .observe({ type: "longtask", buffered: true });
  const painted = (tell) => requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => tell(performance.now()); port2.postMessage(0); });
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
"""In the page: when its headline is painted, when long tasks end, and how long after a click another headline is painted."""

OFFERS = (
    "/offer?label=Bay&role=machine-learning-engineer&level=senior&country=us&metro=san-francisco&base=290k&bonus=30k&grant=400k"
    "&label.2=Berlin&role.2=machine-learning-engineer&level.2=senior&country.2=de&metro.2=berlin&currency.2=EUR&base.2=120k"
    "&bonus.2=12k&grant.2=60k"
)
PICTURES: dict[str, tuple[str, Theme, str]] = {
    "explore": ("/?role=machine-learning&country=us&by=level&pay=165000", "light", ".marker-rank b"),
    "offer": (
        OFFERS,
        "light",
        "svg.plot >> nth=1",
    ),
    "factors": ("/factors", "dark", "text=/ claims, measured on/"),
    "graphiql": ("/graphiql", "dark", "[aria-label='Result Window'] .view-line >> nth=12"),
}
"""Each with its address, its theme and what is there once it is whole."""


@contextmanager
def made_up(records: int) -> Iterator[str]:
    """The address of a service over so many made-up records, with an index of its own."""
    with database() as url, cache_folder() as cache:
        console.print(f"Loading {records:,} made-up records")
        load_sample(url, records, 1, lambda _: None)
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
    """A page of a context of its own, so with nothing kept from before."""
    context = browser.new_context(base_url=address, viewport=WINDOW, color_scheme=theme)
    page = context.new_page()
    page.set_default_timeout(60_000)  # the first question builds an index
    page.add_init_script(WATCH)
    yield page
    context.close()


def scripts(browser: Browser, address: str) -> tuple[float, float]:
    """Kilobytes of JavaScript over the wire that the first view takes: without that which draws charts, and all of it."""
    names: dict[str, str] = {}
    sizes: dict[str, float] = {}

    def begun(event: dict[str, Any]) -> None:
        if event["type"] == "Script":
            names[event["requestId"]] = event["response"]["url"]

    def ended(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"] / 1_000

    with visit(browser, address) as page:
        wire = page.context.new_cdp_session(page)
        wire.on("Network.responseReceived", begun)
        wire.on("Network.loadingFinished", ended)
        wire.send("Network.enable")
        page.goto("/")
        page.locator("svg.plot").nth(2).wait_for()
        page.wait_for_load_state("networkidle")
    told = {name: sizes[request] for request, name in names.items()}
    return sum(size for name, size in told.items() if "/plot-" not in name), sum(told.values())


def usable(browser: Browser, address: str) -> float:
    """Milliseconds from the start of a navigation until the first view can be used."""
    with visit(browser, address) as page:
        page.goto("/")
        page.locator("svg.plot").nth(2).wait_for()
        page.wait_for_load_state("networkidle")
        told: float = page.evaluate("Math.max(seen.headline, ...seen.long)")
    return told


def repaints(browser: Browser, address: str) -> list[float]:
    """Milliseconds from each of many clicks on values of filters until the headline of the other records is painted."""
    with visit(browser, address) as page:
        page.goto("/")
        page.locator(HEADLINE).wait_for()
        for name in FILTERS:
            page.get_by_role("region", name="Filters").get_by_role("button", name=name).click()
            boxes = page.get_by_role("group", name=name).get_by_role("checkbox")
            boxes.first.wait_for()
            for number in range(boxes.count()):
                before = page.locator(HEADLINE).inner_text()
                boxes.nth(number).click()
                page.wait_for_function("(before) => document.querySelector('.headline').innerText !== before", arg=before)
                page.wait_for_function("() => !document.querySelector('[aria-busy=true]')")  # the parts below, too
            page.keyboard.press("Escape")
        told: list[float] = page.evaluate("seen.repaints")
    return told


def measure(browser: Browser, address: str) -> Table:
    with visit(browser, address) as page:  # so that nobody waits for an index to be built
        page.goto("/")
        page.locator(HEADLINE).wait_for()
    table = Table("What", "Measured", "Aimed at")
    first, whole = scripts(browser, address)
    table.add_row("JavaScript of the first view", f"{first:.0f} kB", "under 200 kB")
    table.add_row("the same with its charts", f"{whole:.0f} kB", "")
    times = [usable(browser, address) for _ in range(VISITS)]
    table.add_row(f"usable, median of {VISITS} visits (slowest)", f"{median(times):.0f} ms ({max(times):.0f})", "1,000 ms")
    clicks = repaints(browser, address)
    told = f"{median(clicks):.0f} ms ({quantiles(clicks, n=20)[-1]:.0f})"
    table.add_row(f"repainted after a filter, median of {len(clicks)} (P95)", told, "100 ms")
    return table


def take_pictures(browser: Browser, address: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (path, theme, whole) in PICTURES.items():
        with visit(browser, address, theme) as page:
            page.set_viewport_size(PICTURE)
            page.goto(path)
            if name == "graphiql":
                page.get_by_role("button", name="And at each level?").click()
            page.locator(whole).first.wait_for()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=folder / f"{name}.png")
            console.print(f"{folder / name}.png: {(folder / f'{name}.png').stat().st_size / 1_000:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the page, or take its pictures.")
    parser.add_argument("records", nargs="?", type=int)
    parser.add_argument("--at", help="a service that runs already")
    parser.add_argument("--screenshots", nargs="?", type=Path, const=Path("docs/images"))
    told = parser.parse_args()

    def work(address: str) -> None:
        with chromium() as browser:
            if told.screenshots:
                take_pictures(browser, address, told.screenshots)
            else:
                console.print(measure(browser, address))

    if told.at:
        work(told.at)
    else:
        with made_up(told.records or (20_000 if told.screenshots else 1_000_000)) as address:
            work(address)


if __name__ == "__main__":
    main()
