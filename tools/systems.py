"""Runs the tests on other systems, in emulators, on Debian 12.

    python tools/systems.py            all of these:
    python tools/systems.py s390x      the core's tests, as programs of this processor (the highest
    python tools/systems.py armhf      byte first; 32 bits; another one), in qemu's emulation of a
    python tools/systems.py riscv64    process
    python tools/systems.py musl       the core's tests, as static programs with musl
    python tools/systems.py arm64-16k  the core's tests and the module's on a whole system with pages
    python tools/systems.py arm64-4k   of 16 KiB, and of 4 KiB: `arm64.py`
    python tools/systems.py files      the tests of files on many file systems: `disks.py`
    python tools/systems.py uml        the same on NFS, 9p and vfat, in user-mode Linux: `uml.py`

All output stays in target/systems. The last four need root.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cross

TOOLS = Path(__file__).resolve().parent
HERE = cross.ROOT / "target" / "systems"
CORE = ("memsearch", "sigbus-guard", "ironmap", "ironmap-state")

# Without what qemu's emulation of a process does not tell: its madvise does nothing; on s390x it
# gives SIGBUS a wrong address, and on armhf its /proc/self/smaps is wrong by a page.
EMULATED = (
    *("anonymous::", "cursor::", "files::", "find_any::", "lines::", "options::", "raw::"),
    *("refresh::", "search::", "typed_access::", "--skip", "damage", "--skip", "fault"),
    *("--skip", "no_reserve_swap_reach_the_system"),
)
TESTS = (
    ("--package", "memsearch", "--lib"),
    ("--package", "ironmap", "--lib", "--", "error::", "jobs::", "range::", "search::"),
    ("--package", "ironmap", "--test", "all", "--", *EMULATED),
)


@dataclass(frozen=True)
class Processor:
    target: str
    # The names of Debian's tools for it, of its libc and of its emulator.
    tools: str
    libc: str
    qemu: str

    def run(self) -> None:
        gcc = f"gcc-{self.tools}"
        cross.need(gcc, f"libc6-dev-{self.libc}-cross", "qemu-user-static")
        runner = f"qemu-{self.qemu}-static -L /usr/{self.tools}"
        settings = settings_of(self.target, LINKER=f"{self.tools}-gcc", RUNNER=runner)
        for chosen in TESTS:
            run_cargo(self.target, ["test", *chosen], {"PROPTEST_CASES": "4", **settings})


def run_cargo(target: str, arguments: list[str], settings: dict[str, str]) -> None:
    """Runs cargo for a target; exits if it fails."""
    command, environment = cross.prepared(target, *arguments)
    # Emulation is slow, and each target has a folder.
    profile = {"CARGO_PROFILE_DEV_OPT_LEVEL": "1", "CARGO_PROFILE_DEV_DEBUG": "0"}
    folder = {"CARGO_TARGET_DIR": str(HERE / target)}
    finish(command, environment | profile | folder | settings)


def settings_of(target: str, **settings: str) -> dict[str, str]:
    """Returns cargo's variables for a target."""
    prefix = f"CARGO_TARGET_{target.upper().replace('-', '_')}"
    return {f"{prefix}_{name}": value for name, value in settings.items()}


def finish(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=cross.ROOT, env=environment)
    if done.returncode:
        sys.exit(done.returncode)


def musl() -> None:
    """Runs the core's tests. Debian's compiler cannot link them: it has no start files for musl."""
    target = "x86_64-unknown-linux-musl"
    if not cross.add_target(target):
        sys.exit(f"needed: rustup target add {target}")
    run_cargo(target, ["test", *packages(CORE)], {})


def packages(names: tuple[str, ...]) -> list[str]:
    return [argument for name in names for argument in ("--package", name)]


def other(program: str, *arguments: str) -> Callable[[], None]:
    command = [sys.executable, str(TOOLS / program), *arguments]
    return lambda: finish(command, dict(os.environ))


SYSTEMS: dict[str, Callable[[], None]] = {
    "s390x": Processor("s390x-unknown-linux-gnu", "s390x-linux-gnu", "s390x", "s390x").run,
    "armhf": Processor("armv7-unknown-linux-gnueabihf", "arm-linux-gnueabihf", "armhf", "arm").run,
    "riscv64": Processor(
        "riscv64gc-unknown-linux-gnu", "riscv64-linux-gnu", "riscv64", "riscv64"
    ).run,
    "musl": musl,
    "arm64-16k": other("arm64.py", "16k"),
    "arm64-4k": other("arm64.py", "4k"),
    "files": other("disks.py"),
    "uml": other("uml.py"),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("system", nargs="*", choices=[[], *SYSTEMS], default=[])
    for name in parser.parse_args().system or SYSTEMS:
        print(f"\n==> {name}", flush=True)
        began = time.monotonic()
        SYSTEMS[name]()
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
