"""Runs the tests of files on file systems of Linux: each is made, mounted for these tests alone,
and removed.

    python tools/disks.py [NAME…]

Needs root, and the extension of `make build`. A file system that this kernel or machine lacks is
passed over with its reason.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import cross

HERE = cross.ROOT / "target" / "systems" / "files"
NEEDED = ("btrfs-progs", "bindfs", "e2fsprogs", "util-linux", "xfsprogs")

# Each makes a file system of the file or folder $1 and mounts it on /srv: programs of tests/sigbus
# mount on /mnt.
IMAGE = 'truncate -s 6G "$1" && mkfs.{} "$1" >"$1.log" 2>&1 && mount -o loop "$1" /srv'
MOUNTS = {
    "ext2": IMAGE.format("ext2 -q"),
    "ext4": IMAGE.format("ext4 -q"),
    "xfs": IMAGE.format("xfs -q"),
    "xfs-1k": IMAGE.format("xfs -q -b size=1024"),
    "btrfs": IMAGE.format("btrfs -q"),
    "tmpfs": "mount -t tmpfs -o size=1G none /srv",
    "ramfs": "mount -t ramfs none /srv",
    "overlayfs": 'mkdir -p "$1"/lower "$1"/upper "$1"/work && mount -t overlay '
    '-o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" none /srv',
    "fuse-bindfs": 'mkdir -p "$1" && bindfs "$1" /srv',
}
# In a mount namespace of its own: no mount is left behind.
ENTER = """
set -e
mount --make-rprivate /
{mount}
mountpoint -q /srv
mkdir -p /srv/tmp /srv/core
temporary=$2
mount --bind /srv/core "$temporary"
# A server in user space would live on, and with it this namespace.
trap 'umount --lazy "$temporary" /srv' EXIT
shift 2
export TMPDIR=/srv/tmp
"$@"
"""

# Tests of the core that are about memory alone.
MEMORY_ALONE = (
    *("edges", "search", "find_any", "model", "overlapping", "typed_access", "raw_numbers"),
    *("anonymous", "parallel", "protection", "matches", "each_match", "jobs"),
)
PYTEST = (
    *("tests/compat/test_constructor.py", "tests/compat/test_descriptors.py"),
    *("tests/compat/test_flush.py", "tests/compat/test_resize.py"),
    *(f"tests/extensions/test_{name}.py" for name in ("open", "open_w_plus", "reserve")),
    *(f"tests/extensions/test_{name}.py" for name in ("refresh", "save", "identity")),
    "tests/sigbus/test_programs.py",
)
# Programs that make maps of files in the temporary folder.
PROGRAMS = "not sigbus or cut_ or private or restore or resize or replaced"


@dataclass
class Outcome:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, said: str) -> None:
        for count, what in re.findall(r"(\d+) (passed|failed|skipped|error)", said):
            what = "failed" if what == "error" else what
            setattr(self, what, getattr(self, what) + int(count))


def test_program() -> str:
    """Builds the core's test program and returns its path."""
    command = ["cargo", "test", "--no-run", "--message-format=json", "-p", "ironmap"]
    built = subprocess.run(
        [*command, "--test", "all"], cwd=cross.ROOT, stdout=subprocess.PIPE, text=True
    )
    if built.returncode:
        sys.exit(built.returncode)
    messages = map(json.loads, built.stdout.splitlines())
    return str(next(path for one in messages if (path := one.get("executable"))))


# Its other capture asks for the status of a file without a name, which 9p does not tell.
PYTEST_COMMAND = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--capture=sys"]


def commands(program: str, left_out: tuple[str, ...] = ()) -> list[list[str]]:
    """Returns the commands of the tests, but for those of some names."""
    names = [*(f"{name}::" for name in MEMORY_ALONE), *left_out]
    skipped = [argument for name in names for argument in ("--skip", name)]
    pytest = [*PYTEST_COMMAND, "-k", " and not ".join([f"({PROGRAMS})", *left_out])]
    folder = cross.ROOT / "crates" / "ironmap"
    core = ["sh", "-c", f'cd {folder} && exec "$@"', "core", program, "-q"]
    core += ["--show-output", *skipped]
    return [core, [*pytest, "-m", "not slow and not weekly", "--basetemp=/srv/pytest", *PYTEST]]


def run(place: Path, mount: str, each: list[list[str]]) -> Outcome | str:
    """Returns the outcome on a file system, or why it cannot be made."""
    outcome = Outcome()
    for command in each:
        remove(place)
        script = ENTER.format(mount=mount)
        mounted = ["unshare", "--mount", "sh", "-c", script, place.name, str(place)]
        temporary = cross.ROOT / "target" / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"PYTHONPATH": str(cross.ROOT / "python")}
        ran = subprocess.run(
            [*mounted, str(temporary), *command],
            cwd=cross.ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        remove(place)
        before = outcome.passed + outcome.failed
        outcome.add(ran.stdout)
        if outcome.passed + outcome.failed == before:
            return f"status {ran.returncode}: {ran.stdout.strip()}"
        reasons = re.findall(r"^skipped.*|^SKIPPED.*", ran.stdout, re.MULTILINE)
        print(ran.stdout if ran.returncode else "\n".join(reasons))
    return outcome


def remove(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    for path in (place, place.with_name(f"{place.name}.log")):
        path.unlink(missing_ok=True)


def run_all(folder: Path, mounts: dict[str, str], each: list[list[str]]) -> list[str]:
    """Prints the outcome on each file system, and returns those that have failed."""
    failed = []
    for name, mount in mounts.items():
        began = time.monotonic()
        outcome = run(folder / name, mount, each)
        taken = f"{time.monotonic() - began:.0f} s"
        print(f"{name:12} {outcome}, {taken}", flush=True)
        if isinstance(outcome, str) or outcome.failed:
            failed.append(name)
    return failed


def main() -> None:
    if os.geteuid() != 0:
        sys.exit("needs root, to mount")
    chosen = sys.argv[1:] or list(MOUNTS)
    if unknown := set(chosen) - MOUNTS.keys():
        sys.exit(f"no file system {', '.join(unknown)}; there are {', '.join(MOUNTS)}")
    cross.need(*NEEDED)
    HERE.mkdir(parents=True, exist_ok=True)
    mounts = {name: MOUNTS[name] for name in chosen}
    failed = run_all(HERE, mounts, commands(test_program()))
    if failed:
        sys.exit(f"FAILED {', '.join(failed)}")


if __name__ == "__main__":
    main()
