"""Constants of newer kernels than the interpreter's headers."""

import mmap as stdlib
from pathlib import Path

import ironmap as mmap
from compat.support import linux_only

OF_NEWER_KERNELS = {
    "MADV_COLD": 20,
    "MADV_COLLAPSE": 25,
    "MADV_KEEPONFORK": 19,
    "MADV_PAGEOUT": 21,
    "MADV_POPULATE_READ": 22,
    "MADV_POPULATE_WRITE": 23,
    "MADV_WIPEONFORK": 18,
    "MAP_HUGETLB": 0x40000,
    "MAP_HUGE_16MB": 24 << 26,
    "MAP_HUGE_1GB": 30 << 26,
    "MAP_HUGE_1MB": 20 << 26,
    "MAP_HUGE_256MB": 28 << 26,
    "MAP_HUGE_2GB": 31 << 26,
    "MAP_HUGE_2MB": 21 << 26,
    "MAP_HUGE_32MB": 25 << 26,
    "MAP_HUGE_512KB": 19 << 26,
    "MAP_HUGE_512MB": 29 << 26,
    "MAP_HUGE_64KB": 16 << 26,
    "MAP_HUGE_8MB": 23 << 26,
    "MAP_HUGE_MASK": 0x3F,
    "MAP_HUGE_SHIFT": 26,
    "MAP_LOCKED": 0x2000,
    "MAP_NONBLOCK": 0x10000,
    "MAP_SHARED_VALIDATE": 3,
    "MAP_SYNC": 0x80000,
}

# Constants that the stdlib module has on Linux, by its version and its headers.
OF_SOME_PYTHONS = {"MADV_SOFT_OFFLINE", "MAP_32BIT", "MAP_NORESERVE", "MAP_STACK", "MAP_POPULATE"}


@linux_only
def test_constants_of_newer_kernels():
    prefixes = ("MADV_", "MAP_", "PROT_")
    names = {name for name in dir(mmap) if name.startswith(prefixes)}
    ours = names - set(dir(stdlib)) - OF_SOME_PYTHONS
    assert ours == OF_NEWER_KERNELS.keys() - set(dir(stdlib))
    assert {name: getattr(mmap, name) for name in OF_NEWER_KERNELS} == OF_NEWER_KERNELS


@linux_only
def test_constants_accepted_by_kernel(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"data")
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as m:
        for name in ("MADV_COLD", "MADV_PAGEOUT", "MADV_POPULATE_READ", "MADV_POPULATE_WRITE"):
            m.madvise(getattr(mmap, name))
        assert m[:] == b"data"
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_LOCKED
    with mmap.mmap(-1, mmap.PAGESIZE, flags=flags):
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        assert f"VmLck:\t{mmap.PAGESIZE // 1024:8} kB" in status
