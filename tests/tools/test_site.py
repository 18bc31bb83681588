"""The guide can be built, and a link that leads nowhere is noticed."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import ironmap
import pytest
import reference

ROOT = Path(__file__).parents[2]


@pytest.fixture
def site(tmp_path, monkeypatch):
    # Python has a module of this name.
    spec = importlib.util.spec_from_file_location("tools_site", ROOT / "tools" / "site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "PAGES", tmp_path / "target" / "site" / "pages")
    (tmp_path / "docs").mkdir()
    return module


def test_site_builds(tmp_path):
    command = [sys.executable, ROOT / "tools" / "site.py", tmp_path / "html"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = tmp_path / "html"
    assert "Python's <code>mmap</code> module" in (pages / "index.html").read_text()
    reference = (pages / "docs" / "reference" / "index.html").read_text()
    assert "Map length bytes of the file behind the descriptor fileno" in reference
    assert ">rfind<" in reference


def test_reference_has_every_public_name():
    page = reference.page()
    headings = set(re.findall(r"^###? (?:ironmap\.)?(\w+)$", page, re.MULTILINE))
    constants = set(re.findall(r"`(\w+)`", page.partition("## Constants")[2]))
    public = {name for name in dir(ironmap) if not name.startswith("_")}
    assert public <= headings | constants
    for owner in (ironmap.mmap, ironmap.FileMap):
        assert {name for name in vars(owner) if not name.startswith("_")} <= headings
    for owner in (ironmap.Part, ironmap.FaultError):
        section = page.partition(f"## {owner.__name__}\n")[2].partition("\n## ")[0]
        for name in vars(owner):
            assert name.startswith("_") or re.search(rf"^{name}: |^### {name}$", section, re.MULTILINE)


def test_reference_constructor_of_two_systems():
    section = reference.page().partition("## mmap\n")[2].partition("\n## ")[0]
    windows = section.partition('# sys.platform == "win32"\nmmap(')[2]
    unix = section.partition('# sys.platform != "win32"\nmmap(')[2]
    assert "    tagname: str | None = None,\n" in windows
    assert "    flags: int = ...,\n" in unix and "tagname" not in unix.partition(")")[0]


def test_reference_docstring_as_markdown():
    class Documented:
        """What ``it`` does with MAP_* in [a, b).

        first: int,
            in bytes.
        or_so, more: str.

        >>> it(1)
        """

    assert reference.text(Documented) == (
        "What `it` does with MAP\\_\\* in \\[a, b).\n\n"
        "* `first`: int,\n    in bytes.\n* `or_so, more`: str.\n\n"
        "```python\n>>> it(1)\n```\n"
    )


def test_site_links(site, tmp_path):
    (tmp_path / "source.rs").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "docs" / "other.md").touch()
    (tmp_path / "docs" / "page.md").write_text(
        "[a](other.md) [b](other.md#part) [c](../source.rs) [d](../folder)"
        " [e](https://example.org/x) `[f](not.md)`\n```rust\nx[0](not.md)\n```\n"
    )
    assert site.stage() == []
    blob, tree = f"{site.REPOSITORY}/blob/main", f"{site.REPOSITORY}/tree/main"
    assert (site.PAGES / "docs" / "page.md").read_text() == (
        f"[a](other.md) [b](other.md#part) [c]({blob}/source.rs) [d]({tree}/folder)"
        " [e](https://example.org/x) `[f](not.md)`\n```rust\nx[0](not.md)\n```\n"
    )


def test_site_reference_links(site, tmp_path):
    (tmp_path / "source.rs").touch()
    (tmp_path / "page.md").write_text("[a], [b][c]\n\n[a]: page.md\n[c]: source.rs\n")
    assert site.stage() == []
    assert (site.PAGES / "page.md").read_text() == (
        f"[a], [b][c]\n\n[a]: page.md\n[c]: {site.REPOSITORY}/blob/main/source.rs\n"
    )


def test_site_broken_links(site, tmp_path):
    (tmp_path / "docs" / "page.md").write_text(
        "[a](gone.md), [b](../../outside.md) and [c]\n\n[c]: missing.md"
    )
    assert site.stage() == [
        "docs/page.md: gone.md",
        "docs/page.md: ../../outside.md",
        "docs/page.md: missing.md",
    ]


def test_site_broken_anchors(site, tmp_path, capfd):
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    (tmp_path / "docs" / "page.md").write_text("# Here\n[a](#here) [b](#gone) [c](other.md#lost)")
    (tmp_path / "docs" / "other.md").write_text("# Other\n")
    assert site.main([str(tmp_path / "html")]) != 0
    said = capfd.readouterr().err
    assert "'docs/page.md' contains a link '#gone'" in said
    assert "'docs/page.md' contains a link 'other.md#lost'" in said
    assert "'#here'" not in said


def test_site_page_missing_from_nav(site, tmp_path, capfd):
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    (tmp_path / "docs" / "page.md").write_text("# Here\n")
    assert site.main([str(tmp_path / "html")]) != 0
    assert 'not included in the "nav" configuration:\n  - docs/page.md' in capfd.readouterr().err
