"""The prose of the documents is wrapped, and the changelog says each thing once."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 100
PAGES = [
    path
    for pattern in (
        "*.md",
        "docs/*.md",
        "tests/*.md",
        "python/*.md",
        "crates/*/README.md",
        "compat/*/*.md",
    )
    for path in ROOT.glob(pattern)
]


def long_lines(page: str) -> list[str]:
    """Lists the lines of prose that are too long and could be broken."""
    wrong, in_code = [], False
    for line in page.splitlines():
        text = line.strip()
        if text.startswith("```"):
            in_code = not in_code
        elif not in_code and not text.startswith("|") and " " in text.lstrip("*- "):
            wrong += [line] * (len(line) > LONGEST)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_prose_lines_wrapped(page):
    assert long_lines(page.read_text()) == []


def test_long_lines_of_prose_found():
    long = "word " * 25
    assert long_lines(f"short\n\n  {long}\n") == [f"  {long}"]
    assert long_lines(f"| {long} |\n```\n{long}\n```\n* [a]({'b' * 100}):\n") == []


def repeated(changelog: str) -> list[str]:
    """Lists the headings and the entries that a version has twice."""
    wrong = []
    for version in re.split(r"^## ", changelog, flags=re.MULTILINE):
        parts = re.split(r"\n(?=\* |### )", version)
        wrong += [part for part in sorted(set(parts)) if parts.count(part) > 1]
    return wrong


def test_changelog_says_nothing_twice():
    assert repeated((ROOT / "CHANGELOG.md").read_text()) == []


def test_repeated_entries_found():
    assert repeated("## 2\n\n### Added\n\n* One.\n* One.\n* Two.\n") == ["* One."]
    assert repeated("## 2\n\n### Fixed\n\n* A.\n\n## 1\n\n### Fixed\n\n* A.\n") == []
    assert repeated("## 2\n\n### Fixed\n\n* A.\n\n### Fixed\n\n* B.\n") == ["### Fixed\n"]
