"""The user's guide as a site: docs/, the documents beside it, and a reference.

    python tools/site.py [FOLDER]

Writes HTML into FOLDER, target/site/html if none is given, with mkdocs. The pages
keep their places, so that links between them work in the repository and on the
site; links to other files of the repository lead to it. The build fails if a link
leads to a file or a heading that does not exist, or if no menu leads to a page.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import reference

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "target" / "site" / "pages"
HTML = ROOT / "target" / "site" / "html"
STYLE = ROOT / "tools" / "site.css"
REPOSITORY = "https://github.com/ironmap/ironmap"

SHOWN = ("*.md", "docs/*.md", "bench/record/*.md", "bench/record/*.svg")
REFERENCE = Path("docs/reference.md")

CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
# In its place in the text, or defined below it.
LINK = re.compile(r"(\]\(|^\[[^\]\n]+\]: )([^)\s#:]+)((?:#[^)\s]*)?(?:\)|$))", re.MULTILINE)


def stage() -> list[str]:
    """Puts the pages into PAGES; returns the links to what is not there."""
    shutil.rmtree(PAGES, ignore_errors=True)
    shown = {path.relative_to(ROOT) for pattern in SHOWN for path in ROOT.glob(pattern)}
    shown.add(REFERENCE)
    broken: list[str] = []
    for page in sorted(shown):
        place = PAGES / page
        place.parent.mkdir(parents=True, exist_ok=True)
        if page == REFERENCE:
            place.write_text(reference.page(), encoding="utf-8")
        elif page.suffix == ".md":
            place.write_text(linked(page, shown, broken), encoding="utf-8")
        else:
            shutil.copyfile(ROOT / page, place)
    shutil.copyfile(STYLE, PAGES / STYLE.name)
    return broken


def linked(page: Path, shown: set[Path], broken: list[str]) -> str:
    """The text of a page, with links that lead somewhere from the site."""

    def follow(link: re.Match[str]) -> str:
        opened, target, closed = link.groups()
        there = (ROOT / page.parent / target).resolve()
        if not there.is_relative_to(ROOT) or (not there.exists() and there != ROOT / REFERENCE):
            broken.append(f"{page}: {target}")
        path = there.relative_to(ROOT) if there.is_relative_to(ROOT) else there
        if path in shown:
            return link[0]
        kind = "tree" if there.is_dir() else "blob"
        return f"{opened}{REPOSITORY}/{kind}/main/{path}{closed}"

    parts = CODE.split((ROOT / page).read_text(encoding="utf-8"))
    return "".join(part if CODE.match(part) else LINK.sub(follow, part) for part in parts)


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else HTML
    if broken := stage():
        print("links to what is not there:", *broken, sep="\n", file=sys.stderr)
        return 1
    # Not --quiet: that drops the warnings before --strict has counted them.
    build = ["-m", "mkdocs", "build", "--strict", "--site-dir", str(folder.resolve())]
    done = subprocess.run([sys.executable, *build], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout, done.stderr, sep="", end="", file=sys.stderr)
    else:
        print(f"the site is in {folder}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
