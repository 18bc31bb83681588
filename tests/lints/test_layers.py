"""The files of the core have levels, and each uses only files of lower levels."""

from pathlib import Path

from rust_source import module_of, paths, reexports

CORE = Path(__file__).parents[2] / "crates" / "ironmap"

# Each file or folder of src. Files of one folder may use each other.
LEVELS = {
    "documents": 0,
    "refused": 0,
    "error": 0,
    "range": 1,
    "volatile": 1,
    "deadline": 1,
    "os": 2,
    "advice": 3,
    "space": 3,
    "fault_guard": 3,
    "file": 4,
    "region": 5,
    "search": 6,
    "view": 6,
    "options": 6,
    "mmap": 7,
    "cursor": 8,
    "lines": 8,
    "jobs": 8,
    "snapshot": 8,
    "overlaps": 8,
    "matches": 9,
    "raw": 10,
}


def complaints(files: dict[str, str]) -> list[str]:
    """Lists what breaks the rule in ``files``, a dict from path below src to source."""
    exports = reexports(files.get("lib.rs", ""))
    wrong = []
    for file, source in sorted(files.items()):
        module = module_of(file)
        if not module:
            continue  # lib.rs only exports items of the others.
        level = LEVELS.get(module[0])
        if level is None:
            wrong.append(f"{file} has no level")
            continue
        for used in sorted(paths(source, module)):
            top = used[0] if used else "*"
            top = exports.get(top, top)
            if top != module[0] and LEVELS.get(top, level) >= level:
                wrong.append(
                    f"{file} (level {level}) uses {'::'.join(used)} of {top} (level {LEVELS.get(top)})"
                )
    return wrong


def test_core_files_use_lower_levels():
    src = CORE / "src"
    files = {path.relative_to(src).as_posix(): path.read_text() for path in src.rglob("*.rs")}
    assert {module_of(file)[0] for file in files if module_of(file)} == LEVELS.keys()
    assert complaints(files) == []


def test_core_has_no_pyo3():
    for path in [*CORE.rglob("*.rs"), CORE / "Cargo.toml"]:
        assert "pyo3" not in path.read_text().lower(), path


LIB = "mod error; mod mmap; pub use error::{Error, Result}; pub use self::mmap::Mmap as Map;"


def test_lower_level_allowed():
    assert (
        complaints(
            {"lib.rs": LIB, "region.rs": "use crate::{error::Error, os::{self, map}, Result};"}
        )
        == []
    )
    assert complaints({"cursor.rs": "fn f(map: &super::mmap::Mmap) {}"}) == []


def test_own_folder_allowed():
    assert (
        complaints(
            {
                "os/unix.rs": "use super::{page, Status};",
                "search/mod.rs": "use self::chunk::Chunks;",
            }
        )
        == []
    )


def test_comments_and_strings_ignored():
    assert (
        complaints(
            {
                "range.rs": '//! [`crate::mmap::Mmap`]\nconst A: &str = "crate::mmap"; /* super::cursor::C */'
            }
        )
        == []
    )


def test_unknown_file_refused():
    assert complaints({"helpers.rs": ""}) == ["helpers.rs has no level"]


def test_higher_level_refused():
    assert len(complaints({"os/unix.rs": "use crate::region::Region;"})) == 1
    assert len(complaints({"os/unix.rs": "use super::super::region::Region;"})) == 1
    assert len(complaints({"range.rs": "fn f() { super::mmap::open::<'a', u8>() }"})) == 1
    assert len(complaints({"region.rs": "use crate::{error::Error, mmap::{Mmap, open}};"})) == 2


def test_same_level_refused():
    assert len(complaints({"range.rs": "use crate::volatile::load;"})) == 1


def test_re_export_counts_as_source():
    assert complaints({"lib.rs": LIB, "os/mod.rs": "use crate::Result;"}) == []
    assert len(complaints({"lib.rs": LIB, "os/mod.rs": "use crate::Map;"})) == 1


def test_unplaceable_path_refused():
    assert len(complaints({"range.rs": "use crate::*;"})) == 1
    assert len(complaints({"range.rs": "use crate::nowhere::N;"})) == 1


def test_inline_module_resolved():
    assert (
        complaints({"range.rs": "mod tests { use super::*; fn f() { if x { super::clamp() } } }"})
        == []
    )
    assert len(complaints({"range.rs": "mod tests { use super::super::mmap::Mmap; }"})) == 1
    assert len(complaints({"range.rs": "mod tests { fn f() {} } fn g() { super::mmap::h() }"})) == 1
