"""What the pictures share: their size on a page, and colours for light and dark ones."""

# A page of the guide gives a picture 700 pixels; a wider one gets smaller letters.
STYLE = """\
<style>
svg { fill: #222 } .paper { fill: #fff } .grid { stroke: #ddd } .one { stroke: #444 }
.ours0 { color: #2f6f9f } .ours1 { color: #8fb8d6 } .ours2 { color: #c9ddeb }
.theirs0 { color: #b0562c } .theirs1 { color: #dba98c } .theirs2 { color: #efd8cb }
@media (prefers-color-scheme: dark) {
svg { fill: #ddd } .paper { fill: #15191e } .grid { stroke: #353c44 } .one { stroke: #aaa }
.ours0 { color: #6db3e6 } .ours1 { color: #3c78a3 } .ours2 { color: #2b5473 }
.theirs0 { color: #eb9266 } .theirs1 { color: #a9623f } .theirs2 { color: #74452e }
}
</style>"""


def head(width: int, height: int, heading: str) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">',
        STYLE,
        f'<rect width="{width}" height="{height}" class="paper"/>',
        f'<text x="8" y="18">{heading}</text>',
    ]


def key(x: int, series: str, label: str) -> list[str]:
    """What a colour stands for."""
    return [
        f'<rect x="{x}" y="9" width="10" height="10" class="{series}" fill="currentColor"/>',
        f'<text x="{x + 15}" y="18">{label}</text>',
    ]
