"""Pictures are read on a phone, on light and on dark pages, and those of measurements show the
recorded tables."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "bench" / "record"
PICTURES = sorted([*(ROOT / "docs").glob("*.svg"), *RECORD.glob("*.svg")])

# A phone shows 390 pixels, less the margins of the page.
WIDEST, SMALLEST_TEXT = 360, 11


def complaints(picture: str) -> list[str]:
    """Lists what keeps a picture from being read."""
    wrong = []
    size = re.search(r'<svg [^>]*width="(\d+)" height="(\d+)" viewBox="0 0 (\d+) (\d+)"', picture)
    if not size or size[1] != size[3] or size[2] != size[4]:
        wrong.append("is not shown in its own size")
    elif int(size[1]) > WIDEST:
        wrong.append(f"is {size[1]} pixels wide")
    sizes = [int(number) for number in re.findall(r'font-size[:=] ?"?(\d+)', picture)]
    if not sizes or min(sizes) < SMALLEST_TEXT:
        wrong.append(f"has text of {min(sizes, default=0)} pixels")
    if "prefers-color-scheme: dark" not in picture:
        wrong.append("has no colours for dark pages")
    if not re.search("<title>.+</title>", picture):
        wrong.append("has no title")
    return wrong


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_picture_is_readable_on_a_phone(path):
    assert complaints(path.read_text(encoding="utf-8")) == []


def test_unreadable_pictures_found():
    wide = '<svg width="740" height="9" viewBox="0 0 740 9" font-size="9">'
    missing = ["has no colours for dark pages", "has no title"]
    assert complaints(wide) == ["is 740 pixels wide", "has text of 9 pixels", *missing]
    assert complaints('<svg width="9">')[0] == "is not shown in its own size"


def test_pictures_of_record_show_its_tables(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "bench")
    pictures = __import__("pictures")
    names = ("full.md", "waits.md", "scale.md")
    full, waits, growth = ((RECORD / name).read_text(encoding="utf-8") for name in names)
    drawn = pictures.pictures(full, waits, growth)
    assert set(drawn) == {path.name for path in RECORD.glob("*.svg")}
    for name, text in drawn.items():
        assert (RECORD / name).read_text(encoding="utf-8") == text, (
            "python bench/pictures.py bench/record"
        )
    # A table with other times makes another picture.
    other = full.replace("| `m.find(absent, 0, 1 << 20)` | ", "| `m.find(absent, 0, 1 << 20)` | 9")
    assert pictures.pictures(other, waits, growth)["find.svg"] != drawn["find.svg"]


def test_compare_has_figures_of_record():
    record = (RECORD / "full.md").read_text(encoding="utf-8").partition("\n## Rust")[0]
    newest = re.split("^## CPython ", record, flags=re.MULTILINE)[-1]
    page = (ROOT / "COMPARE.md").read_text(encoding="utf-8")
    table = page.partition("## Beside the stdlib module, in numbers")[2].partition("\n## ")[0]
    assert newest.split()[0] in table
    rows = re.findall(
        r"^\| `(.+)` \| ([\d.]+) (ns|µs|ms) \| ([\d.]+) (ns|µs|ms) \| ([\d.]+) \|$",
        table,
        re.MULTILINE,
    )
    assert len(rows) > 10
    units = {"ns": 1, "µs": 1e3, "ms": 1e6}
    for statement, theirs, their_unit, ours, our_unit, ratio in rows:
        (row,) = re.findall(rf"^\| `{re.escape(statement)}` \| (.*)", newest, re.MULTILINE)
        times = [float(cell.replace(",", "")) for cell in row.split(" | ")[:3]]
        assert float(theirs) * units[their_unit] == pytest.approx(times[0], rel=0.006), statement
        assert float(ours) * units[our_unit] == pytest.approx(times[1], rel=0.006), statement
        assert float(ratio) == times[2], statement
