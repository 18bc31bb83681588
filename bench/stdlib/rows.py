"""The operations that are measured, as statements.

The names in them are those of `world.py`.
"""

import sys
from dataclasses import dataclass

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

# Bytes of the maps whose lines are all of one length.
LINES = 2 * MIB


@dataclass(frozen=True)
class Row:
    group: str
    statement: str
    # The highest ratio to the stdlib module's time that is good enough.
    goal: float = 1.05
    # How many bytes one run of the statement processes; 0 for small operations.
    size: int = 0
    # How often one run does what is measured.
    times: int = 1
    # The lowest GB/s that is good enough.
    floor: float = 0.0
    # The first Python whose stdlib module has this.
    since: tuple[int, int] = (3, 11)
    # The stdlib module's statement, if it is another.
    theirs: str = ""


def items() -> list[Row]:
    group = "items"
    return [
        Row(group, "m[1000]", 1.0),
        Row(group, "m[-1]", 1.0),
        Row(group, "w[1000] = 7", 1.0),
        Row(group, "len(m)"),
        Row(group, "b'k' in m"),
        Row(group, "for _ in page: pass", 0.85),
        Row(group, "for _ in lines: pass", 0.85, MIB),
        Row(group, "reversed(m)"),
        Row(group, "hash(m)"),
        Row(group, "m == w"),
        Row(group, "repr(m)"),
    ]


def slices() -> list[Row]:
    group = "slices"
    return [
        Row(group, "m[5:5]"),
        Row(group, "m[5:6]"),
        Row(group, "m[1000:1010]"),
        Row(group, "m[1000:5096]"),
        Row(group, "m[0:4096:2]"),
        Row(group, "m[4095::-1]"),
        Row(group, "m[0:1 << 20:2]", size=MIB),
        Row(group, "m[0:1 << 20:7]", size=MIB),
        Row(group, "w[5:5] = b''"),
        Row(group, "w[5:6] = b'k'"),
        Row(group, "w[0:16] = b16"),
        Row(group, "w[0:16] = ba16"),
        Row(group, "w[0:4096] = b4k"),
        Row(group, "w[0:4096] = view4k"),
        Row(group, "w[0:4096:2] = b2k"),
        Row(group, "w[0:2 << 20:2] = b1m", size=MIB),
        Row(group, "bytes(page)"),
        Row(group, "bytes(lines)", size=MIB),
    ]


def file_methods() -> list[Row]:
    group = "file"
    return [
        Row(group, "m.tell()"),
        Row(group, "m.size()"),
        Row(group, "m.closed"),
        Row(group, "m.seekable()", since=(3, 13)),
        Row(group, "m.seek(0)", 0.60),
        Row(group, "m.seek(0, 1)", 0.60),
        Row(group, "m.seek(-1, 2)", 0.60),
        Row(group, "m.seek(0); m.read_byte()"),
        Row(group, "page.seek(0)\nfor _ in range(1000): page.read_byte()", times=1000),
        Row(group, "m.seek(0); m.read(0)"),
        Row(group, "m.seek(0); m.read(1)"),
        Row(group, "m.seek(0); m.read(16)", 0.60),
        Row(group, "m.seek(0); m.read(4096)"),
        Row(group, "m.seek(0); m.read(1 << 20)", size=MIB),
        Row(group, "page.seek(0); page.read()"),
        Row(group, "lines.seek(0, 2)\nfor _ in range(1000): lines.readline()", times=1000),
        Row(group, "w.seek(0); w.write_byte(7)", 0.60),
        Row(group, "w.seek(0); w.write(b'k')", 0.60),
        Row(group, "w.seek(0); w.write(b16)", 0.60),
        Row(group, "w.seek(0); w.write(ba16)"),
        Row(group, "w.seek(0); w.write(b4k)"),
    ]


def stores() -> list[Row]:
    group = "stores"
    rows = []
    for size in (4 * KIB, 64 * KIB, 256 * KIB, MIB):
        rows += [
            Row(group, f"w[0:{number(size)}] = of_size[{size}]", 1.02, size),
            Row(group, f"w.seek(0); w.write(of_size[{size}])", 1.02, size),
            Row(group, f"w.move(1, 0, {number(size)})", 1.02, size),
        ]
    return rows


# Lengths of lines, with their newline.
LENGTHS = (1, 16, 36, 64, 104, 400, 4 * KIB, 6000, 16 * KIB, MIB)


def lines() -> list[Row]:
    group = "lines"
    rows = [Row(group, "m.seek(8192)\nfor _ in range(1000): m.readline()", 1.0, times=1000)]
    for length in LENGTHS:
        of = f"of_{length}"
        readline = f"{of}.seek(0)\nfor _ in iter({of}.readline, b''): pass"
        one_by_one, file = f"for _ in {of}.lines(): pass", f"for _ in open_file({length}): pass"
        goal = 0.8 if length <= 6000 else 1.0
        rows += [
            Row(group, readline, 1.0, LINES),
            Row(group, one_by_one, goal, LINES, theirs=readline),
            Row(group, one_by_one, 0.3, LINES, theirs=file),
        ]
    return rows


def small_searches() -> list[Row]:
    group = "search, small"
    return [
        Row(group, "m.find(b'e', 0, 200)"),
        Row(group, "m.find(b'', 0)"),
        Row(group, "m.find(early, 0)"),
        Row(group, "m.find(absent, 0, 60)"),
        Row(group, "m.find(absent, 0, 200)"),
        Row(group, "m.find(ba16, 0, 200)"),
        Row(group, "m.rfind(b'\\n', 0)"),
        Row(group, "m.rfind(b'lazy', 0)"),
        Row(group, "m.rfind(late, 0)"),
        Row(group, "m.rfind(absent, 0, 200)"),
    ]


