"""Checks the links of the crate's reference, which `cargo doc` has built.

    python tools/doc_links.py [FOLDER]

FOLDER is target/doc/ironmap by default. Checks links to pages, to anchors and to files of the
repository, but not to other sites. rustdoc checks links to items only.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "target" / "doc" / "ironmap"
REPOSITORY = "https://github.com/ironmap/ironmap/"


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name == "id" and value:
                self.places.add(value)
            elif name == "href" and value and tag == "a":
                self.links.add(value)


def leads_nowhere(link: str, page: Path, pages: dict[Path, Page]) -> bool:
    """Returns true if ``link`` in ``page`` is ours and broken."""
    if link.startswith(REPOSITORY):
        _, _, path = link.removeprefix(REPOSITORY).split("/", 2)
        return not (ROOT / path).exists()
    parts = urlsplit(link)
    if parts.scheme:
        return False
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.exists():
        return True
    # Source files are not among the pages; their anchors are lines.
    known = pages.get(target)
    return bool(parts.fragment) and known is not None and parts.fragment not in known.places


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]).resolve() if arguments else REFERENCE
    pages = {path: Page(path) for path in folder.rglob("*.html")}
    links = [(path, link) for path, page in sorted(pages.items()) for link in sorted(page.links)]
    broken = [
        f"{path.relative_to(folder)}: {link}"
        for path, link in links
        if leads_nowhere(link, path, pages)
    ]
    print(f"{len(links)} links in {len(pages)} pages of the reference, {len(broken)} lead nowhere")
    print(*broken, sep="\n")
    return 1 if broken or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
