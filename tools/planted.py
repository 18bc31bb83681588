"""Shows that tests notice errors: plants one at a time in a copy, and wants a test to fail.

    python tools/planted.py [core | module | models | state]…

`core` and `module` are the two programs that make each call fail once; `models` and `state` are
the models of sigbus-guard and of ironmap-state in loom.
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
COPY = ROOT / "target/planted/copy"
BUILT = ROOT / "target/planted/built"
COPIED = ("Cargo.toml", "Cargo.lock", "bench", "crates", "docs", "fuzz", "python", "tests/inject")
CORE, BINDINGS, PYTHON = "crates/ironmap/src", "crates/ironmap-py/src", "python/ironmap"
SLOTS, STATE = "crates/sigbus-guard/src/slots", "crates/ironmap-state/src"

# A line about a failure, in the output of either program or of cargo's tests.
FOUND = re.compile(r"    \S|(death|loss|leak|wrong error): |test .*FAILED")


@dataclass(frozen=True)
class Error:
    """Text that occurs once in a file, what replaces it, and the operation that finds it."""

    what: str
    file: str
    old: str
    new: str
    operation: str = ""


RESIZE = """\
    region.grow_mapping(len, fd)?;
    if let Err(error) = file.set_size(size) {
        region.set_len_and_trim(region.len());
        return Err(error);
    }
"""

IN_CORE = [
    Error(
        "a mapping is not unmapped",
        f"{CORE}/os/unix/replace_file.rs",
        "let _ = unsafe { unmap(self.start.as_ptr(), self.len) };",
        "let _ = (unmap as unsafe fn(_, _) -> _, self.start, self.len);",
        "Mmap::restore",
    ),
    Error(
        "a resize that fails leaves the file longer",
        f"{CORE}/mmap/unix.rs",
        RESIZE,
        "    file.set_size(size)?;\n    region.grow_mapping(len, fd)?;\n",
        "Mmap::resize, from nothing",
    ),
    Error(
        "an unwrap",
        f"{CORE}/mmap/open.rs",
        "let status = os::status(fd)?;",
        "let status = os::status(fd).unwrap();",
        "Mmap::map",
    ),
    Error(
        "memory that is taken for granted",
        f"{CORE}/error/mod.rs",
        "    copy.try_reserve_exact(slice.len())\n"
        "        .map_err(|_| Error::out_of_memory::<T>(slice.len()))?;\n",
        "",
        "Matches::new",
    ),
    Error(
        "a descriptor is not closed",
        f"{CORE}/file.rs",
        "let _ = os::close(self.0.fd);",
        "",
        "drop",
    ),
    Error(
        "a place among those that the handler knows is not given back",
        "crates/sigbus-guard/src/unix/guard.rs",
        "            registry::give_back(number);\n",
        "            let _ = (number, registry::give_back as fn(_));\n",
        "Mmap::map",
    ),
]


CLOSED = """\
        return replace(keep(fds, os.open, new.path, FLAGS | os.O_CREAT, 0o666), new)
    finally:
        # Needs no memory and ignores errors: the file is mapped or replaced.
        try:
            if fds:
                os.close(fds[0])
        except OSError:
            pass
"""
CAN_FAIL = """\
        return replace(keep(fds, os.open, new.path, FLAGS | os.O_CREAT, 0o666), new)
    finally:
        os.close(fds[0])
"""
ALLOCATED = "        let (object, place) = MapObject::allocate(py, class)?;\n"
LOST = """\
        let (object, place) = match MapObject::allocate(py, class) {
            Ok(both) => both,
            Err(raised) => {
                std::mem::forget(map);
                return Err(raised);
            }
        };
