"""The table as a picture: a bar for each row, on a scale of powers of two."""

import math
from html import escape

ROW, TEXT, SCALE = 16, 330, 90  # Pixels: a row's height, the labels, a factor of two.
LOWEST, HIGHEST = 2**-6, 2.0
COLOURS = ["#2f6f9f", "#8fb8d6", "#c9ddeb"]


def place(ratio: float) -> float:
    return TEXT + SCALE * math.log2(min(max(ratio, LOWEST), HIGHEST) / LOWEST)


def bars(results: dict[str, list[dict]]) -> str:
    """One bar for each row and interpreter, from 1 to the ratio."""
    first = next(iter(results.values()))
    step = ROW * len(results) // 2 + 6
    height, width = 60 + step * len(first), int(place(HIGHEST)) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        '<text x="8" y="18">Time, divided by that of the stdlib module (left is faster)</text>',
    ]
    for power in range(-6, 2):
        x = place(2.0**power)
        label = f"{2**power}" if power >= 0 else f"1/{2**-power}"
        colour = "#444" if power == 0 else "#ddd"
        parts.append(f'<line x1="{x}" x2="{x}" y1="40" y2="{height - 8}" stroke="{colour}"/>')
        parts.append(f'<text x="{x}" y="36" text-anchor="middle">{label}</text>')
    for i, (version, colour) in enumerate(zip(results, COLOURS)):
        parts.append(
            f'<text x="{TEXT + 120 * i}" y="18" fill="{colour}" font-weight="bold">{version}</text>'
        )
    for number, rows in enumerate(zip(*results.values())):
        top = 46 + number * step
        statement = escape(rows[0]["statement"].replace("\n", "; "))
        parts.append(f'<text x="{TEXT - 8}" y="{top + 9}" text-anchor="end">{statement}</text>')
        for i, (row, colour) in enumerate(zip(rows, COLOURS)):
            left, right = sorted((place(row["ratio"]), place(1.0)))
            bar = f'x="{left:.1f}" y="{top + i * ROW // 2}" width="{max(right - left, 1):.1f}"'
            parts.append(f'<rect {bar} height="{ROW // 2 - 1}" fill="{colour}"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"
