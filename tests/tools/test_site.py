"""`make site` builds the guide, and fails for a link that leads nowhere."""

import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
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


def page(html: Path, place: str) -> str:
    return (html / place / "index.html").read_text(encoding="utf-8")


def test_site_has_home_page(html):
    assert "Python's <code>mmap</code> module" in page(html, "")


def test_site_has_tabs_for_two_languages(html):
    start = page(html, "").partition('class="tabbed-set')[2]
    assert re.findall(r"<label for=[^>]*>(\w+)</label>", start)[:2] == ["Python", "Rust"]


class Assets(HTMLParser):
    """The addresses on other hosts that a browser loads to show a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.foreign: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        asked = [values.get(name) for name in ("src", "srcset", "data", "poster")]
        if tag == "link" and values.get("rel") not in ("canonical", "prev", "next"):
            asked.append(values.get("href"))
        self.foreign += [url for url in asked if url and re.match(r"(https?:)?//", url)]


def foreign_assets(html: Path) -> list[str]:
    """Lists what the pages and styles of a site load from other hosts."""
    found = [
        f"{path.relative_to(html)}: {url}"
        for path in html.rglob("*.html")
        for url in Assets(path.read_text(encoding="utf-8")).foreign
    ]
    styles = re.compile(r"url\(['\"]?((?:https?:)?//[^)]*)|@import +['\"]?(https?:[^'\"]*)")
    return found + [
        f"{path.relative_to(html)}: {match[0]}"
        for path in html.rglob("*.css")
        for match in styles.finditer(path.read_text(encoding="utf-8"))
    ]


def test_site_loads_nothing_from_other_hosts(html):
    assert foreign_assets(html) == []
    pages = [path for path in html.rglob("*.html") if "rust" not in path.parts]
    assert len(pages) > 30
    for path in pages:
        text = path.read_text(encoding="utf-8")
        # For these the theme's script asks api.github.com and unpkg.com.
        assert 'data-md-component="source"' not in text and 'class="mermaid"' not in text, path


def test_foreign_assets_of_a_page_found(tmp_path):
    text = (
        '<img src="//a/b"><link rel="icon" href="https://c"><a href="https://d"><img src="e.png">'
    )
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    (tmp_path / "site.css").write_text("a { src: url('https://f/g') }", encoding="utf-8")
    found = ["index.html: //a/b", "index.html: https://c", "site.css: url('https://f/g'"]
    assert foreign_assets(tmp_path) == found


def listed(html: Path, word: str) -> set[str]:
    """Returns the pages with a word, as the search of the site has them."""
    index = json.loads((html / "search" / "search_index.json").read_text(encoding="utf-8"))
    word = re.compile(rf"\b{word}\b", re.IGNORECASE)
    return {
        place["location"].partition("#")[0]
        for place in index["docs"]
        if word.search(f"{place['title']} {place['text']}")
    }


def test_search_lists_words_of_users(html):
    assert {"opening/", "growing/"} <= listed(html, "append")
    assert {"threads/", "reference-mmap/"} <= listed(html, "progress")
    assert {"growing/", "reference-filemap/"} <= listed(html, "tail")
    assert {"faults/", "security/"} <= listed(html, "SIGBUS")
    assert {"errors/", "opening/"} <= listed(html, "BufferError")


REFERENCE = ("reference", "reference-mmap", "reference-filemap")


def test_reference_has_every_public_name(html):
    pages = "".join(page(html, place) for place in REFERENCE)
    headings = set(re.findall(r'<h\d id="ironmap\.([\w.]+)"', pages))
    # The name of a page is its own heading.
    headings |= {"mmap", "FileMap", "error"}
    constants = set(
        re.findall(r"<code>([A-Z_0-9a-z]+)</code>", pages.partition('id="constants"')[2])
    )
    assert {name for name in dir(ironmap) if not name.startswith("_")} <= headings | constants
    for owner in (ironmap.mmap, ironmap.FileMap, ironmap.FaultError):
        names = {f"{owner.__name__}.{name}" for name in vars(owner) if not name.startswith("_")}
        assert names <= headings
    for owner in (ironmap.FileMap, ironmap.SharedMap):
        names = {name for name in dir(owner) if name[0] != "_"} - set(dir(ironmap.mmap))
        assert {f"{owner.__name__}.{name}" for name in names} <= headings


def test_reference_has_docstrings_overloads_and_systems(html):
    text = re.sub(r"<[^>]+>", "", page(html, "reference-mmap"))
    assert "Map length bytes of the file behind the descriptor fileno" in text
    resident = text.partition("Return how much of [start, start + length) is in memory")[0][-1200:]
    assert resident.count("resident(") == 2
    assert 'Where sys.platform == "linux".' in text.partition("madvise(MADV_COLD)")[2][:400]


def examples() -> dict[str, str]:
    text = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^## (\S+)\n\n```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


def test_reference_of_a_map_lists_parameters_and_invents_none(html):
    text = page(html, "reference-filemap")
    assert "<strong>dtype</strong>" in text
    assert "kwargs" not in text


def test_types_of_python_lead_to_its_documentation(html):
    text = page(html, "reference-filemap")
    library = "https://docs.python.org/3/library"
    assert f'href="{library}/typing.html#typing.SupportsIndex"' in text
    assert f'href="{library}/stdtypes.html#str"' in text


def test_examples_have_every_function_and_method():
    functions = {
        name for name in dir(ironmap) if name[0] != "_" and callable(getattr(ironmap, name))
    }
    # Types for annotations, and another name of OSError.
    wanted = functions - {"FaultGuard", "FaultHook", "error"}
    for owner in (ironmap.mmap, ironmap.FileMap):
        names = {name for name in vars(owner) if name[0] != "_"}
        wanted |= {f"{owner.__name__}.{name}" for name in names}
    assert wanted - examples().keys() == set()


def test_examples_use_their_names():
    for name, code in examples().items():
        assert re.search(rf"\b{name.rpartition('.')[2]}\b", code), name


def test_reference_has_the_examples(html):
    pages = "".join(page(html, place) for place in REFERENCE)
    text = unescape(re.sub(r"<[^>]+>", "", pages))
    for name, code in examples().items():
        assert code in text, name


def test_broken_links_fail_and_others_lead_to_github(tmp_path):
    ignored = shutil.ignore_patterns("*.so", "__pycache__")
    shutil.copytree(ROOT / "python", tmp_path / "python", ignore=ignored)
    for folder in ("tools", "docs"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / "tools" / "site.py", tmp_path / "tools")
    shutil.copytree(ROOT / "tools" / "theme", tmp_path / "tools" / "theme")
    (tmp_path / "docs" / "examples.md").write_text("# Examples\n")
    settings, _, _ = (ROOT / "mkdocs.yml").read_text().partition("nav:\n")
    (tmp_path / "mkdocs.yml").write_text(
        settings + "nav: [docs/index.md, docs/page.md, docs/examples.md]\n"
    )
    (tmp_path / "docs" / "index.md").write_text("# Here\n")
    (tmp_path / "source.rs").touch()
    (tmp_path / "docs" / "forgotten.md").write_text("# Forgotten\n")
    (tmp_path / "docs" / "page.md").write_text(
        "# Page\n[a](index.md#here) [b](../source.rs) [c](../tools) [d] `[e](not.md)`\n\n"
        "```rust\nx[0](not.md)\n```\n\n[d]: ../source.rs\n\n"
        "[f](gone.md) [g](../../outside.md) [h](#lost) [i](index.md#gone) [j]\n\n"
        "[j]: missing.rs\n"
    )
    done = build(tmp_path / "mkdocs.yml", tmp_path / "html")
    assert done.returncode != 0
    warnings = [line for line in done.stderr.splitlines() if "contains a link" in line]
    for link in ("gone.md", "../../outside.md", "#lost", "index.md#gone", "missing.rs"):
        assert any(f"contains a link '{link}', but" in line for line in warnings), link
    assert len(warnings) == 5
    assert "  - docs/forgotten.md" in done.stderr
    text = page(tmp_path / "html", "page")
    main = "https://github.com/ironmap/ironmap/{}/main"
    assert text.count(f'href="{main.format("blob")}/source.rs"') == 2
    assert f'href="{main.format("tree")}/tools"' in text
