"""The prose of the documents is wrapped."""

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
