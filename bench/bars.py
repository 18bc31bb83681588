"""The table as a picture: a bar for each row, on a scale of powers of two."""

import math
from html import escape
from itertools import groupby

from table import title

ROW, TEXT, SCALE = 9, 430, 90  # Pixels: a bar's height, the labels, a factor of two.
LOWEST, HIGHEST = 2**-6, 2.0
COLOURS = ["#2f6f9f", "#8fb8d6", "#c9ddeb"]


def place(ratio: float) -> float:
    return TEXT + SCALE * math.log2(min(max(ratio, LOWEST), HIGHEST) / LOWEST)


def bars(results: dict[str, list[dict]], beside: str) -> str:
    """One bar for each row and version, from 1 to the ratio."""
    parts = []
    for i, (version, colour) in enumerate(zip(results, COLOURS)):
        parts.append(
            f'<text x="{TEXT + 120 * i}" y="18" fill="{colour}" font-weight="bold">{version}</text>'
        )
    # A row that one version lacks has a bar less.
    ratios = [{title(row): row["ratio"] for row in rows} for rows in results.values()]
    longest = max(results.values(), key=len)
    top = 46
    for group, rows in groupby(longest, key=lambda row: row["group"]):
        parts.append(f'<text x="8" y="{top + 9}" font-weight="bold">{escape(group)}</text>')
        for name in map(title, rows):
            parts.append(f'<text x="{TEXT - 8}" y="{top + 9}" text-anchor="end">{escape(name)}</text>')
            for i, (ratio, colour) in enumerate(zip(ratios, COLOURS)):
                if name in ratio:
                    parts.append(bar(ratio[name], top + i * ROW, colour))
            top += max(ROW * len(results), 14) + 3
        top += 8
    height, width = top + 8, int(place(HIGHEST)) + 30
    return "\n".join([*head(width, height, beside), *scale(height), *parts, "</svg>"]) + "\n"


def head(width: int, height: int, beside: str) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="8" y="18">Time, divided by that of {beside} (left is faster)</text>',
    ]


def scale(height: int) -> list[str]:
    parts = []
    for power in range(-6, 2):
        x = place(2.0**power)
        label = f"{2**power}" if power >= 0 else f"1/{2**-power}"
        colour = "#444" if power == 0 else "#ddd"
        parts.append(f'<line x1="{x}" x2="{x}" y1="40" y2="{height - 8}" stroke="{colour}"/>')
        parts.append(f'<text x="{x}" y="36" text-anchor="middle">{label}</text>')
    return parts


def bar(ratio: float, top: int, colour: str) -> str:
    left, right = sorted((place(ratio), place(1.0)))
    place_and_width = f'x="{left:.1f}" y="{top}" width="{max(right - left, 1):.1f}"'
    return f'<rect {place_and_width} height="{ROW - 1}" fill="{colour}"/>'
