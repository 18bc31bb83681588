"""``unsafe`` is in listed files only, and each use has a SAFETY comment. No file or
function is too long."""

import re
from collections.abc import Callable
from pathlib import Path

from rust_source import code

ROOT = Path(__file__).parents[2]
# The folders with crates.
CRATES = (ROOT / "crates", ROOT / "compat")
LONGEST = 500
LONGEST_FUNCTION = 60

# The files to audit. A change that needs unsafe in another file adds it here.
MARKED = {
    "ironmap-py/src/args/arguments.rs",
    "ironmap-py/src/args/buffer.rs",
    "ironmap-py/src/args/callback.rs",
    "ironmap-py/src/args/conversion.rs",
    "ironmap-py/src/args/keywords.rs",
    "ironmap-py/src/args/offsets.rs",
    "ironmap-py/src/args/slice.rs",
    "ironmap-py/src/class.rs",
    "ironmap-py/src/class/iterator.rs",
    "ironmap-py/src/class/needles.rs",
    "ironmap-py/src/class/trampoline.rs",
    "ironmap-py/src/errors/exceptions.rs",
    "ironmap-py/src/errors/message.rs",
    "ironmap-py/src/interpreter/capi.rs",
    "ironmap-py/src/interpreter/critical_section.rs",
    "ironmap-py/src/interpreter/object_header.rs",
    "ironmap-py/src/interpreter/objects.rs",
    "ironmap-py/src/interpreter/audit.rs",
    "ironmap-py/src/interpreter/per_interpreter.rs",
    "ironmap-py/src/interpreter/python.rs",
    "ironmap-py/src/interpreter/raised.rs",
    "ironmap-py/src/interpreter/reference.rs",
    "ironmap-py/src/methods/atomics.rs",
    "ironmap-py/src/methods/buffer.rs",
    "ironmap-py/src/methods/constructor.rs",
    "ironmap-py/src/methods/map_file.rs",
    "ironmap-py/src/module.rs",
    "ironmap-py/src/module/definition.rs",
    "ironmap-py/src/module/export.rs",
    "ironmap-py/src/object/alloc.rs",
    "ironmap-py/src/object/layout.rs",
    "ironmap-py/src/object/lock.rs",
    "ironmap-py/src/platform/unix/bytes.rs",
    "ironmap-py/src/platform/unix/map_calls.rs",
    "ironmap-py/src/platform/unix/new_map.rs",
    "ironmap-py/src/platform/unix/open_helpers.rs",
    "ironmap-py/src/platform/unix/os_error.rs",
    "ironmap-py/src/platform/unix/own_methods.rs",
    "ironmap-py/src/platform/windows/new_map.rs",
    "ironmap-py/src/platform/windows/own_methods.rs",
    "ironmap-py/src/results/huge_pages.rs",
    "ironmap-py/src/results/output.rs",
    "ironmap-state/src/forks.rs",
    "ironmap-state/src/lock.rs",
    "ironmap-state/src/lock/guards.rs",
    "ironmap-state/src/queue.rs",
    "ironmap/src/error/boxed.rs",
    "ironmap/src/error/system.rs",
    "ironmap/src/mmap/atomic_ext.rs",
    "ironmap/src/mmap/atomics.rs",
    "ironmap/src/mmap/mmap_ext.rs",
    "ironmap/src/mmap/raw_slices.rs",
    "ironmap/src/mmap/stable.rs",
    "ironmap/src/options/options_ext.rs",
    "ironmap/src/os/unix/backing.rs",
    "ironmap/src/os/unix/descriptor.rs",
    "ironmap/src/os/unix/file.rs",
    "ironmap/src/os/unix/file_limit.rs",
    "ironmap/src/os/unix/mapping.rs",
    "ironmap/src/os/unix/marks.rs",
    "ironmap/src/os/unix/open.rs",
    "ironmap/src/os/unix/pages.rs",
    "ironmap/src/os/unix/replace_file.rs",
    "ironmap/src/os/unix/reserve.rs",
    "ironmap/src/os/unix/setting.rs",
    "ironmap/src/os/unix/space.rs",
    "ironmap/src/os/unix/threads.rs",
    "ironmap/src/os/windows/file.rs",
    "ironmap/src/os/windows/pages.rs",
    "ironmap/src/os/windows/section.rs",
    "ironmap/src/os/windows/view.rs",
    "ironmap/src/region/access.rs",
    "ironmap/src/region/atomic.rs",
    "ironmap/src/region/advised.rs",
    "ironmap/src/region/block.rs",
    "ironmap/src/region/damage.rs",
    "ironmap/src/region/mod.rs",
    "ironmap/src/region/prefault.rs",
    "ironmap/src/region/quarantine.rs",
    "ironmap/src/region/remap.rs",
    "ironmap/src/region/residency.rs",
    "ironmap/src/region/restore.rs",
    "ironmap/src/region/room.rs",
    "ironmap/src/snapshot.rs",
    "ironmap/src/view/mod.rs",
    "ironmap/src/view/write.rs",
    "ironmap/src/volatile.rs",
    "ironmap/src/volatile/atomic.rs",
    "memmap2/src/ironmap.rs",
    "memmap2/src/map.rs",
    "memmap2/src/options.rs",
    "memmap2/src/unix/fault.rs",
    "memmap2/src/unix/file.rs",
    "memmap2/src/unix/mod.rs",
    "memmap2/src/unix/proc.rs",
    "memmap2/src/unix/report.rs",
    "memmap2/src/unix/sys.rs",
    "memmap2/src/windows.rs",
    "memsearch/src/byte.rs",
    "memsearch/src/guard_page.rs",
    "memsearch/src/needle.rs",
    "memsearch/src/packed_pair.rs",
    "memsearch/src/scan.rs",
    "memsearch/src/two_way.rs",
    "memsearch/src/vector.rs",
    "memsearch/src/volatile_slice.rs",
    "sigbus-guard/src/unix/action.rs",
    "sigbus-guard/src/unix/forks.rs",
    "sigbus-guard/src/unix/guard.rs",
    "sigbus-guard/src/unix/handler.rs",
    "sigbus-guard/src/unix/in_child.rs",
    "sigbus-guard/src/unix/inherited.rs",
    "sigbus-guard/src/unix/os/file.rs",
    "sigbus-guard/src/unix/os/limit.rs",
    "sigbus-guard/src/unix/os/page.rs",
    "sigbus-guard/src/unix/os/replace.rs",
    "sigbus-guard/src/unix/os/signal.rs",
    "sigbus-guard/src/unix/os/spare.rs",
    "sigbus-guard/src/unix/previous_handlers.rs",
    "sigbus-guard/src/unix/registry.rs",
    "sigbus-guard/src/unix/spares/areas.rs",
    "sigbus-guard/src/unix/spares/none.rs",
    "sigbus-guard/src/unix/spares/zeros.rs",
    "sigbus-guard/src/windows/guard.rs",
    "sigbus-guard/src/windows/seh.rs",
}

