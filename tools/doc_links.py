"""Follows the links of the crate's reference, as `cargo doc` has made it.

    python tools/doc_links.py [FOLDER]

FOLDER is target/doc/ironmap if none is given. Every link to a page beside it, to a
place in a page, and to a file of the repository has to lead there; those to other sites
are not followed. rustdoc itself knows only of links to items.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "target" / "doc" / "ironmap"
REPOSITORY = "https://github.com/ironmap/ironmap/"


class Page(HTMLParser):
    """The links of a page, and its places that a link can lead to."""

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
    """Whether ``link``, which is in ``page``, leads to nothing of ours."""
    if link.startswith(REPOSITORY):
        _, _, path = link.removeprefix(REPOSITORY).split("/", 2)
        return not (ROOT / path).exists()
    parts = urlsplit(link)
    if parts.scheme:
        return False
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.exists():
        return True
    # The source is not among the pages; its places are lines.
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
