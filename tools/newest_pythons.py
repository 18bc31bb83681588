"""Tests ironmap under CPython 3.14 and 3.15 of Debian sid, in a chroot on Debian 12.

    python tools/newest_pythons.py                all steps, in this order:
    python tools/newest_pythons.py setup          make the chroot and the environments, in target/pythons
    python tools/newest_pythons.py conformance    test.test_mmap of each Python, on both modules
    python tools/newest_pythons.py stubtest       the stubs beside the module
    python tools/newest_pythons.py tests          the tests, under all Pythons at once

A step can be repeated; what is made already stays, and needs no network. Needs root, and the
extension of `make build`, which is the same file for all Pythons.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import conformance
import cross
from conformance import Subject

PYTHONS = ("3.14", "3.15")
SUITE = "sid"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NEEDED = ("debootstrap", "debian-archive-keyring", "util-linux")

HERE = cross.ROOT / "target" / "pythons"
CHROOT = HERE / "root"
CHECKOUT = Path("/ironmap")
EXTENSION = cross.ROOT / "python" / "ironmap" / "_ironmap.abi3.so"

# With the versions of requirements-dev.txt.
TOOLS = ("pytest", "hypothesis", "mypy")
TESTS = tuple(
    f"tests/{name}"
    for name in (
        *("compat", "differential", "extensions", "grid", "regressions", "sigbus"),
        *("subinterpreters", "threads"),
    )
)

# In a mount namespace of its own, which ends with the command: no mount is left behind.
# /tmp is not in memory, because tests make sparse files of 64 GiB.
ENTER = """
set -e
mount --bind /proc "$1/proc"
mount --rbind /dev "$1/dev"
mount --bind "$2" "$1$3"
root=$1 folder=$4
shift 4
exec chroot "$root" env -i --chdir="$folder" "$@"
"""


def setup() -> None:
    if os.geteuid() != 0:
        sys.exit("needs root, to mount: sudo make test-pythons")
    if not EXTENSION.exists():
        sys.exit("the extension is not built: make build")
    make_chroot()
    for version in PYTHONS:
        make_environment(version)


def packages() -> list[str]:
    each = [(f"python{version}", f"libpython{version}-testsuite") for version in PYTHONS]
    return ["ca-certificates", *(name for names in each for name in names)]


def make_chroot() -> None:
    ready, wanted = HERE / "root.txt", f"{SUITE} {' '.join(packages())}\n"
    if ready.exists() and ready.read_text() == wanted:
        return
    cross.need(*NEEDED)
    print(f"making a chroot of Debian {SUITE} in {CHROOT}: some minutes", flush=True)
    ready.unlink(missing_ok=True)
    shutil.rmtree(CHROOT, ignore_errors=True)
    HERE.mkdir(parents=True, exist_ok=True)
    options = ["--variant=minbase", f"--keyring={KEYRING}", f"--include={','.join(packages())}"]
    cross.output(["debootstrap", *options, SUITE, str(CHROOT), mirror()])
    (CHROOT / CHECKOUT.relative_to("/")).mkdir()
    for archive in (CHROOT / "var/cache/apt/archives").glob("*.deb"):
        archive.unlink()
    ready.write_text(wanted)


def mirror() -> str:
    """Returns the address from which this machine has its own packages."""
    listed = cross.output(["apt-get", "update", "--print-uris"])
    for found in re.finditer(r"^'(.*)/dists/[\w-]+/InRelease'", listed, re.MULTILINE):
        # Security updates come from a place that has nothing else.
        if not found[1].endswith("security"):
            return str(found[1])
    sys.exit("apt-get has no address of a Debian mirror")


def make_environment(version: str) -> None:
    """Makes a virtual environment, and fills it with this machine's pip."""
    versions = cross.ROOT / "requirements-dev.txt"
    wanted = f"{TOOLS}\n{versions.read_text()}"
    environment = HERE / f"venv{version}"
    installed = environment / "installed.txt"
    if installed.exists() and installed.read_text() == wanted:
        return
    print(f"installing {', '.join(TOOLS)} for Python {version}", flush=True)
    shutil.rmtree(environment, ignore_errors=True)
    inside = CHECKOUT / environment.relative_to(cross.ROOT)
    cross.output(entered([f"/usr/bin/python{version}", "-m", "venv", "--without-pip", str(inside)]))
    site = environment / "lib" / f"python{version}" / "site-packages"
    abis = (f"cp{version.replace('.', '')}", "abi3", "none")
    pip = [sys.executable, "-m", "pip", "--quiet", "install", "--no-compile"]
    target = [f"--python-version={version}", "--implementation=cp", *map("--abi={}".format, abis)]
    only_wheels = ["--only-binary=:all:", f"--target={site}", f"--constraint={versions}"]
    cross.output([*pip, *target, *only_wheels, *TOOLS])
    installed.write_text(wanted)


