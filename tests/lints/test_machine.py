"""No source and no test assumes pages of 4096 bytes, or numbers with the lowest byte first.

Systems have pages of 4, 16 and 64 KiB. Where a number of bytes does not matter, it is none of
those here, so that each one left is one to look at.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = {
    "*.rs": ("crates", "compat", "fuzz"),
    "*.py": ("python", "tests", "tools", "examples"),
    "*.md": ("docs", "python"),
}

PAGES = re.compile(r"\b(409[567]|819[123]|12_?288|16_?384|0x1000|0xfff|1 << 12)\b")
# What depends on the order of a number's bytes: in Python a format without an order.
ORDER = re.compile(
    r"\b(from|to)_ne_bytes"
    r"|struct\.(?:un)?pack(?:_from|_into|ing)?\([\"'][^<>=!\"']"
)

# Windows has pages of 4096 and sections at multiples of 65,536 on every processor.
OF_WINDOWS = re.compile(r"windows|\bseh\.rs|exceptions\.rs")
# Files that name the number, and why they may.
PAGE_IS_GIVEN = "the page is an argument of what is tested"
NO_PAGE = "the number is not of bytes of a map"
ALLOWED = {
    "crates/ironmap/src/os/unix/file.rs": PAGE_IS_GIVEN,
    "crates/ironmap/src/range.rs": PAGE_IS_GIVEN,
    "crates/ironmap/src/region/advised.rs": PAGE_IS_GIVEN,
    "crates/sigbus-guard/src/slots/slot.rs": PAGE_IS_GIVEN,
    "crates/sigbus-guard/src/unix/hints.rs": PAGE_IS_GIVEN,
    "crates/ironmap/tests/inject/harness/mod.rs": "passed over where pages are larger",
    "crates/memsearch/src/budget.rs": NO_PAGE,
    "crates/memsearch/src/scan.rs": "a distance; the only processors that prefetch have such pages",
    "crates/ironmap/src/view/mod.rs": NO_PAGE,
    "crates/ironmap/src/view/write.rs": NO_PAGE,
    "crates/ironmap/tests/all/views.rs": NO_PAGE,
}
NATIVE = "methods that name the processor's order"
ALLOWED_ORDER = {
    "crates/ironmap/src/view/mod.rs": NATIVE,
    "crates/ironmap/src/view/numbers.rs": NATIVE,
    "crates/ironmap/src/volatile.rs": "bytes are loaded and stored again in one order",
    "crates/ironmap/tests/all/views.rs": NATIVE,
    "crates/ironmap/src/mmap/atomics.rs": "atomics have the order of the processor",
    "crates/ironmap/tests/all/atomic_numbers.rs": "atomics have the order of the processor",
    "crates/ironmap/tests/all/atomics.rs": "atomics have the order of the processor",
}


def findings(pattern: re.Pattern[str], allowed: dict[str, str]) -> dict[str, list[str]]:
    """Returns the lines with a match, by file."""
    found = {}
    for ending, folders in SOURCES.items():
        for path in (path for folder in folders for path in (ROOT / folder).rglob(ending)):
            name = path.relative_to(ROOT).as_posix()
            if OF_WINDOWS.search(name) or path == Path(__file__) or name in allowed:
                continue
            lines = [line.strip() for line in path.read_text().splitlines() if pattern.search(line)]
            if lines:
                found[name] = lines
    return found


def test_machine_page_size_is_asked():
    assert findings(PAGES, ALLOWED) == {}


def test_machine_byte_order_is_named():
    assert findings(ORDER, ALLOWED_ORDER) == {}


def test_machine_assumptions_found():
    assert PAGES.search("map.resize(4096)") and PAGES.search("len = 12_288")
    assert not PAGES.search("map.resize(40_960)")
    assert ORDER.search('struct.unpack("I", m[:4])') and ORDER.search("7_u32.to_ne_bytes()")
    assert not ORDER.search('struct.unpack("<I", m[:4]) + 7_u32.to_le_bytes()')