MARK = "#![allow(unsafe_code)]"

# The bindings' macros that write an unsafe function: as good as the word.
UNSAFE_MACROS = r"^(?:unary|binary|positional|keyword)!"

# Unit tests call with wrong arguments on purpose: one line says that they do
# not explain each call. Integration tests, which are not published, need not either.
UNEXPLAINED_TESTS = """\
#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]
"""


def marked(source: str) -> bool:
    return MARK in code(source)


def wrongly_marked(source: str) -> list[str]:
    """Lists where the mark of one file and its ``unsafe`` disagree."""
    wrong = []
    text = code(source)
    if re.search(r"#\[\s*(allow|expect)\s*\([^)]*\bunsafe_code\b", text):
        wrong.append("allows unsafe for one item: the file is what is marked")
    uses = re.search(rf"\bunsafe\b|{UNSAFE_MACROS}", text, re.MULTILINE)
    if uses and not marked(source):
        wrong.append(f"uses unsafe without {MARK}")
    if marked(source):
        if not uses:
            wrong.append(f"needs no {MARK}")
        if "//! # Safety" not in source.partition(MARK)[0]:
            wrong.append("has no '# Safety' paragraph above its mark")
    return wrong


def unexplained(source: str) -> list[str]:
    """Lists the uses of ``unsafe`` in one file without a SAFETY comment."""
    held = source.partition(UNEXPLAINED_TESTS)[0]
    wrong = [f"line {line}: no SAFETY comment directly above" for line in undocumented(held)]
    if "undocumented_unsafe_blocks" in code(held):
        wrong.append("lets unsafe go unexplained outside its unit tests")
    return wrong


