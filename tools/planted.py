"""Shows that the injection of failures would notice: plants one error at a time in a copy
of the sources, and wants it found each time, in the core or in the module.

    python tools/planted.py [core | module]
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Run = subprocess.CompletedProcess[str]

ROOT = Path(__file__).resolve().parent.parent
CORE, BINDINGS, PYTHON = "crates/ironmap/src", "crates/ironmap-py/src", "python/ironmap"
COPY = ROOT / "target/planted/copy"
BUILT = ROOT / "target/planted/built"

# What either side prints of a point that went wrong.
FOUND = re.compile(r"    \S|(death|loss|leak|wrong error): ")


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

IN_CORE = [
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
        "../../sigbus-guard/src/unix/guard.rs",
        "            registry::give_back(number);\n",
        "            let _ = (number, registry::give_back as fn(_));\n",
        "Mmap::map",
    ),
]


CLOSED = """\
        return replace(fd, new)
    finally:
        # No call that could fail without memory, nor an error: the file is mapped or replaced.
        try:
            os.close(fd)
        except OSError:
            pass
"""

IN_MODULE = [
    Error(
        "a mapping is not unmapped",
        "object/alloc.rs",
        "            let raised = Raised::already_set(py);\n",
        "            let raised = Raised::already_set(py);\n            std::mem::forget(self.state);\n",
        "_map_file",
    ),
    Error(
        "a reference is not given back",
        "object/layout.rs",
        "                absence.release(py);\n                raised\n",
        "                std::mem::forget(absence);\n                raised\n",
        "FileMap.__reduce_ex__ and no file",
    ),
    Error(
        "an unwrap",
        "platform/unix/open_helpers.rs",
        "path.try_reserve_exact(libc::PATH_MAX as usize).ok()?;",
        "path.try_reserve_exact(libc::PATH_MAX as usize).unwrap();",
        "read of a fault",
    ),
    Error(
        "a file is left longer",
        "_new_file.py",
        "        opened = new.map_file(fd)\n",
        "        os.ftruncate(fd, max(new.size, os.fstat(fd).st_size))\n        opened = new.map_file(fd)\n",
        "open over a shorter file",
    ),
    Error(
        "a failing call has replaced the file",
        "_new_file.py",
        CLOSED,
        "        return replace(fd, new)\n    finally:\n        os.close(fd)\n",
        "open over a file",
    ),
]


def main(sides: list[str]) -> int:
    shutil.rmtree(COPY, ignore_errors=True)
    for name in ("Cargo.toml", "Cargo.lock", "crates", "docs", "python", "tests/inject"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        (COPY / name).parent.mkdir(parents=True, exist_ok=True)
        copy(source, COPY / name)
    for page in ROOT.glob("*.md"):
        shutil.copy(page, COPY)
    known = {"core": (IN_CORE, run_core), "module": (IN_MODULE, run_module)}
    unnoticed = []
    for side in sides or known:
        errors, run = known[side]
        unnoticed += [error.what for error in errors if not is_found(error, run)]
    if unnoticed:
        sys.exit(f"UNNOTICED: {', '.join(unnoticed)}")
    return 0


def is_found(error: Error, run: Callable[[Error], Run]) -> bool:
    path = COPY / folder_of(error) / error.file
    source = path.read_text()
    if source.count(error.old) != 1:
        sys.exit(f"{error.file}: {error.old!r} stands there {source.count(error.old)} times")
    path.write_text(source.replace(error.old, error.new))
    ended = run(error)
    path.write_text(source)
    if "operation" not in ended.stdout:
        sys.exit(ended.stderr)
    lines = ended.stdout.splitlines()
    found = [line.strip() for line in lines if FOUND.match(line)]
    said = found[0] if found else "; ".join(lines[-3:])
    print(f"{error.what}: {said if ended.returncode else 'UNNOTICED'}", flush=True)
    return ended.returncode != 0


def folder_of(error: Error) -> str:
    if error in IN_CORE:
        return CORE
    return PYTHON if error.file.endswith(".py") else BINDINGS


def run_core(error: Error) -> Run:
    command = [
        "cargo",
        "test",
        "--package",
        "ironmap",
        "--test",
        "inject",
        "--target-dir",
        str(BUILT),
    ]
    return subprocess.run(
        [*command, "--", error.operation], cwd=COPY, capture_output=True, text=True
    )


def run_module(error: Error) -> Run:
    """As for users: without optimization all of it takes as long to build."""
    build = ["cargo", "build", "--release", "--package", "ironmap-py", "--target-dir", str(BUILT)]
    built = subprocess.run(build, cwd=COPY, capture_output=True, text=True)
    if built.returncode:
        return built
    shutil.copy(BUILT / "release/lib_ironmap.so", COPY / PYTHON / "_ironmap.abi3.so")
    environment = os.environ | {"PYTHONPATH": str(COPY / "python")}
    command = [sys.executable, "tests/inject", error.operation]
    return subprocess.run(command, cwd=COPY, env=environment, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
