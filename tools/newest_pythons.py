"""Tests ironmap under CPython 3.14 and 3.15 of Debian sid, in a chroot on Debian 12.

    python tools/newest_pythons.py                the next four steps:
    python tools/newest_pythons.py setup          make the chroot and the environments, in
                                                  target/pythons, and build abi3t
    python tools/newest_pythons.py conformance    test.test_mmap of each Python, on both modules
    python tools/newest_pythons.py stubtest       the stubs beside the module
    python tools/newest_pythons.py tests          the tests, several folders at once
    python tools/newest_pythons.py weekly         the tests that the last step leaves out

A step can be repeated; what is made already stays, and needs no network. Needs root, and the
extension of `make build`, which is the same file for all Pythons. Under 3.15 all is run with
the build `abi3t`, too, and the tests that are marked slow with it alone: `weekly` runs them with
the others.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import abis
import chroot
import conformance
import cross
from chroot import CHECKOUT
from conformance import Subject

PYTHONS = ("3.14", "3.15")
SUITE = "sid"
NEEDED = ("debootstrap", "debian-archive-keyring", "util-linux")

HERE = cross.ROOT / "target" / "pythons"
CHROOT = HERE / "root"
EXTENSION = cross.ROOT / "python" / "ironmap" / "_ironmap.abi3.so"

# With the versions of requirements-dev.txt.
TOOLS = ("pytest", "hypothesis", "mypy")
# The longest first.
TESTS = (
    *("sigbus", "subinterpreters", "extensions", "differential", "compat", "threads", "grid"),
    "regressions",
)
# The status of pytest.
NOTHING_SELECTED = 5
# Most tests wait for processes and for each other.
AT_ONCE = 2 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class Build:
    """A Python with a build of the extension."""

    version: str
    abi: str = "abi3"

    def __str__(self) -> str:
        return f"{self.version} {self.abi}"

    @property
    def package(self) -> Path:
        """The folder to import from, as the chroot sees it."""
        folder = ABI3T if self.abi == "abi3t" else cross.ROOT / "python"
        return CHECKOUT / folder.relative_to(cross.ROOT)

    def entered(self, arguments: list[str], folder: Path = CHECKOUT) -> list[str]:
        """Returns the command that runs this Python."""
        path = f"PYTHONPATH={self.package}"
        return entered([path, python_of(self.version), *arguments], folder)


ABI3T = abis.TARGET / "python"
BUILDS = (*map(Build, PYTHONS), Build("3.15", "abi3t"))


def setup() -> None:
    if os.geteuid() != 0:
        sys.exit("needs root, to mount: sudo make test-pythons")
    if not EXTENSION.exists():
        sys.exit("the extension is not built: make build")
    make_chroot()
    for version in PYTHONS:
        make_environment(version)
    abis.build("abi3t", "", ".abi3t.so")


def packages() -> list[str]:
    each = [(f"python{version}", f"libpython{version}-testsuite") for version in PYTHONS]
    return ["ca-certificates", *(name for names in each for name in names)]


def make_chroot() -> None:
    def make() -> None:
        cross.need(*NEEDED)
        included = f"--include={','.join(packages())}"
        options = ["--variant=minbase", f"--keyring={chroot.KEYRING}", included]
        cross.output(["debootstrap", *options, SUITE, str(CHROOT), chroot.mirror()])

    chroot.make_once(CHROOT, f"{SUITE} {' '.join(packages())}\n", make)


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
    return chroot.entered(CHROOT, [*variables(), *command], folder)


def variables() -> list[str]:
    """Returns more of the environment of programs in the chroot."""
    operations = "IRONMAP_DIFFERENTIAL_OPERATIONS"
    return [
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
    for build in BUILDS:
        command = build.entered(["-X", "faulthandler", runner], Path("/tmp"))
        name = f"Debian {SUITE} {full_version(build.version)} {build.abi}"
        subjects.append(Subject(name, command, {}))
    if conformance.compare(subjects):
        sys.exit(1)


def stubtest() -> None:
    arguments = ["mypy.stubtest", "ironmap", "--allowlist", "tests/stubtest-allowlist.txt"]
    run_at_once({str(build): build.entered(["-m", *arguments]) for build in map(Build, PYTHONS)})


def tests() -> None:
    run_folders({"abi3": "not slow and not weekly", "abi3t": "not weekly"})


def run_folders(markers: dict[str, str]) -> None:
    """Runs the tests of each build that have its markers."""
    run_at_once(
        {
            f"{build}, tests/{folder}": build.entered(pytest(build, folder, markers[build.abi]))
            for folder in TESTS
            for build in BUILDS
        }
    )


def pytest(build: Build, folder: str, marker: str) -> list[str]:
    own = f"--basetemp=/tmp/{build.version}-{build.abi}-{folder}"
    return ["-m", "pytest", "-q", "-p", "no:cacheprovider", own, "-m", marker, f"tests/{folder}"]


def run_at_once(commands: dict[str, list[str]]) -> None:
    """Runs the commands, and prints how each ends."""
    failed = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {pool.submit(run, command): name for name, command in commands.items()}
        for job in as_completed(jobs):
            status, said = job.result()
            print(f"\n--> Python {jobs[job]}\n{said}", flush=True)
            if status:
                failed.append(jobs[job])
    if failed:
        sys.exit(f"FAILED {'; '.join(failed)}")


def run(command: list[str]) -> tuple[int, str]:
    """Returns the status, and what is to be read: all, or the reasons of skipped tests."""
    ran = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if ran.returncode not in (0, NOTHING_SELECTED):
        return ran.returncode, ran.stdout
    _, found, reasons = ran.stdout.rpartition("short test summary info")
    return 0, reasons.partition("\n")[2] if found else ran.stdout.splitlines()[-1] + "\n"


def weekly() -> None:
    run_folders({"abi3": "slow or weekly", "abi3t": "weekly"})


STEPS = {"conformance": run_tests_of_stdlib, "stubtest": stubtest, "tests": tests}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", nargs="?", choices=["setup", *STEPS, "weekly"])
    chosen = parser.parse_args().step
    setup()
    versions = " and ".join(map(full_version, PYTHONS))
    for name, step in (STEPS | {"weekly": weekly}).items():
        if chosen == name or (chosen is None and name in STEPS):
            print(f"\n==> Python {versions}: {name}", flush=True)
            began = time.monotonic()
            step()
            print(f"{time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
