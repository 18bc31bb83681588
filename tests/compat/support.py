"""Expectations and helpers of the tests of both modules."""

import contextlib
import os
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from hang import HANG

CLOSED = "mmap closed or invalid"
READONLY = "mmap can't modify a readonly memory map."
NOT_RESIZABLE = "mmap can't resize a readonly or copy-on-write memory map."

# The stdlib module was converted to Argument Clinic in 3.15 and 3.14.1: since
# then arguments are converted before the map is looked at.
CLINIC = (3, 14, 1)
# The interpreter's error for a wrong index of a slice.
WRONG_SLICE = (
    "slice indices must be integers or have an __index__ method"
    if sys.version_info >= (3, 15)
    else "slice indices must be integers or None or have an __index__ method"
)
# The interpreter's error for an int that is too large for a C int. It converts to a
# long first, which has no more bits on Windows.
LONG_IS_INT = sys.platform == "win32"
INT_TOO_LARGE = (
    "Python int too large to convert to C long"
    if LONG_IS_INT
    else "signed integer is greater than maximum"
)
INT_TOO_SMALL = (
    "Python int too large to convert to C long"
    if LONG_IS_INT
    else "signed integer is less than minimum"
)
# Its error for an int that is too large for 64 bits. A long has 32 on Windows.
OFFSET_TOO_LARGE = (
    "int too big to convert" if LONG_IS_INT else "Python int too large to convert to C long"
)

# From here on a store checks the access, converts index and value, and then looks at the map.
CONVERTED_FIRST = (3, 14, 8)

# The stdlib module refuses to grow a shared anonymous map from here on.
GROWTH_REFUSED = (3, 13, 8)


def growth_refused(mod: types.ModuleType) -> str:
    """Returns the text of that error, which named the system at first."""
    return "mmap: can't expand a shared anonymous mapping" + (
        "" if has(mod, 3, 14, 7) else " on Linux"
    )


def is_ironmap(mod: types.ModuleType) -> bool:
    return mod.__name__ == "ironmap"


def has(mod: types.ModuleType, *version: int) -> bool:
    """Returns whether `mod` behaves as the stdlib module of that Python."""
    return is_ironmap(mod) or sys.version_info >= version


def needs(mod: types.ModuleType, *version: int) -> None:
    """Skip the test on a stdlib module older than that Python."""
    if not has(mod, *version):
        pytest.skip(f"the stdlib module has this from {'.'.join(map(str, version))} on")


def needs_trackfd(mod: types.ModuleType) -> None:
    """Skip the test where the constructor has no `trackfd`."""
    needs(mod, 3, 13)
    if sys.platform == "win32":
        if not is_ironmap(mod):
            needs(mod, 3, 15)
        elif (3, 13) <= sys.version_info < (3, 15):
            pytest.skip("the tests of 3.13 and 3.14 ask for no trackfd on Windows")


def unix_only(reason: str) -> pytest.MarkDecorator:
    """Skip the test on Windows."""
    return pytest.mark.skipif(sys.platform == "win32", reason=reason)


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this")


@contextlib.contextmanager
def raises(kind: type[BaseException], text: str) -> Iterator[None]:
    """Expects exactly this exception, no subclass, with exactly this text."""
    with pytest.raises(kind) as caught:
        yield
    assert caught.type is kind
    assert str(caught.value) == text


@contextlib.contextmanager
def raises_errno(number: int) -> Iterator[None]:
    """Expects the OSError that Python makes of this errno, without additions."""
    expected = OSError(number, os.strerror(number))
    with pytest.raises(OSError) as caught:
        yield
    assert caught.type is type(expected)
    assert caught.value.errno == number
    assert str(caught.value) == str(expected)


def contents(file: IO[bytes]) -> bytes:
    """Reads the content from the file, not through a map."""
    path = Path(file.name)
    size = path.stat().st_size
    assert size <= 1 << 30, f"the file has {size} bytes: too many to read"
    return path.read_bytes()


def hidden_descriptors(file: IO[bytes]) -> list[int]:
    """Returns the descriptors of the file in this process, except `file`'s own."""
    return [fd for fd in open_descriptors() if fd != file.fileno() and is_same_file(fd, file)]


def open_descriptors() -> list[int]:
    """Returns the open descriptors, except that of the listing itself."""
    listed = [int(name) for name in os.listdir("/dev/fd")]
    return [fd for fd in listed if os.path.exists(f"/dev/fd/{fd}")]


def is_same_file(fd: int, file: IO[bytes]) -> bool:
    return os.path.samestat(os.fstat(fd), os.fstat(file.fileno()))


def run_python(mod: types.ModuleType, code: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run `code` in a new interpreter; it imports the module as `mmap`."""
    program = f"import {mod.__name__} as mmap\n{code}"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG,
    )


class Index:
    """An object with `__index__` that is no int."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Closing(Index):
    """Closes a map when it is converted to an int."""

    def __init__(self, value: int, closed_map: object) -> None:
        super().__init__(value)
        self.map = closed_map

    def __index__(self) -> int:
        self.map.close()
        return self.value


class Shrinking(Index):
    """Shrinks a map to `size` bytes when it is converted to an int."""

    def __init__(self, value: int, shrunk_map: object, size: int) -> None:
        super().__init__(value)
        self.map = shrunk_map
        self.size = size

    def __index__(self) -> int:
        self.map.resize(self.size)
        return self.value
