"""Runs the tests under a Python without a GIL, on Debian.

    python tools/without_gil.py

Builds CPython 3.13 with --disable-gil from the source of Debian trixie, into
target/without-gil/python, and has it run `abis.py run`.
"""

import argparse
import os
import shutil
import subprocess
import sys

import chroot
import cross

HERE = cross.ROOT / "target" / "without-gil"
PYTHON = HERE / "python" / "bin" / "python3.13t"
READY = HERE / "ready"
SUITE, SOURCE = "trixie", "python3.13"
NEEDED = (
    *("build-essential", "dpkg-dev", "debian-archive-keyring"),
    *("libbz2-dev", "libffi-dev", "liblzma-dev", "libssl-dev", "zlib1g-dev"),
)


def fetch() -> None:
    """Has apt-get fetch the source by a configuration of its own."""
    lists = HERE / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    listed = HERE / "sources.list"
    listed.write_text(f"deb-src [signed-by={chroot.KEYRING}] {chroot.mirror()} {SUITE} main\n")
    apt_get = [
        *("apt-get", "--quiet=2", f"--option=Dir::Etc::sourcelist={listed}"),
        *("--option=Dir::Etc::sourceparts=/dev/null", f"--option=Dir::State::lists={lists}"),
        # By root, which need not give the folder to apt-get's own user.
        "--option=APT::Sandbox::User=root",
    ]
    cross.output([*apt_get, "update"])
    cross.output([*apt_get, "source", "--download-only", SOURCE], folder=HERE)


def build() -> None:
    if READY.exists():
        return
    cross.need(*NEEDED)
    shutil.rmtree(HERE, ignore_errors=True)
    fetch()
    (archive,) = HERE.glob(f"{SOURCE}_*.orig.tar.xz")
    cross.output(["tar", "--extract", f"--file={archive}"], folder=HERE)
    (source,) = HERE.glob("Python-3.13.*")
    print(f"building {source.name} without a GIL: some minutes", flush=True)
    configure = ["./configure", "--quiet", "--disable-gil", f"--prefix={HERE / 'python'}"]
    for command in (configure, ["make", f"-j{os.cpu_count()}"], ["make", "install"]):
        cross.output(command, folder=source)
    READY.touch()


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    build()
    program = str(cross.ROOT / "tools" / "abis.py")
    sys.exit(subprocess.run([PYTHON, program, "run"], cwd=cross.ROOT).returncode)


if __name__ == "__main__":
    main()
