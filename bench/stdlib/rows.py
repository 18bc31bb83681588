"""What is measured: every operation, small and large, as statements.

The names in them: ``m`` a map of the file of lines (read and write), ``M`` its
class, ``fd`` the file, ``size`` its length, ``small`` a map of 1 MiB, and the
constants of `CONSTANTS`.
"""

from dataclasses import dataclass

KIB, MIB = 1 << 10, 1 << 20

CONSTANTS: dict[str, object] = {
    "b16": b"0123456789abcdef",
    "ba16": bytearray(16),
    "b4k": b"z" * 4096,
    "b2k": b"z" * 2048,
    "absent": b"ZQXJKV",
    "common": b"theqz ",
    "long": b"e the quere of the quick",
}


@dataclass(frozen=True)
class Row:
    group: str
    statement: str
    # The highest ratio to the stdlib module's time that is good enough.
    goal: float = 1.05
    # Bytes that one run of the statement goes over, where that says something.
    size: int = 0
    # How often the measured thing happens in one run.
    times: int = 1


def small_rows() -> list[Row]:
    item, position, piece = "items", "file", "slices"
    return [
        Row(item, "m[1000]", 1.0),
        Row(item, "m[-1]", 1.0),
        Row(item, "m[1000] = 7", 1.0),
        Row(item, "for _ in small: pass", 0.85, MIB),
        Row(item, "len(m)"),
        Row(item, "b'k' in m"),
        Row(piece, "m[1000:1010]"),
        Row(piece, "m[1000:5096]"),
        Row(piece, "m[5:5]"),
        Row(piece, "m[5:6]"),
        Row(piece, "m[0:4096:2]"),
        Row(piece, "m[4095::-1]"),
        Row(piece, "m[0:16] = b16"),
        Row(piece, "m[0:16] = ba16"),
        Row(piece, "m[0:4096] = b4k"),
        Row(piece, "m[0:4096:2] = b2k"),
        Row(position, "m.tell()"),
        Row(position, "m.seek(0)", 0.60),
        Row(position, "m.closed"),
        Row(position, "m.size()"),
        Row(position, "m.seek(0); m.read(16)", 0.60),
        Row(position, "m.seek(0); m.read(4096)"),
        Row(position, "m.seek(0); m.read_byte()"),
        Row(position, "m.seek(0); m.write(b16)", 0.60),
        Row(position, "m.seek(0); m.write(ba16)"),
        Row(position, "m.seek(0); m.write(b4k)"),
        Row(position, "m.seek(0); m.write_byte(7)", 0.60),
        Row(position, "m.seek(8192)\nfor _ in range(1000): m.readline()", times=1000),
        Row("search, small", "m.find(b'e', 0, 200)"),
        Row("search, small", "m.find(absent, 0, 200)"),
        Row("search, small", "m.find(absent, 0, 60)"),
        Row("search, small", "m.rfind(absent, 0, 200)"),
        Row("search, small", "m.find(absent, 0, 4096)"),
        Row("memory", "m.move(0, 100, 50)", 0.60),
        Row("memory", "m.move(0, 1, 4096)"),
        Row("memory", "m.madvise(0)"),
        Row("memory", "m.flush(0, 4096)"),
        Row("memory", "memoryview(m).release()", 1.03),
        Row("errors", "try: m[10**15]\nexcept IndexError: pass", 1.03),
        Row("errors", "try: m.seek(-1)\nexcept ValueError: pass", 1.03),
        Row("life", "M(fd, 4096).close()"),
        Row("life", "M(fd, 4096, access=1).close()"),
        Row("life", "with M(fd, 0, access=1) as n: n[0]"),
    ]


def large_rows(sizes: list[int]) -> list[Row]:
    rows = []
    for size in sizes:
        for needle in ("absent", "common", "long"):
            rows.append(Row("find", f"m.find({needle}, 0, {size})", 0.12, size))
            rows.append(Row("rfind", f"m.rfind({needle}, 0, {size})", 0.30, size))
        rows.append(Row("find", f"m.find(b'\\0', 0, {size})", 1.05, size))
        rows.append(Row("rfind", f"m.rfind(b'\\0', 0, {size})", 1.05, size))
        goal = 0.35 if size >= 64 * MIB else 1.05
        rows.append(Row("bulk", f"m[0:{size}]", goal, size))
        rows.append(Row("bulk", f"m.move(0, {size // 2}, {size // 2})", 1.05, size))
    rows.append(Row("bulk", "m[0:1048576:7]", 1.05, MIB))
    return rows


def rows(full: bool) -> list[Row]:
    sizes = [64 * KIB, MIB, 16 * MIB, 64 * MIB, 1 << 30] if full else [64 * KIB, MIB, 64 * MIB]
    return small_rows() + large_rows(sizes)


def file_size(full: bool) -> int:
    return 1 << 30 if full else 64 * MIB