def memory() -> list[Row]:
    group = "memory"
    return [
        Row(group, "w.move(0, 100, 50)", 0.60),
        Row(group, "w.move(0, 1, 4096)"),
        Row(group, "m.madvise(MADV_NORMAL)"),
        Row(group, "m.madvise(MADV_WILLNEED, 0, 4096)"),
        Row(group, "w.flush(0, 4096)"),
        Row(group, "w[0] = 1; w.flush(0, 4096)"),
        Row(group, "page.flush()"),
        Row(group, "grows.resize(2 << 20); grows.resize(1 << 20)"),
        Row(group, "memoryview(m).release()", 1.03),
        Row(group, "with memoryview(m) as view: view[5]", 1.03),
        Row(group, "memoryview(m)[10:20]", 1.03),
    ]


def errors() -> list[Row]:
    statements = {
        "m[10**15]": "IndexError",
        "w[0] = 256": "ValueError",
        "w[0:2] = b'k'": "IndexError",
        "m[0] = 1": "TypeError",
        "del m[0]": "TypeError",
        "m.seek(-1)": "ValueError",
        "m.find('k')": "TypeError",
        "w.move(0, 1, 10**15)": "ValueError",
        "closed.tell()": "ValueError",
        "M(fd, -1)": "OverflowError",
    }
    return [
        Row("errors", f"try: {statement}\nexcept {error}: pass", 1.03)
        for statement, error in statements.items()
    ]


def life() -> list[Row]:
    group = "life"
    return [
        Row(group, "M(fd, 4096).close()"),
        Row(group, "M(fd, 4096, access=1).close()"),
        Row(group, "M(fd, 4096, access=3).close()"),
        Row(group, "M(fd, 4096, trackfd=False).close()", since=(3, 13)),
        Row(group, "M(fd, 0, access=1).close()"),
        Row(group, "M(-1, 4096).close()"),
        Row(group, "M(-1, 1 << 20).close()"),
        Row(group, "with M(fd, 4096) as n: n[0]"),
        Row(group, "with M(fd, 0, access=1) as n: n[0]"),
        Row(
            group,
            "with ironmap.open(path): pass",
            1.5,
            theirs="with open(path, 'rb') as f, M(f.fileno(), 0, access=1): pass",
        ),
    ]


def number(size: int) -> str:
    """Returns ``size`` as an expression for people; the compiler makes it one number."""
    for unit in (30, 20, 10):
        if size >> unit << unit == size and size >> unit:
            return f"{size >> unit} << {unit}"
    return str(size)


def by_size(largest: int) -> list[Row]:
    """Returns the groups that the picture shows, too."""
    rows = []
    size = 64
    while size <= largest:
        end, far = number(size), size >= 64 * KIB
        rows.append(Row("find", f"m.find(absent, 0, {end})", 0.12 if far else 1.05, size))
        rows.append(Row("rfind", f"m.rfind(absent, 0, {end})", 0.30 if far else 1.05, size))
        rows.append(Row("copy out", f"m[0:{end}]", 0.35 if size >= 64 * MIB else 1.05, size))
        size *= 4
    return rows


def large_searches(sizes: list[int]) -> list[Row]:
    group = "search, large"
    rows = []
    for size in sizes:
        end = number(size)
        for needle in ("common", "long"):
            rows.append(Row(group, f"m.find({needle}, 0, {end})", 0.12, size))
            rows.append(Row(group, f"m.rfind({needle}, 0, {end})", 0.30, size))
        rows.append(Row(group, f"m.find(b'\\0', 0, {end})", 1.05, size))
        rows.append(Row(group, f"m.rfind(b'\\0', 0, {end})", 1.05, size))
    rows.append(Row(group, "part.rfind(early, 0)", 0.30, 64 * MIB))
    return rows


def bulk(sizes: list[int]) -> list[Row]:
    group, goal = "bulk", 0.35
    halves = [size // 2 for size in sizes]
    return [
        *(Row(group, f"w.move(0, {number(half)}, {number(half)})", size=half) for half in halves),
        Row(group, "part.seek(0); part.read()", goal, 64 * MIB),
        Row(group, "part[:]", goal, 64 * MIB),
        Row(group, "bytes(part)", goal, 64 * MIB),
    ]


def threads() -> list[Row]:
    return [Row("threads", "in_two_threads(m.find, absent, 0, 256 << 20)", 1 / 15, 512 * MIB)]


def pathological(size: int) -> list[Row]:
    group = "needles"
    cases = ["random_ab", "random_dna", "a29b", "ab499", "run_then_b", "b_then_run", "zeros"]
    return [
        Row(group, f"{case}.{way}({case}_needle)", 0.10, size, floor=1.5)
        for case in cases
        for way in ("find", "rfind")
    ]


def rows(full: bool) -> list[Row]:
    chosen = [
        *items(),
        *slices(),
        *file_methods(),
        *lines(),
        *stores(),
        *small_searches(),
        *memory(),
        *errors(),
        *life(),
    ]
    chosen += by_size(GIB if full else 64 * MIB)
    sizes = [64 * KIB, MIB, 16 * MIB, 64 * MIB, GIB] if full else [64 * KIB, 64 * MIB]
    chosen += [*large_searches(sizes), *bulk(sizes), *threads()]
    chosen += pathological(pathological_size(full))
    return [row for row in chosen if row.since <= sys.version_info]


def largest_written(full: bool) -> int:
    return GIB if full else 64 * MIB


def pathological_size(full: bool) -> int:
    return 16 * MIB if full else 4 * MIB
