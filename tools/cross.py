"""Runs cargo for other systems, on Debian.

    python tools/cross.py [--need PACKAGE]… CARGO-ARGUMENT…

Debian has the source of the standard library of its ``rustc-web``, from which cargo builds
that library for every target of the compiler. apt-get installs what is missing, and each
PACKAGE. An example: ``test --target i686-unknown-linux-gnu``.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILER = ("rustc-web", "rust-web-src")
RUSTC, RUSTDOC = Path("/usr/bin/rustc"), Path("/usr/bin/rustdoc")
COMPILER_VARIABLES = {"RUSTC": str(RUSTC), "RUSTDOC": str(RUSTDOC), "RUSTC_BOOTSTRAP": "1"}
BUILD_STD = "build-std=std,panic_unwind"


def need(*packages: str) -> None:
    """Installs those of the packages that are missing, or exits."""
    missing = [package for package in packages if not _installed(package)]
    if not missing:
        return
    wanted = " ".join(missing)
    if not shutil.which("apt-get"):
        sys.exit(f"not installed, and there is no apt-get to do it: {wanted}")
    become = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    if become and not shutil.which("sudo"):
        sys.exit(f"not installed, and only root may do it: apt-get install {wanted}")
    print(f"apt-get install {wanted}", flush=True)
    apt_get = [*become, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet=2"]
    # Another apt-get may be running.
    install = ["--option=DPkg::Lock::Timeout=600", "--no-install-recommends", "--yes", "install"]
    for arguments in (["update"], [*install, *missing]):
        done = subprocess.run(
            [*apt_get, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            sys.exit(f"not installed: {wanted}\n{done.stdout.strip()}")


def output(
    command: list[str], environment: dict[str, str] | None = None, folder: Path = ROOT
) -> str:
    """Returns the output of a command; exits if the command fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(f"FAILED {' '.join(command)}\n{done.stdout.strip()}")
    return done.stdout


def _installed(package: str) -> bool:
    if not shutil.which("dpkg-query"):
        return False
    asked = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package],
        capture_output=True,
        text=True,
    )
    return asked.stdout == "installed"


def need_compiler() -> None:
    need(*COMPILER)
    if not shutil.which("cargo"):
        need("cargo-web")
    sysroot = subprocess.check_output([RUSTC, "--print", "sysroot"], text=True).strip()
    if not Path(sysroot, "lib/rustlib/src/rust/library/std").is_dir():
        sys.exit(f"{RUSTC} is not {COMPILER[0]}: it has no source of std in {sysroot}")


def environment(**more: str) -> dict[str, str]:
    """Returns this program's environment, with Debian's compiler."""
    return {**os.environ, **COMPILER_VARIABLES, **more}


def cargo(command: str, *arguments: str) -> list[str]:
    return ["cargo", command, "-Z", BUILD_STD, *arguments]


def prepared(target: str, command: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Returns a command of cargo for a target, and its environment: with rustup's standard library,
    or where rustup has none, with Debian's source of it.
    """
    if add_target(target):
        return ["cargo", command, "--target", target, *arguments], dict(os.environ)
    need_compiler()
    return cargo(command, "--target", target, *arguments), environment()


def add_target(target: str) -> bool:
    """Returns whether rustup has the standard library for a target."""
    if not shutil.which("rustup"):
        return False
    return subprocess.run(["rustup", "--quiet", "target", "add", target]).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--need", action="append", default=[])
    parser.add_argument("command")
    options, arguments = parser.parse_known_args()
    need_compiler()
    need(*options.need)
    done = subprocess.run(cargo(options.command, *arguments), cwd=ROOT, env=environment())
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