def undocumented(source: str) -> list[int]:
    """Returns the lines of unsafe blocks and impls without a SAFETY comment above."""
    lines, bare = source.splitlines(), code(source).splitlines()
    starts = (at for at, line in enumerate(bare) if re.search(r"\bunsafe\s*(\{|impl\b|$)", line))
    return [at + 1 for at in starts if not _documented(lines, bare, at)]


def _documented(lines: list[str], bare: list[str], at: int) -> bool:
    """Returns whether the comment above the statement of line ``at`` has SAFETY."""
    while at and _goes_on(bare[at - 1]):
        at -= 1
    at -= 1
    while at >= 0 and lines[at].lstrip().startswith("//"):
        if "SAFETY:" in lines[at]:
            return True
        at -= 1
    return False


def _goes_on(line: str) -> bool:
    """Returns whether the statement or attribute continues after this line."""
    line = line.strip()
    return bool(line) and not line.endswith((";", "{", "}", ","))


def sources(pattern: str) -> dict[str, str]:
    return {
        path.relative_to(crates).as_posix(): path.read_text()
        for crates in CRATES
        for path in crates.glob(pattern)
    }


EVERY = sources("*/**/*.rs")
SHIPPED = sources("*/src/**/*.rs")


def found(check: Callable[[str], list[str]], files: dict[str, str]) -> dict[str, list[str]]:
    return {file: wrong for file, source in files.items() if (wrong := check(source))}


def test_marked_files_are_listed():
    assert {file for file, source in SHIPPED.items() if marked(source)} == MARKED


def test_unsafe_use_marked():
    assert found(wrongly_marked, EVERY) == {}


def test_unsafe_use_explained():
    assert found(unexplained, SHIPPED) == {}


def test_file_length_limit():
    lengths = {file: source.count("\n") for file, source in EVERY.items()}
    assert {file: lines for file, lines in lengths.items() if lines > LONGEST} == {}


def functions(source: str) -> dict[str, int]:
    """Returns the number of lines of each function, which ends at its first line's indentation."""
    lines, lengths = code(source).splitlines(), {}
    for at, line in enumerate(lines):
        if start := re.match(r"( *)(?:[\w():]+ +)*fn +(\w+)", line):
            end = re.compile(rf"{start[1]}(?! ).*[;}}] *$")
            last = next(i for i in range(at, len(lines)) if end.match(lines[i]))
            lengths[f"{start[2]}, line {at + 1}"] = last - at + 1
    return lengths


def long_functions(source: str) -> list[str]:
    return [name for name, lines in functions(source).items() if lines > LONGEST_FUNCTION]


def test_function_length_limit():
    others = {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for folder in ("fuzz", "bench")
        for path in (ROOT / folder).rglob("*.rs")
        if "target" not in path.parts
    }
    assert found(long_functions, EVERY | others) == {}


def test_function_lengths_counted():
    body = '        {\n            g("}");\n        }\n'
    source = (
        f"impl A {{\n    pub(super) unsafe fn f(\n    ) -> B {{\n{body}    }}\n    fn g();\n}}\n"
    )
    assert functions(source) == {"f, line 2": 6, "g, line 8": 1}
    long = "fn f() {\n" + "    g();\n" * LONGEST_FUNCTION + "}\n"
    assert long_functions(long) == ["f, line 1"]
    assert long_functions(long.replace("    g();\n", "", 2)) == []


