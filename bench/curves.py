"""Draws throughput by size as SVG: a panel for each operation, both scales logarithmic."""

import math

GROUPS = ["find", "rfind", "copy out"]
WIDTH, HEIGHT, LEFT, TOP, GAP = 190, 240, 36, 56, 44  # Pixels.
SMALLEST, LARGEST = 6, 30  # Bytes, as powers of two.
SLOWEST, FASTEST = -2, 7  # GB/s, as powers of two.
# Colours for light and dark pages.
STYLE = """\
<style>
svg { fill: #222 } .paper { fill: #fff } .grid { stroke: #ddd }
.ours0 { color: #2f6f9f } .ours1 { color: #8fb8d6 }
.theirs0 { color: #b0562c } .theirs1 { color: #dba98c }
@media (prefers-color-scheme: dark) {
svg { fill: #ddd } .paper { fill: #15191e } .grid { stroke: #353c44 }
.ours0 { color: #6db3e6 } .ours1 { color: #3c78a3 }
.theirs0 { color: #eb9266 } .theirs1 { color: #a9623f }
}
</style>"""


def curves(results: dict[str, list[dict]]) -> str:
    """Returns the picture: GB/s of each version and module, by the fastest round."""
    width = LEFT + len(GROUPS) * (WIDTH + GAP)
    height = TOP + HEIGHT + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">',
        STYLE,
        f'<rect width="{width}" height="{height}" class="paper"/>',
        '<text x="8" y="18">GB/s by size (higher is faster)</text>',
    ]
    for i, version in enumerate(results):
        parts += key(210 + 250 * i, f"ours{i}", f"ironmap, {version}")
        parts += key(335 + 250 * i, f"theirs{i}", f"stdlib, {version}")
    for number, group in enumerate(GROUPS):
        left = LEFT + number * (WIDTH + GAP)
        parts += axes(left, group)
        for i, rows in enumerate(results.values()):
            chosen = [row for row in rows if row["group"] == group]
            parts.append(curve(left, chosen, "their_fastest", f"theirs{i}"))
            parts.append(curve(left, chosen, "our_fastest", f"ours{i}"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def key(x: int, series: str, label: str) -> list[str]:
    return [
        f'<rect x="{x}" y="9" width="10" height="10" class="{series}" fill="currentColor"/>',
        f'<text x="{x + 15}" y="18">{label}</text>',
    ]


def across(size: float) -> float:
    return WIDTH * (math.log2(size) - SMALLEST) / (LARGEST - SMALLEST)


def down(rate: float) -> float:
    power = min(max(math.log2(rate), SLOWEST), FASTEST)
    return TOP + HEIGHT * (FASTEST - power) / (FASTEST - SLOWEST)


def axes(left: int, group: str) -> list[str]:
    parts = [f'<text x="{left}" y="{TOP - 12}" font-weight="bold">{group}</text>']
    for power in range(SLOWEST, FASTEST + 1):
        y = down(2.0**power)
        label = f"{2**power}" if power >= 0 else f"1/{2**-power}"
        parts.append(
            f'<line x1="{left}" x2="{left + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>'
        )
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    labels = {6: "64 B", 12: "4 KiB", 18: "256 KiB", 24: "16 MiB", 30: "1 GiB"}
    for power, label in labels.items():
        x = left + across(2.0**power)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + HEIGHT}" class="grid"/>'
        )
        parts.append(
            f'<text x="{x:.1f}" y="{TOP + HEIGHT + 16}" text-anchor="middle">{label}</text>'
        )
    return parts


def curve(left: int, rows: list[dict], which: str, series: str) -> str:
    points = " ".join(
        f"{left + across(row['size']):.1f},{down(row['size'] / row[which]):.1f}" for row in rows
    )
    return f'<polyline points="{points}" class="{series}" fill="none" stroke="currentColor" stroke-width="2"/>'
