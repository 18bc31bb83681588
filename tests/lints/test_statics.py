"""SAFETY.md, I3, has every static of the bindings, and says why threads that take no turns may use
it."""

import re
from pathlib import Path

from rust_source import code

ROOT = Path(__file__).parents[2]
CRATES = ROOT / "crates"
# Where the table's names of files begin.
BINDINGS = "ironmap-py/src/"

STATIC = re.compile(r"(?<!')\bstatic\s+(?:mut\s+|ref\s+)?(\w+)\s*:|\b\w+_VAR!\((\w+)\)")


def statics(source: str) -> set[str]:
    """Returns the names of a file's statics, with those that a macro of pyo3-ffi makes."""
    return {plain or made for plain, made in STATIC.findall(code(source))}


def listed(page: str) -> set[tuple[str, str]]:
    """Returns each file and name in the first column of the table of statics."""
    table = page.partition("\n| static | ")[2].partition("\n\n")[0]
    found = set()
    for row in table.splitlines()[2:]:
        names: list[str] = []
        for word in re.findall(r"`([^`]+)`", row.split("|")[1]):
            if not word.endswith(".rs"):
                names.append(word)
                continue
            file = word if "/src/" in word else BINDINGS + word
            found |= {(file, name) for name in names}
            names = []
    return found


def test_safety_table_statics():
    files = [path for crate in ("ironmap-py", "ironmap-state") for path in crate_files(crate)]
    found = {
        (path.relative_to(CRATES).as_posix(), name)
        for path in files
        for name in statics(path.read_text())
    }
    assert len(found) > 10
    assert listed((ROOT / "SAFETY.md").read_text()) == found


def crate_files(crate: str) -> list[Path]:
    return list((CRATES / crate / "src").rglob("*.rs"))


def test_statics_of_source_found():
    source = """
        pub(crate) static mut A: [u8; 2] = [0; 2]; // static B: u8
        fn f(text: &'static str) { thread_local! { static C: u8 = const { 1 }; } }
        lazy_static! { static ref D: u8 = 0; }
        ffi::PyABIInfo_VAR!(E);
    """
    assert statics(source) == {"A", "C", "D", "E"}


def test_listed_statics_of_table_found():
    page = (
        "`NO` (`no.rs`)\n\n| static | why |\n|---|---|\n"
        "| `A`, `B` (`c.rs`), `A` (`d/e.rs`) | not `F` (`f.rs`) |\n"
        "| `G` (`ironmap-state/src/h.rs`) | |\n| those of `ironmap` | |\n\n| `I` (`i.rs`) | |\n"
    )
    assert listed(page) == {
        ("ironmap-py/src/c.rs", "A"),
        ("ironmap-py/src/c.rs", "B"),
        ("ironmap-py/src/d/e.rs", "A"),
        ("ironmap-state/src/h.rs", "G"),
    }
