"""Draws the pictures of a record as SVG, from its tables.

    python bench/pictures.py bench/record

``find.svg``, ``rfind.svg`` and ``copy.svg`` show the throughput by size, in both modules and by
the newest Python of ``full.md``; both scales are logarithmic. ``search-time.svg`` shows what the
time of a search is spent on, by its size; the search on the disk is in ``waits.md``. ``scale.svg``
shows how four operations grow with the file, by ``scale.md``.
"""

import argparse
import math
import re
from pathlib import Path

ROW = re.compile(r"^\| `(.+?)` \| ([\d,.]+) \| ([\d,.]+) \|", re.MULTILINE)
CURVES = {"find": "m.find(absent, 0, {})", "rfind": "m.rfind(absent, 0, {})", "copy": "m[0:{}]"}
TITLES = {"find": "m.find, nothing found", "rfind": "m.rfind, nothing found", "copy": "m[0:size]"}
SPENT = {
    "theirs": "the call",
    "ours": "comparing, in the caches",
    "wait": "waiting for memory",
    "disk": "waiting for the disk",
}
GROWING = ("find, absent", "count", "lines", "index of lines")
KEY = ((236, "theirs", "stdlib"), (290, "ours", "ironmap"))
LABELS = {64: "64", 4 << 10: "4 Ki", 256 << 10: "256 Ki", 16 << 20: "16 Mi", 1 << 30: "1 Gi"}

WIDTH, HEIGHT = 360, 250  # Pixels; no wider than a phone, so that no text is made smaller there.
LEFT, TOP, ACROSS, DOWN = 34, 46, 252, 164  # The axes.
SMALLEST, LARGEST = 6, 30  # Bytes, as powers of two.
SLOWEST, FASTEST = -1, 7  # GB/s, as powers of two.
# Colours for light and dark pages.
STYLE = """\
<style>
text { fill: #222 } .paper { fill: #fff } .grid { stroke: #ddd } .note { fill: #555 }
.ours { color: #1f6aa5 } .theirs { color: #b0562c } .wait { color: #c9a227 } .disk { color: #8a8f94 }
.line { fill: none; stroke: currentColor; stroke-width: 2 } .fill { fill: currentColor }
text.fill { fill: currentColor }
@media (prefers-color-scheme: dark) {
text { fill: #ddd } .paper { fill: #15191e } .grid { stroke: #353c44 } .note { fill: #aaa }
.ours { color: #6db3e6 } .theirs { color: #eb9266 } .wait { color: #e0c04c } .disk { color: #8b949c }
}
</style>"""


def rows(table: str) -> dict[str, tuple[float, float]]:
    """Returns the nanoseconds of each row, of the stdlib module and of ironmap."""
    found = ROW.findall(table)
    return {name: (number(theirs), number(ours)) for name, theirs, ours in found}


def number(text: str) -> float:
    return float(text.replace(",", ""))


def sizes(record: dict[str, tuple[float, float]], name: str) -> dict[int, tuple[float, float]]:
    """Returns the rows of a name with a size in it, which is a power of two, by the size."""
    pattern = re.escape(name).replace(r"\{\}", r"(\d+)(?: << (\d+))?")
    found = [(re.fullmatch(pattern, row), times) for row, times in record.items()]
    every = {int(m[1]) << int(m[2] or 0): times for m, times in found if m}
    return {size: times for size, times in every.items() if size.bit_count() == 1}


def picture(title: str, height: int, parts: list[str]) -> str:
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">'
    )
    paper = f'<rect width="{WIDTH}" height="{height}" class="paper"/>'
    return "\n".join([opening, f"<title>{title}</title>", STYLE, paper, *parts, "</svg>"]) + "\n"


def curves(title: str, version: str, times: dict[int, tuple[float, float]]) -> str:
    """Returns the picture of one operation: GB/s by size."""
    parts = [
        f'<text x="8" y="18" font-weight="bold">{title}</text>',
        f'<text x="8" y="34" class="note">GB/s by size in bytes, CPython {version}</text>',
        *axes(),
    ]
    ends = []
    for which, (series, label) in enumerate([("theirs", "stdlib"), ("ours", "ironmap")]):
        places = [(across(size), down(size / pair[which])) for size, pair in times.items()]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in sorted(places))
        parts.append(f'<polyline points="{points}" class="line {series}"/>')
        ends.append((max(places)[1], series, label))
    # The labels are at the ends of the lines, and apart from one another.
    ends.sort()
    lowest = max(ends[1][0], ends[0][0] + 15)
    for y, (_, series, label) in zip((ends[0][0], lowest), ends, strict=True):
        x = LEFT + ACROSS + 6
        parts.append(f'<text x="{x}" y="{y + 4:.1f}" class="fill {series}">{label}</text>')
    return picture(f"{title}: GB/s by size, in the stdlib module and in ironmap", HEIGHT, parts)


def across(size: float) -> float:
    return LEFT + ACROSS * (math.log2(size) - SMALLEST) / (LARGEST - SMALLEST)


def down(rate: float) -> float:
    power = min(max(math.log2(rate), SLOWEST), FASTEST)
    return TOP + DOWN * (FASTEST - power) / (FASTEST - SLOWEST)