def complaints(source: str) -> list[str]:
    return wrongly_marked(source) + unexplained(source)


HEAD = f"//! Calls.\n//!\n//! # Safety\n//!\n//! Why.\n{MARK}\n"
EXPLAINED = "// SAFETY: A1: it is there.\n"


def test_correct_source_passes():
    assert complaints('//! unsafe\nfn f() { g("unsafe") }') == []
    assert complaints(HEAD + EXPLAINED + "unsafe impl Send for A {}") == []
    assert (
        complaints(HEAD + f"fn f() {{\n    {EXPLAINED}    let a =\n        unsafe {{ g() }};\n}}")
        == []
    )
    assert complaints(HEAD + EXPLAINED + "#[cfg(unix)]\nunsafe impl Send for A {}") == []


def test_unmarked_unsafe_refused():
    assert complaints(EXPLAINED + "unsafe { f() }") == [f"uses unsafe without {MARK}"]


def test_unmarked_unsafe_macro_refused():
    assert complaints("unary!(f() -> O, g);") == [f"uses unsafe without {MARK}"]
    assert complaints(HEAD + "unary!(f() -> O, g);") == []


def test_mark_without_reason_refused():
    assert complaints(f"{MARK}\n{EXPLAINED}unsafe {{ f() }}") == [
        "has no '# Safety' paragraph above its mark"
    ]


def test_unneeded_mark_refused():
    assert complaints(HEAD + "fn f() {}") == [f"needs no {MARK}"]


def test_mark_on_item_refused():
    assert complaints(f"#[allow(unsafe_code)]\nfn f() {{\n{EXPLAINED}unsafe {{ g() }}\n}}") == [
        "allows unsafe for one item: the file is what is marked",
        f"uses unsafe without {MARK}",
    ]


def test_unexplained_use_refused():
    assert complaints(HEAD + "unsafe { f() }") == ["line 7: no SAFETY comment directly above"]
    assert complaints(HEAD + EXPLAINED + "let a = 1;\nunsafe { f() }") == [
        "line 9: no SAFETY comment directly above"
    ]
    assert complaints(HEAD + EXPLAINED + "\nunsafe impl Send for A {}") == [
        "line 9: no SAFETY comment directly above"
    ]


def test_unit_tests_may_opt_out():
    tests = f"{UNEXPLAINED_TESTS}    fn f() {{ unsafe {{ g() }} }}\n}}"
    assert complaints(HEAD + tests) == []
    assert complaints(HEAD + tests.replace("mod tests", "mod inner")) == [
        "line 10: no SAFETY comment directly above",
        "lets unsafe go unexplained outside its unit tests",
    ]


def documented_files(page: str) -> set[str]:
    """The files and folders in the tables whose head is a crate's ``src``."""
    files, crate = set(), None
    for line in page.splitlines():
        if head := re.match(r"\| `(?:crates|compat)/([\w-]+/src/)` \|", line):
            crate = head[1]
        elif not line.startswith("|"):
            crate = None
        elif crate:
            names = re.findall(r"`([\w/]+(?:\.rs|/))`", line.split("|")[1])
            files |= {crate + name for name in names}
    return files


def test_safety_tables_marked_files():
    documented = documented_files((ROOT / "SAFETY.md").read_text())
    covers = {name: {file for file in MARKED if file.startswith(name)} for name in documented}
    assert set().union(*covers.values()) == MARKED
    assert [name for name, files in covers.items() if not files] == []


def test_documented_files_of_table_found():
    page = "| `crates/a-b/src/` | |\n|---|---|\n| `c.rs`, `d/` | not `e.rs` |\n\n| `f.rs` | |\n"
    assert documented_files(page) == {"a-b/src/c.rs", "a-b/src/d/"}
