"""`make site` builds the guide, and fails for a link that leads nowhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ironmap

ROOT = Path(__file__).parents[2]


def build(config: Path, html: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        f"--config-file={config}",
        f"--site-dir={html}",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "python")}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT / "mkdocs.yml", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_site_has_home_page(html):
    assert "Python's <code>mmap</code> module" in (html / "index.html").read_text()


def test_reference_has_every_public_name(html):
    page = (html / "docs" / "reference" / "index.html").read_text()
    headings = set(re.findall(r'<h\d id="ironmap\.([\w.]+)"', page))
    constants = set(
        re.findall(r"<code>([A-Z_0-9a-z]+)</code>", page.partition('id="constants"')[2])
    )
    assert {name for name in dir(ironmap) if not name.startswith("_")} <= headings | constants
    for owner in (ironmap.mmap, ironmap.FileMap, ironmap.FaultError):
        names = {f"{owner.__name__}.{name}" for name in vars(owner) if not name.startswith("_")}
        assert names <= headings


def test_reference_has_docstrings_overloads_and_systems(html):
    page = (html / "docs" / "reference" / "index.html").read_text()
    text = re.sub(r"<[^>]+>", "", page)
    assert "Map length bytes of the file behind the descriptor fileno" in text
    resident = text.partition("Return how much of [start, start + length) is in memory")[0][-1200:]
    assert resident.count("resident(") == 2
    assert 'Where sys.platform == "linux".' in text.partition("madvise(MADV_COLD)")[2][:400]


def test_broken_links_fail_and_others_lead_to_github(tmp_path):
    ignored = shutil.ignore_patterns("*.so", "__pycache__")
    shutil.copytree(ROOT / "python", tmp_path / "python", ignore=ignored)
    for folder in ("tools", "docs"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / "tools" / "site.py", tmp_path / "tools")
    text, _, _ = (ROOT / "mkdocs.yml").read_text().partition("nav:\n")
    (tmp_path / "mkdocs.yml").write_text(text + "nav: [README.md, docs/page.md]\n")
    (tmp_path / "README.md").write_text("# Here\n")
    (tmp_path / "source.rs").touch()
    (tmp_path / "docs" / "forgotten.md").write_text("# Forgotten\n")
    (tmp_path / "docs" / "page.md").write_text(
        "# Page\n[a](../README.md#here) [b](../source.rs) [c](../tools) [d] `[e](not.md)`\n\n"
        "```rust\nx[0](not.md)\n```\n\n[d]: ../source.rs\n\n"
        "[f](gone.md) [g](../../outside.md) [h](#lost) [i](../README.md#gone) [j]\n\n"
        "[j]: missing.rs\n"
    )
    done = build(tmp_path / "mkdocs.yml", tmp_path / "html")
    assert done.returncode != 0
    warnings = [line for line in done.stderr.splitlines() if "contains a link" in line]
    for link in ("gone.md", "../../outside.md", "#lost", "../README.md#gone", "missing.rs"):
        assert any(f"contains a link '{link}', but" in line for line in warnings), link
    assert len(warnings) == 5
    assert "  - docs/forgotten.md" in done.stderr
    page = (tmp_path / "html" / "docs" / "page" / "index.html").read_text()
    main = "https://github.com/ironmap/ironmap/{}/main"
    assert page.count(f'href="{main.format("blob")}/source.rs"') == 2
    assert f'href="{main.format("tree")}/tools"' in page
