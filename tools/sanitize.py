"""The core's tests under sanitizers of LLVM: no access outside of an allocation or a
mapping, and none that another thread's is not ordered with.

    python tools/sanitize.py [address | thread]…

Takes a nightly toolchain with rust-src, because the standard library is built with
the sanitizer too. Without one this says so and passes over.
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field

from cross import ROOT

OUT = ROOT / "target" / "sanitize"

LOCKS = "the sanitizers lock no memory: mlock does nothing and succeeds"


@dataclass(frozen=True)
class Sanitizer:
    """One of them: its options, and what it is not told of, each with the reason."""

    name: str
    # SIGBUS is the crate's, and where it is not, what these tests are about.
    options: str = "handle_sigbus=0"
    suppressions: dict[str, str] = field(default_factory=dict)
    passed_over: dict[str, str] = field(
        default_factory=lambda: {
            "os::pages::tests::lock_unlock_and_protect_need_a_mapping": LOCKS,
            "pages::lock_damage_locks_nothing": LOCKS,
            "pages::unlock_after_two_locks_unlocks": LOCKS,
        }
    )


SANITIZERS = [
    Sanitizer("address"),
    Sanitizer(
        "thread",
        suppressions={
            "race:restore_beside_faults_hides_no_zeros": "its thread is to touch pages, "
            "by address, while `restore` puts others in their place"
        },
    ),
]


def has_toolchain() -> bool:
    command = ["rustup", "component", "list", "--toolchain", "nightly", "--installed"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return False
    return "rust-src" in asked.stdout


def host() -> str:
    asked = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True)
    return next(line[6:] for line in asked.stdout.splitlines() if line.startswith("host: "))


def run(sanitizer: Sanitizer) -> bool:
    """Whether all tests passed and nothing was found."""
    print(f"\n==> the {sanitizer.name} sanitizer", flush=True)
    for what, reason in {**sanitizer.passed_over, **sanitizer.suppressions}.items():
        print(f"passed over: {what}: {reason}", flush=True)
    OUT.mkdir(parents=True, exist_ok=True)
    suppressions = OUT / f"{sanitizer.name}.txt"
    suppressions.write_text("".join(f"{line}\n" for line in sanitizer.suppressions))
    environment = {
        "RUSTFLAGS": f"-Zsanitizer={sanitizer.name}",
        # Without it the tests with many bytes take minutes each.
        "CARGO_PROFILE_DEV_OPT_LEVEL": "1",
        f"{sanitizer.name[0].upper()}SAN_OPTIONS": f"{sanitizer.options}:suppressions={suppressions}",
    }
    cargo = ["cargo", "+nightly", "test", "--package", "ironmap", "--locked"]
    cargo += ["--lib", "--test=all", "-Zbuild-std", "--target", host(), "--target-dir", str(OUT / sanitizer.name)]
    skip = [word for test in sanitizer.passed_over for word in ("--skip", test)]
    state = [word.replace("ironmap", "ironmap-state") if word == "ironmap" else word for word in cargo]
    state = [word.replace("--test=all", "--test=threads") for word in state]
    commands = [[*cargo, "--no-fail-fast", "--", *skip], state]
    environment = {**os.environ, **environment}
    return all(subprocess.run(command, cwd=ROOT, env=environment).returncode == 0 for command in commands)


def main(names: list[str]) -> int:
    known = {sanitizer.name: sanitizer for sanitizer in SANITIZERS}
    if unknown := set(names) - known.keys():
        sys.exit(f"no sanitizer of ours: {', '.join(sorted(unknown))}")
    if not has_toolchain():
        print("passed over: it takes a nightly toolchain with rust-src, and rustup has none")
        return 0
    failed = [name for name in names or known if not run(known[name])]
    if failed:
        sys.exit(f"FAILED: {', '.join(failed)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
