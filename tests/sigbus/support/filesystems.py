"""Small file systems, mounted only for this process."""

import contextlib
import ctypes
import subprocess

from prelude import PAGE, os, skipped, tempfile

CLONE_NEWNS = 0x20000
libc = ctypes.CDLL(None, use_errno=True)


HUGE = 2 << 20


def empty_pool_of_huge_pages():
    """Skips the program if the system has free huge pages."""
    with open("/proc/meminfo") as meminfo:
        figures = dict(line.split(":", 1) for line in meminfo)
    if "HugePages_Free" not in figures:
        skipped("the kernel has no huge pages")
    if int(figures["HugePages_Free"]) or int(figures["Hugepagesize"].split()[0]) * 1024 != HUGE:
        skipped("the pool of huge pages of 2 MiB is not empty")


@contextlib.contextmanager
def pool_of_huge_pages(count):
    """Adds huge pages of 2 MiB to the pool, and removes them at the end."""
    pool = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
    try:
        with open(pool) as figure:
            before = figure.read()
        with open(pool, "w") as figure:
            figure.write(str(int(before) + count))
    except OSError as error:
        skipped(f"no pool of huge pages: {error}")
    try:
        with open(pool) as figure:
            if int(figure.read()) < int(before) + count:
                skipped(f"the system has no {count} huge pages")
        yield
    finally:
        with open(pool, "w") as figure:
            figure.write(before)


def private_mounts():
    if os.geteuid() != 0:
        skipped("needs root, to mount a file system")
    if libc.unshare(CLONE_NEWNS):
        skipped(f"no mounts of its own here: {os.strerror(ctypes.get_errno())}")
    run("mount", "--make-rprivate", "/")


def run(*command):
    try:
        ended = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        skipped(f"cannot run {command[0]}: {error}")
    if ended.returncode:
        skipped(f"{' '.join(command)}: {ended.stderr.strip()}")


def mounted(*arguments):
    """Mounts a file system on an empty folder."""
    run("mount", *arguments, "/mnt")
    return "/mnt"


def tmpfs(size):
    private_mounts()
    return mounted("-t", "tmpfs", "-o", f"size={size}", "none")


def loop_ext4(size):
    with loop_ext4_with_image(size) as (folder, _):
        return folder


@contextlib.contextmanager
def loop_ext4_with_image(size):
    """Yields an ext4 file system's folder, and the file that is its disk."""
    private_mounts()
    with tempfile.NamedTemporaryFile() as image:
        os.truncate(image.name, size)
        run("mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", image.name)
        yield mounted("-t", "ext4", "-o", "loop,nodelalloc", image.name), image.name


def fill(folder, leave=0):
    """Writes a file until only some bytes of space are left; returns its path."""
    path = os.path.join(folder, "filler")
    with open(path, "wb", buffering=0) as file:
        try:
            while file.write(bytes(PAGE)) == PAGE:
                pass
        except OSError:
            pass
        os.fsync(file.fileno())
        file.truncate(file.tell() // PAGE * PAGE - leave)
    return path


def hole(folder, pages):
    """Makes a file that is one hole."""
    file = open(os.path.join(folder, "hole"), "w+b")
    file.truncate(pages * PAGE)
    return file
