"""Shows that the injection of failures would notice: plants one error at a time in a copy
of the core, and wants it found each time.

    python3 tools/planted.py
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORE = Path("crates/ironmap/src")
COPY = ROOT / "target/planted/copy"
BUILT = ROOT / "target/planted/built"


@dataclass(frozen=True)
class Error:
    """What stands in a file once, what is put there, and where that is to be found."""

    what: str
    file: str
    old: str
    new: str
    operation: str


RESIZE = """\
    region.extend(len, fd)?;
    if let Err(error) = file.set_size(size) {
        region.cut(region.len());
        return Err(error);
    }
"""

ERRORS = [
    Error(
        "a mapping is not unmapped",
        "os/replace_file.rs",
        "let _ = unsafe { unmap(self.start.as_ptr(), self.len) };",
        "let _ = (unmap as unsafe fn(_, _) -> _, self.start, self.len);",
        "Mmap::restore",
    ),
    Error(
        "a resize that fails leaves the file longer",
        "mmap/unix.rs",
        RESIZE,
        "    file.set_size(size)?;\n    region.extend(len, fd)?;\n",
        "Mmap::resize, from nothing",
    ),
    Error(
        "an unwrap",
        "mmap/open.rs",
        "let status = os::status(fd)?;",
        "let status = os::status(fd).unwrap();",
        "Mmap::map",
    ),
    Error(
        "memory that is taken for granted",
        "error/mod.rs",
        "    copy.try_reserve_exact(slice.len())\n"
        "        .map_err(|_| Error::out_of_memory::<T>(slice.len()))?;\n",
        "",
        "Matches::new",
    ),
    Error(
        "a descriptor is not closed",
        "file.rs",
        "let _ = os::close(self.0.fd);",
        "",
        "drop",
    ),
    Error(
        "a place among those that the handler knows is not given back",
        "fault/guard.rs",
        "            registry::give_back(number);\n",
        "            let _ = (number, registry::give_back as fn(_));\n",
        "Mmap::map",
    ),
]


def main() -> int:
    shutil.rmtree(COPY, ignore_errors=True)
    for name in ("Cargo.toml", "Cargo.lock", "crates", "docs"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        COPY.mkdir(parents=True, exist_ok=True)
        copy(source, COPY / name)
    for page in ROOT.glob("*.md"):
        shutil.copy(page, COPY)
    unnoticed = [error.what for error in ERRORS if not is_found(error)]
    if unnoticed:
        sys.exit(f"UNNOTICED: {', '.join(unnoticed)}")
    return 0


def is_found(error: Error) -> bool:
    path = COPY / CORE / error.file
    source = path.read_text()
    if source.count(error.old) != 1:
        sys.exit(f"{error.file}: {error.old!r} stands there {source.count(error.old)} times")
    path.write_text(source.replace(error.old, error.new))
    command = ["cargo", "test", "--package", "ironmap", "--test", "inject", "--target-dir", str(BUILT)]
    run = subprocess.run([*command, "--", error.operation], cwd=COPY, capture_output=True, text=True)
    path.write_text(source)
    if "operation" not in run.stdout:
        sys.exit(run.stderr)
    lines = run.stdout.splitlines()
    found = [line.strip() for line in lines if line.startswith("    ") and line[4] != " "]
    said = found[0] if found else "; ".join(lines[-3:])
    print(f"{error.what}: {said if run.returncode else 'UNNOTICED'}", flush=True)
    return run.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
