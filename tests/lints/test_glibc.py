"""The extension needs no function that the C library of an old system lacks."""

import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ironmap import _ironmap

# The wheels are for this version and later ones.
OLDEST = (2, 17)
# Before 2.33 each program had its own copy of these, which calls __fxstat64 and its like.
COPIED = {"stat64", "fstat64", "lstat64", "fstatat64"}


def symbols(path: str, kind: str) -> list[tuple[str, str, tuple[int, ...]]]:
    """Returns the type, the name and the version of the dynamic symbols of a library."""
    command = ["nm", "--dynamic", "--with-symbol-versions", kind, path]
    listed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    found = re.findall(r" (\w) (\w+)@+GLIBC_([\d.]+)$", listed, re.MULTILINE)
    return [(type_, name, tuple(map(int, version.split(".")))) for type_, name, version in found]


def too_new(needed: list[tuple[str, str, tuple[int, ...]]], library: str) -> list[str]:
    """Returns the functions that must be there and came later."""
    since: dict[str, tuple[int, ...]] = {}
    for _, name, version in symbols(library, "--defined-only"):
        since[name] = min(version, since.get(name, version))
    # A weak symbol may be missing.
    must = {name for type_, name, _ in needed if type_ == "U"}
    return sorted(name for name in must - COPIED if since.get(name, OLDEST) > OLDEST)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
@pytest.mark.skipif(not shutil.which("nm"), reason="nm of binutils is not installed")
def test_extension_needs_only_functions_of_old_glibc():
    (library,) = {
        line.split()[-1]
        for line in Path("/proc/self/maps").read_text().splitlines()
        if line.endswith("/libc.so.6")
    }
    needed = symbols(_ironmap.__file__, "--undefined-only")
    assert ("U", "mremap") in {symbol[:2] for symbol in needed}
    assert too_new(needed, library) == []
    assert too_new([("U", "statx", (2, 28))], library) == ["statx"]
