"""Looks at the built site in Chromium: `make check WHAT=site-browser`.

    python tools/site_browser.py FOLDER [--shots FOLDER] [PAGE…]

Shows pages of FOLDER at the width of a desktop and of a phone, light and dark, and says what is
wrong: a request to another host, an error of a script, a page wider than the window, a
picture that is not shown, too little contrast and other rules of WCAG 2.1 AA (axe-core). Types
words into the search, presses a copy button, changes a tab and the colours. The
browser resolves no host but this one. ``--shots`` keeps a picture of each page. The ten pages
took eight to ten minutes on two busy cores; a page that does not answer for two minutes ends
the run.
"""

import argparse
import http.server
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# Without a name server; the flags are of containers, where no other sandbox is possible.
FLAGS = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
PAGES = [
    "",
    "starting/",
    "opening/",
    "faults/",
    "memory/",
    "performance/",
    "reference/",
    "reference-mmap/",
    "errors/",
    "compare/",
]
# A word, and a page that the search must list for it.
SEARCHED = {
    "append": "opening/",
    "progress": "threads/",
    "tail": "reference-filemap/",
    "SIGBUS": "faults/",
    "BufferError": "errors/",
}
# axe-core lists no more than the violations, which takes less time.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "resultTypes": ["violations"],
}
LIMIT = 120_000  # Milliseconds.


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serves the folder on this machine, and yields its address."""
    handler = partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


class Complaints(list[str]):
    """The complaints, printed as they are found."""

    def append(self, text: str) -> None:
        print(text, flush=True)
        super().append(text)


def opened(browser: Browser, site: str, wrong: Complaints, width: int, scheme: str) -> Page:
    """Returns a page of a new window; what goes wrong in it is added to `wrong`."""
    window = {"width": width, "height": 844}
    context = browser.new_context(
        viewport=window,
        color_scheme=scheme,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.set_default_timeout(LIMIT)

    def note(kind: str, text: str) -> None:
        wrong.append(f"{page.url.removeprefix(site)} {width} {scheme}: {kind}: {text}")

    page.on("request", lambda r: None if r.url.startswith(site) else note("asks", r.url))
    page.on("response", lambda r: note("missing", r.url) if r.status >= 400 else None)
    page.on("pageerror", lambda error: note("script", str(error)))
    return page


def look(page: Page, axe: Axe) -> list[str]:
    """Returns what is wrong with the page that is shown."""
    found = []
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wide > 0:
        found.append(f"wider than the window by {wide} pixels")
    images = "Array.from(document.images).filter(i => !i.complete || !i.naturalWidth)"
    page.evaluate("for (const i of document.images) i.loading = 'eager'")
    page.wait_for_function(f"{images}.length == 0 || document.readyState == 'complete'")
    found += [f"not shown: {name}" for name in page.evaluate(f"{images}.map(i => i.src)")]
    for violation in axe.run(page, options=RULES).response["violations"]:
        for node in violation["nodes"][:3]:
            found.append(f"{violation['id']}: {node['html'][:120]} {node['failureSummary'][:200]}")
    return found


def done(what: str, begun: float) -> None:
    print(f"looked at {what} ({time.monotonic() - begun:.1f} s)", flush=True)


def look_at_all(
    browser: Browser, site: str, pages: list[str], shots: Path | None, wrong: Complaints
) -> None:
    axe = Axe()
    for width in WIDTHS:
        for scheme in SCHEMES:
            page = opened(browser, site, wrong, width, scheme)
            for path in pages:
                begun = time.monotonic()
                page.goto(site + path)
                for found in look(page, axe):
                    wrong.append(f"{path} {width} {scheme}: {found}")
                done(f"{path or 'home'} {width} {scheme}", begun)
                if shots:
                    name = path.strip("/").replace("/", "-") or "home"
                    page.screenshot(path=shots / f"{name}-{width}-{scheme}.png")
            page.context.close()


def use(browser: Browser, site: str, wrong: Complaints) -> None:
    """Uses the search, a copy button, tabs and the switch of colours."""
    for width in WIDTHS:
        begun = time.monotonic()
        page = opened(browser, site, wrong, width, "light")
        for word, expected in SEARCHED.items():
            page.goto(site + "starting/")
            page.mouse.wheel(0, 3000)  # The search stays in sight.
            if width < 1000:
                page.click("label[for=__search].md-header__button")
            page.click("input.md-search__input")
            page.keyboard.type(word, delay=20)
            page.wait_for_selector(".md-search-result__link")
            links = page.eval_on_selector_all(".md-search-result__link", "a => a.map(a => a.href)")
            if not any(link.startswith(site + expected) for link in links):
                wrong.append(f"{width}: the search for {word} does not list {expected}: {links}")
        page.goto(site)
        page.hover("pre")
        page.click("pre .md-code__button, .md-clipboard")
        page.wait_for_timeout(200)
        if "import mmap" not in page.evaluate("navigator.clipboard.readText()"):
            wrong.append(f"{width}: the copy button copies nothing")
        page.click("label:has-text('Rust')")
        if not page.is_visible("text=fn main"):
            wrong.append(f"{width}: the tab of Rust shows no Rust")
        colour = "getComputedStyle(document.body).backgroundColor"
        before = page.evaluate(colour)
        page.click("label[title=Dark]:visible")
        page.wait_for_timeout(400)
        if page.evaluate(colour) == before:
            wrong.append(f"{width}: the switch of colours changes nothing")
        page.context.close()
        done(f"search, copy button, tab and colours {width}", begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("pages", nargs="*", default=PAGES, help="such as faults/")
    parser.add_argument("--shots", type=Path, help="keep a picture of each page here")
    arguments = parser.parse_args()
    if arguments.shots:
        arguments.shots.mkdir(parents=True, exist_ok=True)
    wrong = Complaints()
    with served(arguments.site) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        use(browser, site, wrong)
        look_at_all(browser, site, arguments.pages, arguments.shots, wrong)
        browser.close()
    looks = len(arguments.pages) * len(WIDTHS) * len(SCHEMES)
    print(f"{looks} looks at {len(arguments.pages)} pages, {len(wrong)} complaints")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