def axes() -> list[str]:
    parts = []
    for power in range(SLOWEST, FASTEST + 1):
        y = down(2.0**power)
        label = f"{2**power}" if power >= 0 else f"1/{2**-power}"
        parts.append(f'<path d="M{LEFT} {y:.1f} h{ACROSS}" class="grid"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    for size, label in LABELS.items():
        x = across(size)
        parts.append(f'<path d="M{x:.1f} {TOP} v{DOWN}" class="grid"/>')
        y = TOP + DOWN + 17
        parts.append(f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{label}</text>')
    return parts


def search_time(find: dict[int, tuple[float, float]], on_disk: float) -> str:
    """Returns the picture of what a search spends its time on.

    The shortest search is the call. What a search of 1 MiB takes longer is comparing: its bytes
    are in the caches. What a search of 1 GiB takes longer than that is waiting.
    """
    ours = {size: times[1] for size, times in find.items()}
    call, mib, gib = ours[64], 1 << 20, 1 << 30
    compared = (ours[mib] - call) * gib / mib
    waited = ours[gib] - call - compared
    bars = [
        ("64 bytes", [call]),
        ("4 KiB", [call, ours[4 << 10] - call]),
        ("1 MiB", [call, ours[mib] - call]),
        ("1 GiB, in memory", [call, compared, waited]),
        ("1 GiB, on the disk", [call, compared, waited, on_disk - ours[gib]]),
    ]
    parts = ['<text x="8" y="18" font-weight="bold">Where the time of a search goes</text>']
    for row, (label, shares) in enumerate(bars):
        y = 46 + 44 * row
        parts.append(f'<text x="8" y="{y}">{label}</text>')
        time = span(sum(shares))
        parts.append(f'<text x="352" y="{y}" text-anchor="end" class="note">{time}</text>')
        parts += bar(y + 6, shares)
    y = 46 + 44 * len(bars)
    for place, (series, label) in enumerate(SPENT.items()):
        x, below = 8 + 150 * (place % 2), y + 20 * (place // 2)
        square = f'<rect x="{x}" y="{below - 10}" width="10" height="10" class="fill {series}"/>'
        parts += [square, f'<text x="{x + 16}" y="{below}">{label}</text>']
    return picture("Where the time of a search goes, by its size", y + 34, parts)


def bar(y: int, shares: list[float]) -> list[str]:
    parts, x, whole = [], 8.0, sum(shares)
    for series, share in zip(SPENT, shares, strict=False):
        width = (WIDTH - 16) * share / whole
        place = f'x="{x:.1f}" y="{y}" width="{width:.1f}" height="16"'
        parts.append(f'<rect {place} class="fill {series}"/>')
        x += width
    return parts


def scale(table: str) -> str:
    """Returns the picture of growth: GB/s by the file's size, each operation in a panel."""
    head, _, *body = [line for line in table.splitlines() if line.startswith("|")]
    labels = [label for label in cells(head) if "sparse" not in label]
    parts = [
        '<text x="8" y="18" font-weight="bold">Growth with the file</text>',
        '<text x="8" y="34" class="note">GB/s by the size of a file in memory</text>',
        *(f'<text x="{x}" y="34" class="fill {series}">{label}</text>' for x, series, label in KEY),
    ]
    for place, name in enumerate(GROWING):
        (row,) = (line for line in body if line.startswith(f"| {name} |"))
        pairs = [tuple(map(float, cell.split(" / "))) for cell in cells(row)[: len(labels)]]
        parts += panel(LEFT + 172 * (place % 2), 66 + 132 * (place // 2), name, labels, pairs)
    return picture("GB/s by the size of the file, in the stdlib module and in ironmap", 300, parts)


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")[1:]]


def panel(
    left: int, top: int, title: str, labels: list[str], pairs: list[tuple[float, ...]]
) -> list[str]:
    width, height, lowest, highest = 138, 80, -2, 5  # The last two as powers of two.
    parts = [f'<text x="{left}" y="{top - 6}">{title}</text>']

    def level(rate: float) -> float:
        return top + height * (highest - math.log2(rate)) / (highest - lowest)

    for rate in (0.25, 1, 4, 16):
        label = f"{rate:g}" if rate >= 1 else "1/4"
        y = level(rate)
        parts.append(f'<path d="M{left} {y:.1f} h{width}" class="grid"/>')
        parts.append(f'<text x="{left - 4}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    columns = [
        left + 14 + (width - 28) * column / (len(labels) - 1) for column in range(len(labels))
    ]
    for x, label in zip(columns, labels, strict=True):
        number, unit = label.split()
        parts.append(
            f'<text x="{x:.1f}" y="{top + height + 15}" text-anchor="middle">'
            f"{number}{unit[0]}</text>"
        )
    for which, series in enumerate(("theirs", "ours")):
        points = " ".join(
            f"{x:.1f},{level(pair[which]):.1f}" for x, pair in zip(columns, pairs, strict=True)
        )
        parts.append(f'<polyline points="{points}" class="line {series}"/>')
    return parts


def span(time: float) -> str:
    """Returns a time of nanoseconds in words."""
    for unit, size in (("ms", 1e6), ("µs", 1e3)):
        if time >= size:
            return f"{time / size:.0f} {unit}"
    return f"{time:.0f} ns"


def pictures(full: str, waits: str, growth: str) -> dict[str, str]:
    """Returns the pictures by their names, from three tables of the record."""
    *_, part = re.split(r"^## CPython ", full.partition("\n## Rust")[0], flags=re.MULTILINE)
    record, version = rows(part), part.split()[0]
    drawn = {
        name: curves(TITLES[name], version, sizes(record, row)) for name, row in CURVES.items()
    }
    (search,) = re.findall(r"^\| `m\.find\(absent\)` \|(.*)", waits, re.MULTILINE)
    on_disk = number(search.split("|")[3])  # The milliseconds that ironmap takes.
    drawn["search-time"] = search_time(sizes(record, CURVES["find"]), 1e6 * on_disk)
    drawn["scale"] = scale(growth)
    return {f"{name}.svg": text for name, text in drawn.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("record", type=Path)
    folder = parser.parse_args().record
    names = ("full.md", "waits.md", "scale.md")
    tables = [(folder / name).read_text(encoding="utf-8") for name in names]
    for name, text in pictures(*tables).items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
