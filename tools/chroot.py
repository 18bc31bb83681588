"""Systems of other Debian releases in folders, and commands in them."""

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import cross

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# The checkout, as programs in a chroot see it.
CHECKOUT = Path("/ironmap")

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


def make_once(root: Path, wanted: str, make: Callable[[], None]) -> None:
    """Makes a system, unless it was made of what is wanted now."""
    ready = root.with_suffix(".txt")
    if ready.exists() and ready.read_text() == wanted:
        return
    if os.geteuid() != 0:
        sys.exit("needs root, to make a chroot")
    print(f"making a system of Debian {wanted.split()[0]} in {root}: some minutes", flush=True)
    ready.unlink(missing_ok=True)
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    make()
    (root / CHECKOUT.relative_to("/")).mkdir()
    for archive in (root / "var/cache/apt/archives").glob("*.deb"):
        archive.unlink()
    ready.write_text(wanted)


def mmdebstrap(root: Path, suite: str, packages: tuple[str, ...], *options: str) -> None:
    """Makes a system of these packages, unless it is made."""

    def make() -> None:
        cross.need("mmdebstrap", "debian-archive-keyring", "util-linux")
        included = f"--include={','.join(packages)}"
        arguments = ["--components=main", f"--keyring={KEYRING}", included, *options]
        cross.output(["mmdebstrap", *arguments, suite, str(root), mirror()])

    make_once(root, f"{suite} {' '.join([*packages, *options])}\n", make)


def mirror() -> str:
    """Returns the address from which this machine has its own packages."""
    listed = cross.output(["apt-get", "update", "--print-uris"])
    for found in re.finditer(r"^'(.*)/dists/[\w-]+/InRelease'", listed, re.MULTILINE):
        # Security updates come from a place that has nothing else.
        if not found[1].endswith("security"):
            return str(found[1])
    sys.exit("apt-get has no address of a Debian mirror")


def entered(root: Path, command: list[str], folder: Path = CHECKOUT) -> list[str]:
    """Returns the command that runs one in a chroot, with the checkout in it. The command may
    begin with variables.
    """
    places = [str(place) for place in (root, cross.ROOT, CHECKOUT, folder)]
    always = ["HOME=/root", "PATH=/usr/bin:/usr/sbin:/bin:/sbin", "LANG=C.UTF-8", "TMPDIR=/tmp"]
    return ["unshare", "--mount", "sh", "-c", ENTER, "enter", *places, *always, *command]
