"""The table as a picture: a bar for each row, on a scale of powers of two."""

import math
from html import escape
from itertools import groupby

from picture import head, key
from table import title

ROW, TEXT, SCALE = 9, 425, 40  # Pixels: a bar's height, the labels, a factor of two.
LOWEST, HIGHEST = 2**-6, 2.0


def place(ratio: float) -> float:
    return TEXT + SCALE * math.log2(min(max(ratio, LOWEST), HIGHEST) / LOWEST)


def bars(results: dict[str, list[dict]], beside: str) -> str:
    """One bar for each row and version, from 1 to the ratio."""
    parts = []
    for i, version in enumerate(results):
        parts += key(TEXT + 120 * i, f"ours{i}", version)
    # A row that one version lacks has a bar less.
    ratios = [{title(row): row["ratio"] for row in rows} for rows in results.values()]
    longest = max(results.values(), key=len)
    top = 46
    for group, rows in groupby(longest, key=lambda row: row["group"]):
        parts.append(f'<text x="8" y="{top + 9}" font-weight="bold">{escape(group)}</text>')
        top += 14
        for name in map(title, rows):
            parts.append(f'<text x="{TEXT - 8}" y="{top + 9}" text-anchor="end">{escape(name)}</text>')
            for i, ratio in enumerate(ratios):
                if name in ratio:
                    parts += bar(ratio[name], top + i * ROW, f"ours{i}")
            top += max(ROW * len(results), 14) + 3
        top += 8
    height, width = top + 8, int(place(HIGHEST)) + 30
    heading = f"Time, divided by that of {beside} (left is faster)"
    return "\n".join([*head(width, height, heading), *scale(height), *parts, "</svg>"]) + "\n"


def scale(height: int) -> list[str]:
    parts = []
    for power in range(-6, 2):
        x = place(2.0**power)
        label = f"{2**power}" if power >= 0 else f"1/{2**-power}"
        line = "one" if power == 0 else "grid"
        parts.append(f'<line x1="{x}" x2="{x}" y1="40" y2="{height - 8}" class="{line}"/>')
        parts.append(f'<text x="{x}" y="36" text-anchor="middle">{label}</text>')
    return parts


def bar(ratio: float, top: int, series: str) -> list[str]:
    left, right = sorted((place(ratio), place(1.0)))
    place_and_width = f'x="{left:.1f}" y="{top}" width="{max(right - left, 1):.1f}"'
    parts = [f'<rect {place_and_width} height="{ROW - 1}" class="{series}" fill="currentColor"/>']
    if not LOWEST <= ratio <= HIGHEST:
        # The bar ends where the scale does: the number, where there is no bar.
        x, anchor = (left - 4, "end") if ratio > HIGHEST else (right + 4, "start")
        number = f'<text x="{x:.1f}" y="{top + 8}" text-anchor="{anchor}" font-size="10">'
        parts.append(f"{number}{ratio:.2f}</text>")
    return parts
