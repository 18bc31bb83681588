"""``ironmap.shared``: memory without a file, which multiprocessing hands to other processes."""

import errno
import os
import sys
from collections.abc import Callable
from multiprocessing import reduction
from operator import index
from typing import Any, NoReturn, Protocol, SupportsIndex

from ironmap import ACCESS_READ, ACCESS_WRITE, mmap

from ._descriptor import close_ignoring_errors, keep
from ._extended_map import ExtendedMap, absent_map
from ._ironmap import _map_file, _reserve_space
from ._public import public

NOT_PICKLED = """\
cannot pickle shared memory: multiprocessing hands it to a process that it starts, \
and through its pools, queues and pipes; joblib does so if it was imported before the memory \
was made"""
NOT_ARRIVED = """\
the shared memory did not arrive: the process that sent it must live until then, and its message \
can be unpickled once"""


@public
class SharedMap(ExtendedMap):
    """Memory that several processes use, returned by ``ironmap.shared``.

    A Process takes it as an argument, a pool, a queue and a pipe as a part of what they send:
    they pass on the memory itself, and not its bytes. It goes with the last process that has it.
    """

    __slots__ = ("_tag",)
    # Windows: the name of the section.
    _tag: str
    # For `help`: shared() makes the maps.
    __signature__ = "()"

    def __new__(cls, *args: object, **kwargs: object) -> "SharedMap":
        """Raise TypeError: ``ironmap.shared`` makes the maps."""
        raise TypeError("use ironmap.shared(size) to make a SharedMap")

    def resize(self, newsize: SupportsIndex, /, *, reserve: bool = False) -> NoReturn:
        """Raise TypeError: other processes rely on the size."""
        raise TypeError("cannot resize shared memory: other processes rely on its size")

    def truncate(self, size: SupportsIndex | None = None, /) -> NoReturn:
        """Raise TypeError: other processes rely on the size."""
        self.resize(0)

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        raise TypeError(NOT_PICKLED)

    def __copy__(self) -> NoReturn:
        raise TypeError("cannot copy a map: use bytes(m) to copy its bytes")

    def __deepcopy__(self, _memo: object) -> NoReturn:
        self.__copy__()


@public
def shared(size: SupportsIndex) -> SharedMap:
    """Make ``size`` bytes of memory, all zero, that other processes can use.

    size: int, in bytes; the memory keeps this size.

    The system takes memory for a page when it is touched, as it does for all memory. Where it
    refuses pages then (Linux with vm.overcommit_memory=2), and on Windows, it takes all now.

    Raises ValueError for a size below 1, OSError as the system does, and NotImplementedError on
    other systems than Linux and Windows, and for a Python without ``os.memfd_create``.

    >>> m = ironmap.shared(64)
    """
    length = index(size)
    if not 1 <= length <= sys.maxsize:
        raise ValueError(f"size must be from 1 to {sys.maxsize}, not {length}")
    hand_over_by_loky()
    return new_memory(length)


def hand_over_by_loky() -> None:
    """Have the picklers of loky, which joblib has a copy of, hand memory over as multiprocessing's
    do.
    """
    for name in ("loky.backend.reduction", "joblib.externals.loky.backend.reduction"):
        if loaded := sys.modules.get(name):
            loaded.register(SharedMap, reduced)


class Sent(Protocol):
    """The descriptor or the handle of another process."""

    def detach(self) -> int: ...


def detached(sent: Sent) -> int:
    try:
        return sent.detach()
    except (OSError, EOFError) as error:
        raise not_arrived(error) from error


def not_arrived(error: OSError | EOFError) -> Exception:
    """Return an error of the same class that says what was to arrive."""
    number = getattr(error, "errno", None)
    cause = str(error) if number is None else os.strerror(number)
    text = f"{NOT_ARRIVED} ({cause})" if cause else NOT_ARRIVED
    return type(error)(text) if number is None else type(error)(number, text)


