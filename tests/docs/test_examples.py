"""Runs the examples of each README.md and of docs/.

The Python blocks of a page are one program; each Rust block is a program. A line
``print(…)  # text`` must print the text. The pages can also be run one after the other.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hang import HANG

ROOT = Path(__file__).parents[2]
READMES = [ROOT / folder / "README.md" for folder in (".", "python", "crates/ironmap")]
PAGES = [*READMES, *sorted((ROOT / "docs").glob("*.md"))]
UNIX_ONLY = {
    "examples.md": "Windows has no madvise, drop and set_name",
    "file-object.md": "Windows' maps have no descriptor for a child",
    "faults-in-rust.md": "Windows neither cuts nor replaces a file that is mapped",
    "faults.md": "Windows neither cuts nor replaces a file that is mapped",
    "growing.md": "Windows neither cuts nor replaces a file that is mapped",
    "memory.md": "Windows drops no pages",
    "recipes.md": "Windows has no fork",
    "workers.md": "Windows has no fork",
}
NUMPY = "import numpy"
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTED = re.compile(r"print\(.*\)  # (.*)")


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def program(page: Path) -> str:
    """Returns the Python blocks; without those that need numpy, if it is not for the whole page."""
    first, *others = blocks(page, "python") or [""]
    if NUMPY not in first:
        others = [block for block in others if NUMPY not in block]
    return "\n".join([first, *others])


def pages_with(language: str) -> list:
    pages = [page for page in PAGES if blocks(page, language)]
    assert pages, f"no page has {language} examples"
    return [
        pytest.param(page, id=str(page.relative_to(ROOT)), marks=unless_of_unix(page))
        for page in pages
    ]


def unless_of_unix(page: Path) -> pytest.MarkDecorator:
    reason = UNIX_ONLY.get(page.name, "")
    return pytest.mark.skipif(sys.platform == "win32" and bool(reason), reason=reason)


@pytest.mark.parametrize("page", pages_with("python"))
def test_python_examples_print_as_documented(page, tmp_path):
    text = program(page)
    if NUMPY in text:
        pytest.importorskip("numpy", reason="numpy is not installed: make interop")
    assert printed_by(text, tmp_path) == PRINTED.findall(text)


@unless_of_unix(ROOT / "docs" / "examples.md")
def test_examples_that_need_numpy_print_as_documented(tmp_path):
    pytest.importorskip("numpy", reason="numpy is not installed: make interop")
    text = "\n".join(blocks(ROOT / "docs" / "examples.md", "python"))
    assert NUMPY in text
    assert printed_by(text, tmp_path) == PRINTED.findall(text)


def printed_by(text: str, folder: Path) -> list[str]:
    # A file, as spawned workers need it, outside of the folder that the program sees.
    file, current = folder / "program.py", folder / "current"
    file.write_text(text, encoding="utf-8")
    current.mkdir()
    command = [sys.executable, "-X", "utf8", str(file)]
    done = subprocess.run(command, cwd=current, capture_output=True, encoding="utf-8", timeout=HANG)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def recipes() -> list:
    """Returns the sections that recipes.md has or links to, each with its page."""
    text = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    table, *own = re.split("^## ", text, flags=re.MULTILINE)
    found = [("recipes.md", section) for section in own]
    for page, anchor in re.findall(r"\]\(([\w-]+\.md)#?([\w-]*)\)", table):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for section in re.split("^## ", text, flags=re.MULTILINE):
            title = "" if section.startswith("# ") else section.partition("\n")[0]
            if re.sub(r"[^\w-]", "", title.lower().replace(" ", "-")) == anchor:
                found.append((page, section))
    found = [(page, section) for page, section in found if "```python\n" in section]
    assert len(found) == 9, [section[:40] for _, section in found]
    return [
        pytest.param(section, id=f"{page} {title}", marks=unless_of_unix(ROOT / page))
        for page, section in found
        for title in [section.partition("\n")[0]]
    ]


@pytest.mark.parametrize("section", recipes())
def test_recipe_is_a_whole_program(section, tmp_path):
    text = "\n".join(PYTHON.findall(section))
    if NUMPY in text:
        pytest.importorskip("numpy", reason="numpy is not installed: make interop")
    assert printed_by(text, tmp_path) == PRINTED.findall(text)


@pytest.mark.skipif(sys.platform == "win32", reason="some pages are for Unix alone")
@pytest.mark.parametrize("order", [1, -1], ids=["in_order", "in_reverse"])
def test_pages_can_be_pasted_after_one_another(order, tmp_path):
    programs = [program(page) for page in PAGES[::order]]
    # Spawned workers run the whole program again.
    left_out = (NUMPY, "__name__")
    text = "\n".join(one for one in programs if not any(word in one for word in left_out))
    assert printed_by(text, tmp_path) == PRINTED.findall(text)


@pytest.fixture(scope="module")
def ironmap_library() -> Path:
    """Builds the core as `cargo test` does."""
    if sys.platform == "win32":
        pytest.skip("the Python of Windows runs under Wine, where cargo can be missing")
    built = subprocess.run(
        ["cargo", "build", "--package", "ironmap", "--message-format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("target", {}).get("name") == "ironmap" and "filenames" in message:
            return next(Path(file) for file in message["filenames"] if file.endswith(".rlib"))
    raise AssertionError("cargo built no ironmap library")


@pytest.mark.parametrize("page", pages_with("rust"))
def test_rust_examples_all_pass(page, ironmap_library, tmp_path):
    done = subprocess.run(
        ["rustdoc", "--test", str(page), "--edition", "2024"]
        + ["--extern", f"ironmap={ironmap_library}"]
        + ["-L", f"dependency={ironmap_library.parent / 'deps'}"]
        + ["--test-run-directory", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(blocks(page, 'rust'))} passed" in done.stdout
