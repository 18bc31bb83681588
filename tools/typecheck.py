"""The Rust code type-checked for systems that cannot be run here.

    python tools/typecheck.py [TARGET…]

``cargo check`` without warnings, of the core and of the Python module, for each
system, and ``cargo build`` where the core is assembled; where there is nothing to map
with, the crate's own refusal is checked.
Prints a table; exit status 1 if a line of it is not as it should be.
"""

import subprocess
import sys
import time
from dataclasses import dataclass

import cross

CRATES = {"core": "ironmap", "Python module": "ironmap-py"}


@dataclass(frozen=True)
class System:
    target: str
    # What the compiler must say, where the crate refuses the system.
    refused: str = ""
    # Whether the core has lines for its assembler, which `cargo check` does not call.
    assembled: bool = False

    @property
    def crates(self) -> dict[str, str]:
        return {"core": CRATES["core"]} if self.refused else CRATES


SYSTEMS = [
    System("x86_64-unknown-linux-musl"),
    System("aarch64-unknown-linux-gnu"),
    System("i686-unknown-linux-gnu"),
    System("aarch64-apple-darwin"),
    System("x86_64-unknown-freebsd"),
    System("x86_64-unknown-openbsd"),
    System("x86_64-unknown-netbsd"),
    System("x86_64-pc-windows-msvc", assembled=True),
    System("aarch64-pc-windows-msvc"),
    System("wasm32-wasip1", refused="error: ironmap needs mmap(2)"),
]


def check(system: System) -> tuple[str, str]:
    """What goes into the table, and what is wrong."""
    packages = [part for crate in system.crates.values() for part in ("--package", crate)]
    done = cargo(system, "check", *packages)
    if done.returncode == 0 and system.assembled:
        done = cargo(system, "build", "--lib", "--package", CRATES["core"])
    return outcome(system, done.returncode, done.stderr)


def cargo(system: System, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = cross.cargo(*arguments, "--quiet", "--target", system.target)
    command += ["--target-dir", "target/typecheck"]
    # The Python module needs no interpreter of the system to be checked.
    environment = cross.environment(
        RUSTFLAGS="-D warnings", PYO3_CROSS="1", PYO3_NO_PYTHON="1", CARGO_TERM_COLOR="never"
    )
    return subprocess.run(
        command, cwd=cross.ROOT, env=environment, capture_output=True, text=True
    )


def outcome(system: System, status: int, said: str) -> tuple[str, str]:
    if system.refused:
        if status != 0 and system.refused in said:
            return "refused, as it should be", ""
        return "NOT REFUSED", f"no {system.refused!r} in\n{said}"
    return (" and ".join(system.crates), "") if status == 0 else ("FAILED", said)


def main(targets: list[str]) -> int:
    cross.need_compiler()
    systems = [system for system in SYSTEMS if not targets or system.target in targets]
    if unknown := set(targets) - {system.target for system in systems}:
        sys.exit(f"no such target in {__file__}: {', '.join(sorted(unknown))}")
    width = max(len(system.target) for system in systems)
    wrong = {}
    print(f"{'system':{width}}  seconds  type-checked")
    for system in systems:
        start = time.monotonic()
        result, reason = check(system)
        seconds = time.monotonic() - start
        print(f"{system.target:{width}}  {seconds:7.1f}  {result}", flush=True)
        if reason:
            wrong[system.target] = reason
    for target, reason in wrong.items():
        print(f"\nFAILED {target}\n{reason.strip()}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