def entered(command: list[str], folder: Path = CHECKOUT) -> list[str]:
    """Returns the command that runs one in the chroot, with the checkout in it."""
    places = [str(place) for place in (CHROOT, cross.ROOT, CHECKOUT, folder)]
    return ["unshare", "--mount", "sh", "-c", ENTER, "enter", *places, *variables(), *command]


def variables() -> list[str]:
    """Returns the environment of programs in the chroot."""
    operations = "IRONMAP_DIFFERENTIAL_OPERATIONS"
    return [
        *("HOME=/root", "PATH=/usr/bin:/usr/sbin:/bin:/sbin", "LANG=C.UTF-8", "TMPDIR=/tmp"),
        f"PYTHONPATH={CHECKOUT / 'python'}",
        "PYTHONPYCACHEPREFIX=/tmp/bytecode",
        *(f"{name}={os.environ[name]}" for name in (operations,) if name in os.environ),
    ]


def is_made(version: str) -> bool:
    """Returns whether there is an environment of this version."""
    return (HERE / f"venv{version}" / "installed.txt").exists()


def python_of(version: str) -> str:
    return str(CHECKOUT / "target" / "pythons" / f"venv{version}" / "bin" / "python")


def full_version(version: str) -> str:
    return cross.output(entered([python_of(version), "--version"])).split()[-1]


def run_tests_of_stdlib() -> None:
    runner = str(CHECKOUT / conformance.RUNNER.relative_to(cross.ROOT))
    subjects = []
    for version in PYTHONS:
        command = entered([python_of(version), "-X", "faulthandler", runner], Path("/tmp"))
        subjects.append(Subject(f"Debian {SUITE} {full_version(version)}", command, {}))
    if conformance.compare(subjects):
        sys.exit(1)


def stubtest() -> None:
    for version in PYTHONS:
        allowed = ["--allowlist", "tests/stubtest-allowlist.txt"]
        command = [python_of(version), "-m", "mypy.stubtest", "ironmap", *allowed]
        print(f"Python {full_version(version)}", flush=True)
        if subprocess.run(entered(command)).returncode != 0:
            sys.exit(1)


def tests() -> None:
    """Runs the tests of all Pythons at once."""
    running = []
    for version in PYTHONS:
        said = (HERE / f"tests-{version}.txt").open("w+", errors="replace")
        command = [python_of(version), "-m", "pytest", "-p", "no:cacheprovider", *TESTS]
        running.append((said, subprocess.Popen(entered(command), stdout=said, stderr=said)))
    statuses = [process.wait() for _, process in running]
    for said, _ in running:
        with said:
            said.seek(0)
            print(said.read(), flush=True)
    if any(statuses):
        sys.exit(1)


STEPS = {"conformance": run_tests_of_stdlib, "stubtest": stubtest, "tests": tests}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", nargs="?", choices=["setup", *STEPS])
    chosen = parser.parse_args().step
    setup()
    versions = " and ".join(map(full_version, PYTHONS))
    for name, step in STEPS.items():
        if chosen in (None, name):
            print(f"\n==> Python {versions}: {name}", flush=True)
            step()


if __name__ == "__main__":
    main()