def refused(where: str, length: int) -> NotImplementedError:
    use = f"share a file instead, by ironmap.open(path, 'w+', length={length})"
    return NotImplementedError(f"ironmap.shared is not for {where}: {use}")


if sys.platform == "linux":
    import fcntl

    # `os` lacks it.
    MFD_NOEXEC_SEAL = 8
    OVERCOMMIT = "/proc/sys/vm/overcommit_memory"

    def new_memory(length: int) -> SharedMap:
        # Pythons that were built for old systems lack it.
        if not hasattr(os, "memfd_create"):
            raise refused("a Python without os.memfd_create", length)
        fds: list[int] = []
        try:
            fd = memory_file(fds, "ironmap.shared")
            os.ftruncate(fd, length)
            if is_accounted():
                _reserve_space(fd, 0, length)
            seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
            return _map_file(SharedMap, fd, length, ACCESS_WRITE, 0, True)
        finally:
            if fds:
                os.close(fds[0])

    def memory_file(fds: list[int], name: str) -> int:
        flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
        try:
            # With vm.memfd_noexec=2 Linux 6.3 to 6.5 refuse files that can be made executable.
            return keep(fds, os.memfd_create, name, flags | MFD_NOEXEC_SEAL)
        except OSError as error:
            if fds or error.errno != errno.EINVAL:
                raise
            # Linux before 6.3.
            return keep(fds, os.memfd_create, name, flags)

    def is_accounted() -> bool:
        """Return whether the system may refuse a page at its first touch, which is SIGBUS."""
        try:
            with open(OVERCOMMIT, encoding="ascii") as file:
                return file.read().strip() == "2"
        except OSError:
            return False

    def reduced(m: SharedMap) -> tuple[Callable[..., SharedMap], tuple[Any, ...]]:
        return receive, (reduction.DupFd(m.fileno()), len(m), m.writable())

    def receive(descriptor: Sent, length: int, writable: bool) -> SharedMap:
        """Return the map of memory that another process has handed over, or on failure a closed
        map whose use raises the error.
        """
        hand_over_by_loky()
        access = ACCESS_WRITE if writable else ACCESS_READ
        try:
            fd = detached(descriptor)
            try:
                return _map_file(SharedMap, fd, length, access, 0, True)
            finally:
                close_ignoring_errors(fd)
        except Exception as error:
            return absent_map(SharedMap, error)

elif sys.platform == "win32":
    import _winapi

    def new_memory(length: int) -> SharedMap:
        return named_memory(f"ironmap-{os.urandom(16).hex()}", length, ACCESS_WRITE)

    def named_memory(tag: str, length: int, access: int) -> SharedMap:
        m = mmap.__new__(SharedMap, -1, length, tagname=tag, access=access)
        m._tag = tag
        return m

    def reduced(m: SharedMap) -> tuple[Callable[..., SharedMap], tuple[Any, ...]]:
        length = len(m)
        # The handle keeps the memory until the other process has it.
        handle = _winapi.OpenFileMapping(_winapi.FILE_MAP_READ, False, m._tag)
        try:
            kept = reduction.DupHandle(handle, _winapi.FILE_MAP_READ)
        finally:
            _winapi.CloseHandle(handle)
        return receive, (kept, m._tag, length, m.writable())

    def receive(kept: Sent, tag: str, length: int, writable: bool) -> SharedMap:
        """Return the map of memory that another process has handed over, or on failure a closed
        map whose use raises the error.
        """
        hand_over_by_loky()
        access = ACCESS_WRITE if writable else ACCESS_READ
        try:
            handle = detached(kept)
            try:
                return named_memory(tag, length, access)
            finally:
                _winapi.CloseHandle(handle)
        except Exception as error:
            return absent_map(SharedMap, error)

else:

    def new_memory(length: int) -> SharedMap:
        raise refused(sys.platform, length)

    def reduced(m: SharedMap) -> NoReturn:
        raise TypeError(NOT_PICKLED)


reduction.ForkingPickler.register(SharedMap, reduced)