"""

IN_MODULE = [
    Error(
        "a mapping is not unmapped",
        f"{BINDINGS}/object/alloc.rs",
        ALLOCATED,
        LOST,
        "_map_file",
    ),
    Error(
        "a reference is not given back",
        f"{BINDINGS}/object/layout.rs",
        "                absence.release(py);\n                raised\n",
        "                std::mem::forget(absence);\n                raised\n",
        "FileMap.__reduce_ex__ and no file",
    ),
    Error(
        "an unwrap",
        f"{BINDINGS}/platform/unix/open_helpers.rs",
        "path.try_reserve_exact(libc::PATH_MAX as usize).ok()?;",
        "path.try_reserve_exact(libc::PATH_MAX as usize).unwrap();",
        "read of a fault",
    ),
    Error(
        "a file is left longer",
        f"{PYTHON}/_new_file.py",
        "        opened = new.map_file(fd)\n",
        "        os.ftruncate(fd, max(new.size, os.fstat(fd).st_size))\n        opened = new.map_file(fd)\n",
        "open over a shorter file",
    ),
    Error(
        "a failing call has replaced the file",
        f"{PYTHON}/_new_file.py",
        CLOSED,
        CAN_FAIL,
        "open over a file",
    ),
]


def replaced(folder: str, file: str, old: str, new: str) -> Error:
    """Returns an error whose place is its name."""
    return Error(f"{file}: {old!r} -> {new!r}", f"{folder}/{file}", old, new)


IN_MODELS = [
    replaced(SLOTS, *error)
    for error in (
        ("damage.rs", "fence(Ordering::Acquire);", ""),
        (
            "damage.rs",
            "} else {\n        fence(Ordering::SeqCst);",
            "} else {\n        fence(Ordering::AcqRel);",
        ),
        ("damage.rs", "pages'.\n        fence(Ordering::SeqCst);", "pages'.\n"),
        (
            "damage.rs",
            "pages'.\n        fence(Ordering::SeqCst);",
            "pages'.\n        fence(Ordering::AcqRel);",
        ),
        ("damage.rs", "Err(now) => old = now,", "Err(_) => self.0.store(new, Ordering::SeqCst),"),
        (
            "free_list.rs",
            "let changes = (head >> 32).wrapping_add(1) << 32;",
            "let changes = (head >> 32) << 32;",
        ),
        (
            "free_list.rs",
            "new, Ordering::Release, Ordering::Relaxed",
            "new, Ordering::Relaxed, Ordering::Relaxed",
        ),
        (
            "free_list.rs",
            "let mut head = self.0.load(Ordering::Acquire);",
            "let mut head = self.0.load(Ordering::Relaxed);",
        ),
        (
            "free_list.rs",
            "new, Ordering::Acquire, Ordering::Acquire",
            "new, Ordering::Relaxed, Ordering::Relaxed",
        ),
        (
            "free_list.rs",
            "new, Ordering::Acquire, Ordering::Acquire",
            "new, Ordering::Acquire, Ordering::Relaxed",
        ),
        ("move_epoch.rs", "self.0.fetch_add(1, Ordering::Release);", ""),
        ("move_epoch.rs", "fence(Ordering::Release);", ""),
        ("move_epoch.rs", "fence(Ordering::Acquire);", ""),
        ("slot.rs", "self.damage.add(pages.clone());", ""),
        ("slot.rs", "self.damage.add(pages);", ""),
        ("slot.rs", "fence(Ordering::Release);", ""),
        (
            "slot.rs",
            "sequence.wrapping_add(2), Ordering::Release",
            "sequence.wrapping_add(2), Ordering::Relaxed",
        ),
        (
            "slot.rs",
            "self.sequence.load(Ordering::Acquire)",
            "self.sequence.load(Ordering::Relaxed)",
        ),
        ("slot.rs", "fence(Ordering::Acquire);", ""),
        ("slot.rs", "before % 2 == 1 || len == 0", "len == 0"),
        (
            "slot.rs",
            "            }\n        }\n        fence(Ordering::SeqCst);",
            "            }\n        }\n",
        ),
        (
            "slot.rs",
            "impl FnOnce() -> u32) -> bool {\n        fence(Ordering::SeqCst);",
            "impl FnOnce() -> u32) -> bool {\n",
        ),
        ("slot.rs", "(before == after).then_some(region)", "Some(region)"),
    )
]

IN_STATE = [
    replaced(STATE, *error)
    for error in (
        (
            "damage.rs",
            "self.announced.fetch_max(faults, Ordering::Relaxed)",
            "self.announced.swap(faults, Ordering::Relaxed)",
        ),
        (
            "damage.rs",
            "self.reported.fetch_max(faults, Ordering::Relaxed)",
            "self.reported.store(faults, Ordering::Relaxed)",
        ),
        (
            "counters.rs",
            "self.out.fetch_sub(1, Ordering::AcqRel)",
            "self.out.fetch_sub(1, Ordering::Relaxed)",
        ),
        (
            "counters.rs",
            "self.out.load(Ordering::Acquire)",
            "self.out.load(Ordering::Relaxed)",
        ),
        (
            "lock.rs",
            "G::WANTED == Wanted::Write && !self.readers.are_out()",
            "G::WANTED != Wanted::Write && !self.readers.are_out()",
        ),
        (
            "lock.rs",
            "self.writes_beside_paused.fetch_add(1, Ordering::Relaxed);",
            "",
        ),
        (
            "readers.rs",
            "self.0[place].0.fetch_sub(1, Ordering::Release);",
            "self.0[place].0.fetch_sub(1, Ordering::Relaxed);",
        ),
    )
]


def main(sides: list[str]) -> int:
    shutil.rmtree(COPY, ignore_errors=True)
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        (COPY / name).parent.mkdir(parents=True, exist_ok=True)
        copy(source, COPY / name)
    for page in ROOT.glob("*.md"):
        shutil.copy(page, COPY)
    unnoticed = []
    for side in sides or SIDES:
        errors, run = SIDES[side]
        before = run(errors[0])
        if before.returncode:
            said = f"{before.stdout}{before.stderr}"
            sys.exit(f"{said}{side}: its tests fail before anything is planted")
        unnoticed += [error.what for error in errors if not is_found(error, run)]
    if unnoticed:
        sys.exit(f"UNNOTICED: {', '.join(unnoticed)}")
    return 0


def is_found(error: Error, run: Callable[[Error], Run]) -> bool:
    path = COPY / error.file
    source = path.read_text()
    if source.count(error.old) != 1:
        sys.exit(f"{error.file}: {error.old!r} stands there {source.count(error.old)} times")
    path.write_text(source.replace(error.old, error.new))
    ended = run(error)
    path.write_text(source)
    if "operation" not in ended.stdout and "test result:" not in ended.stdout:
        sys.exit(ended.stderr)
    lines = ended.stdout.splitlines()
    found = [line.strip() for line in lines if FOUND.match(line)]
    said = found[0] if found else "; ".join(lines[-3:])
    print(f"{error.what}: {said if ended.returncode else 'UNNOTICED'}", flush=True)
    return ended.returncode != 0


def run(*command: str, **environment: str) -> Run:
    return subprocess.run(
        command, cwd=COPY, env=os.environ | environment, capture_output=True, text=True
    )


def cargo(command: str, *arguments: str, **environment: str) -> Run:
    return run("cargo", command, f"--target-dir={BUILT}", *arguments, **environment)


def run_core(error: Error) -> Run:
    return cargo("test", "--package=ironmap", "--test=inject", "--", error.operation)


def run_module(error: Error) -> Run:
    # A debug build takes as long.
    built = cargo("build", "--release", "--package=ironmap-py")
    if built.returncode:
        return built
    shutil.copy(BUILT / "release/lib_ironmap.so", COPY / PYTHON / "_ironmap.abi3.so")
    return run(sys.executable, "tests/inject", error.operation, PYTHONPATH=str(COPY / "python"))


def run_models(error: Error) -> Run:
    return loom("--package=sigbus-guard", "--lib")


def run_state(error: Error) -> Run:
    return loom("--package=ironmap-state", "--test=models")


def loom(*arguments: str) -> Run:
    return cargo("test", "--profile=models", *arguments, RUSTFLAGS="--cfg loom")


SIDES = {
    "core": (IN_CORE, run_core),
    "module": (IN_MODULE, run_module),
    "models": (IN_MODELS, run_models),
    "state": (IN_STATE, run_state),
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
