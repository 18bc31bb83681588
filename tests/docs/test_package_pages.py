"""The pages that package indexes show have no other files beside them, and start with a crash."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hang import HANG

ROOT = Path(__file__).parents[2]
FOR_PYTHON = ROOT / "python" / "README.md"
PAGES = [FOR_PYTHON, *sorted(ROOT.glob("crates/*/README.md"))]
WITH_CRASH = [FOR_PYTHON, ROOT / "README.md", ROOT / "docs" / "index.md"]
OURS = re.compile(r"https://github\.com/ironmap/ironmap/(?:blob|tree)/main/([^#)]+)(?:#(.+))?")
CRASH = re.compile(r"^```sh\npython3 -c '\n(.*?)'\n```$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^```text\n(.*)\n```$", re.MULTILINE)


def broken(page: str) -> list[str]:
    """Lists the links of a page that do not lead anywhere from another site."""
    wrong = []
    for link in re.findall(r"\]\(([^)]+)\)|^\[[^\]]+\]: (\S+)", page, re.MULTILINE):
        target = link[0] or link[1]
        ours = OURS.fullmatch(target)
        if not target.startswith("https://"):
            wrong.append(target)
        elif ours and not exists(*ours.groups()):
            wrong.append(target)
    return wrong


def exists(path: str, anchor: str | None) -> bool:
    file = ROOT / path
    return file.exists() and (anchor is None or anchor in anchors(file.read_text()))


def anchors(page: str) -> list[str]:
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_package_page_links_are_absolute(page):
    assert broken(page.read_text()) == []


def test_broken_links_of_package_pages_found():
    main = "https://github.com/ironmap/ironmap/blob/main"
    page = f"[a](docs/faults.md) [b]({main}/gone.md) [c]({main}/README.md#gone)\n[d]: x.svg\n"
    assert broken(page) == ["docs/faults.md", f"{main}/gone.md", f"{main}/README.md#gone", "x.svg"]
    assert broken("![e](https://example.org/e.svg) [f](https://docs.rs/ironmap)") == []


def run(program: str, folder: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=HANG)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not cut a mapped file")
@pytest.mark.parametrize("page", WITH_CRASH, ids=lambda page: page.parent.name)
def test_crash_of_first_screen_is_an_exception(page, tmp_path):
    (program,) = CRASH.findall(page.read_text())
    crash, error = SHOWN.findall(page.read_text())
    died = run(program, tmp_path)
    assert (died.returncode, crash) == (-signal.SIGBUS, "Bus error")
    survived = run(program.replace("import mmap", "import ironmap as mmap"), tmp_path)
    error = error.replace("/home/me", str(tmp_path))
    assert (survived.returncode, survived.stderr.splitlines()[-1]) == (1, error)
