"""``ironmap.open``: maps that know their path."""

import io
import operator
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple, NoReturn, SupportsIndex, cast, overload

from ironmap import ACCESS_COPY, ACCESS_READ, ACCESS_WRITE, PAGESIZE, mmap

from ._advice import TOUCHING, Advice, advice_numbers, ask_for_huge_pages, give_advice
from ._descriptor import Path, name_file, open_descriptor, real_path, size_of
from ._file_object import FileObject
from ._identity import Identity
from ._ironmap import _absent_map, _map_file, _map_past_end, _reserve_space
from ._items import Items
from ._new_file import NewFile, in_new_file
from ._public import public


class Mode(NamedTuple):
    access: int
    flags: int


MODES = {
    "r": Mode(ACCESS_READ, os.O_RDONLY),
    "r+": Mode(ACCESS_WRITE, os.O_RDWR),
    "w+": Mode(ACCESS_WRITE, os.O_RDWR),
    "c": Mode(ACCESS_COPY, os.O_RDONLY),
}

# No translation of line ends on Windows; on Unix no wait for the other end of a pipe.
OPEN_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


class Origin(NamedTuple):
    """The file and arguments that a map was opened with."""

    path: str
    mode: str
    offset: int
    # None: any file at the path is accepted.
    identity: Identity | None


class MapRequest(NamedTuple):
    """A file to map, and how."""

    path: Path
    mode: str
    offset: int
    # None: to the file's end.
    length: int | None
    trackfd: bool = True
    reserve: bool = False
    # Whether another process that opens the path must find this very file.
    check: bool = True
    # The identity that the file must have.
    identity: Identity | None = None


IN_USE = """\
a memoryview, an array or another buffer uses the map's memory. Delete it before, \
or call release(), which closes the map now and unmaps the memory with the last buffer"""


@public
class FileMap(FileObject):
    """A map that knows its path, returned by ``ironmap.open``.

    Pickling stores path, offset, length and mode, not the bytes: unpickling maps the
    file itself.
    """

    __slots__ = ("_origin",)
    _origin: Origin
    # For `help`: open() makes the maps.
    __signature__ = "()"

    def __new__(cls, *args: object, **kwargs: object) -> "FileMap":
        raise TypeError("use ironmap.open(path) to make a FileMap")

    @property
    def path(self) -> str:
        """The absolute path, with the symbolic links resolved as they were when it was opened."""
        return self._opened_as().path

    @property
    def name(self) -> str:
        """The path, under the name that file objects have for it."""
        return self._opened_as().path

    @property
    def mode(self) -> str:
        """How a file object would be open: 'rb', or 'rb+' if the map was opened for writing."""
        return "rb" if self._opened_as().mode == "r" else "rb+"

    def __repr__(self) -> str:
        kind, state = mmap.__repr__(self).split(" ", 1)
        try:
            return f"{kind} path={self._origin.path!r}, {state}"
        except AttributeError:
            return f"{kind} {state}"

    def __iter__(self) -> Iterator[bytes]:
        """Yield each byte as ``bytes`` of length 1, as a map of the constructor does.

        Python's sequence protocol would yield ints for a subclass.
        """
        return iter(Items(self))

    def __reversed__(self) -> Iterator[bytes]:
        return reversed(Items(self))

    def __contains__(self, value: object) -> bool:
        len(self)  # Raises if closed, or an absent map.
        if isinstance(value, bytes | bytearray):
            return len(value) == 1 and self.find(value, 0) >= 0
        return any(byte == value for byte in self)

    def close(self) -> None:
        """Unmap the memory, as ``mmap.close`` does.

        Raises BufferError while a buffer of the map is in use: see ``release``.
        """
        try:
            mmap.close(self)
        except BufferError as error:
            raise BufferError(f"{error}: {IN_USE}") from None

    def __exit__(self, exc_type: object, exc_value: object, traceback: object) -> None:
        """Close the map, or ``release`` it if the block has raised: the caller then sees that
        exception, and no BufferError.
        """
        if exc_type is None:
            self.close()
            return
        try:
            self.release()
        except OSError as fault:
            # The map is closed, but has damage that no call has reported.
            if isinstance(exc_value, BaseException):
                exc_value.add_note(f"{type(fault).__name__}: {fault}")

    def flush(
        self, offset: SupportsIndex = 0, size: SupportsIndex = -1, /, *, flags: int = 0
    ) -> None:
        """Write changed bytes to the file, as ``mmap.flush`` does, at any offset.

        The system writes whole pages, so bytes before offset in the same page are
        written too.
        """
        if offset:
            start, count = operator.index(offset), operator.index(size)
            if 0 < start <= len(self):
                further = min(start, (self._opened_as().offset + start) % PAGESIZE)
                start -= further
                count += further if count >= 0 else 0
            offset, size = start, count
        mmap.flush(self, offset, size, flags=flags)

    def refresh(self) -> int:
        """Make the map end where its file ends now, as ``mmap.refresh`` does, and return the
        new length.

        If the path leads to another file now, or to none, it raises OSError (ESTALE), but
        not with ``check=False``. The map has its own file's new length all the same.
        """
        length = mmap.refresh(self)
        path, _, _, identity = self._opened_as()
        if identity is not None:
            identity.check_path(path)
        return length

    def tail(self, count: SupportsIndex = 10, /) -> list[bytes]:
        """Return the last lines, as ``lines`` gives them. The position is not used."""
        from ._lines import last_lines

        return last_lines(self, count)

    def line_at(self, offset: SupportsIndex, /) -> bytes:
        """Return the whole line that the byte at an offset belongs to.

        Raises IndexError outside of the map. The position is not used.
        """
        from ._lines import line_at

        return line_at(self, offset)

    def array(
        self,
        dtype: Any,
        shape: SupportsIndex | tuple[SupportsIndex, ...] | None = None,
        offset: SupportsIndex = 0,
    ) -> Any:
        """Return an array of numpy that shows the map's memory, and keeps it.

        dtype: what ``numpy.dtype`` takes.
        shape: int, tuple or None; None is one dimension, to the end of the map.
        offset: int, in bytes; the index in the map.

        The array can be written to if the map can. While it exists, ``close`` raises
        BufferError; ``release`` closes the map. Raises ValueError if the array does not fit.
        """
        from ._array import array_of

        return array_of(self, dtype, shape, offset)

    def check(self) -> None:
        """Raise FaultError if a buffer or an array has met damage that no call has reported.

        The array has read zeros there. If nothing is raised, what was computed from it before
        this call can be trusted. Does nothing else.
        """
        len(self)

    def save(self, path: Path) -> None:
        """Write the map's bytes to a file at ``path``, which appears whole or not at all.

        A new file is written in the folder of ``path``, synced and renamed, and the folder
        synced. It has the rights of a file that it replaces, which may be this map's own: the
        map then keeps the old file. Mode 'c' has its changes saved so.

        Raises OSError as the system does, and FaultError if the map lacks a page: a file at
        the path is unchanged then, unless only the sync of its folder has failed.
        """
        from ._save import save

        try:
            save(self, path)
        except OSError as error:
            name_file(error, path)
            raise

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        path, mode, offset, identity = self._opened_as()
        if mode == "c":
            text = f"cannot pickle a copy-on-write map of {path!r}: its changes are in no file"
            raise TypeError(text)
        # The file of mode 'w+' exists now, and `protect` may have changed the access.
        mode = "r+" if self.writable() else "r"
        return open_again, (path, mode, offset, len(self), identity)

    def _opened_as(self) -> Origin:
        try:
            return self._origin
        except AttributeError:
            text = "this FileMap has no path: it was not made by ironmap.open(path)"
            raise TypeError(text) from None

    def __copy__(self) -> NoReturn:
        text = "cannot copy a map: use bytes(m) to copy its bytes, or "
        raise TypeError(f"{text}ironmap.open({self.path!r}) to map the file again")

    def __deepcopy__(self, _memo: object) -> NoReturn:
        self.__copy__()


# A file object, to code that asks for one. Such code calls its methods: `for` yields bytes.
io.IOBase.register(FileMap)


@overload
def open(
    path: Path,
    mode: Literal["r", "c"] = "r",
    *,
    offset: SupportsIndex = 0,
    length: SupportsIndex = 0,
    trackfd: bool = True,
    reserve: Literal[False] = False,
    check: bool = True,
    advise: Advice = (),
    populate: bool = False,
    huge_pages: bool = False,
) -> FileMap: ...
@overload
def open(
    path: Path,
    mode: Literal["r+"],
    *,
    offset: SupportsIndex = 0,
    length: SupportsIndex = 0,
    trackfd: bool = True,
    reserve: bool = False,
    check: bool = True,
    advise: Advice = (),
    populate: bool = False,
    huge_pages: bool = False,
) -> FileMap: ...
@overload
def open(
    path: Path,
    mode: Literal["w+"],
    *,
    offset: SupportsIndex = 0,
    length: SupportsIndex,
    trackfd: bool = True,
    reserve: bool = False,
    check: bool = True,
    advise: Advice = (),
    populate: bool = False,
    huge_pages: bool = False,
) -> FileMap: ...
@public
def open(
    path: Path,
    mode: Literal["r", "r+", "w+", "c"] = "r",
    *,
    offset: SupportsIndex = 0,
    length: SupportsIndex = 0,
    trackfd: bool = True,
    reserve: bool = False,
    check: bool = True,
    advise: Advice = (),
    populate: bool = False,
    huge_pages: bool = False,
) -> FileMap:
    """Map ``length`` bytes of a file from byte ``offset`` on.

    path: str, bytes or os.PathLike: a file, or a device.
    mode: 'r' reads; 'r+' also writes to the file; 'w+' creates or replaces the file
        with offset + length zeros; on an error the old file is unchanged, except for
        errors of populate and of advice that makes or removes pages, which come later;
        'c' is copy-on-write: changes stay in this map.
    offset: int, in bytes; any number, not only multiples of a page.
    length: int, in bytes; 0 means to the file's end. An empty file is an empty map.
        Only mode 'w+' and ``resize`` make a file longer.
    trackfd: keep a descriptor of the file, for ``size`` and ``resize``.
    reserve: reserve disk space for the bytes, so that a full disk is an OSError
        (ENOSPC) now and no FaultError later; for modes 'r+' and 'w+'. OSError
        (EOPNOTSUPP) if the file system cannot. Linux.
    check: whether the map, when it is unpickled in another process on the same
        machine, must find this very file at the path (device and inode), not only
        one that is long enough.
    advise: one MADV_* or several, for the whole map; or their names, such as 'random'.
    populate: read all pages before returning; in mode 'w+' after the old file was
        replaced.
    huge_pages: ask for huge pages (MADV_HUGEPAGE); it is no error if the system has
        none for this file.

    Raises OSError as the system does, with ``filename`` set, if the file cannot be
    opened or mapped; ValueError if offset or length reach past its end; FaultError
    if ``populate`` cannot read a page.

    >>> with ironmap.open("notes.txt") as m: print(m[:5])
    """
    if not isinstance(mode, str):
        raise TypeError(f"mode must be str, not {type(mode).__name__}")
    if mode not in MODES:
        names = ", ".join(map(repr, MODES))
        raise ValueError(f"invalid mode {mode!r}: must be one of {names}")
    whole = whole_number("length", length)
    if mode == "w+" and not whole:
        raise ValueError("mode 'w+' needs a length for the new file")
    start = whole_number("offset", offset)
    reserves = bool(reserve)
    if reserves and MODES[mode].access != ACCESS_WRITE:
        raise ValueError(f"reserve needs mode 'r+' or 'w+', not {mode!r}")
    advice = [] if advise == () else advice_numbers(advise)
    request = MapRequest(path, mode, start, whole or None, trackfd, reserves, bool(check))
    if mode != "w+":
        return apply_advice(open_file(request), advice, populate, huge_pages)
    return open_new(request, advice, populate, huge_pages)


def open_new(request: MapRequest, advice: list[int], populate: bool, huge_pages: bool) -> FileMap:
    """Create or replace a file for mode 'w+', and return its map."""
    late = [number for number in advice if number in TOUCHING]
    first = [number for number in advice if number not in TOUCHING]

    def map_new(fd: int) -> FileMap:
        return apply_advice(map_descriptor(fd, request), first, False, huge_pages)

    path, flags = request.path, MODES[request.mode].flags | OPEN_FLAGS
    size = request.offset + (request.length or 0)
    new = NewFile(path, flags, size, request.reserve, lambda: bool(populate or late), map_new)
    try:
        opened = in_new_file(new)
    except OSError as error:
        name_file(error, path)
        raise
    # The file is replaced: only requested steps that may fail follow.
    if late or populate:
        apply_advice(opened, late, populate, False)
    return opened


def open_again(
    path: str, mode: str, offset: int, length: int, identity: Identity | None
) -> FileMap:
    """Return the map of a pickled map, or on failure a closed map whose use raises the error.

    An exception from here would never be seen: it ends a process of
    ``multiprocessing.Pool``, whose caller then waits for ever.
    """
    try:
        check = identity is not None
        return open_file(MapRequest(path, mode, offset, length, check=check, identity=identity))
    except Exception as error:
        # `args` of an OSError lacks the file name.
        kind, arguments, *_ = cast("tuple[Any, ...]", error.__reduce__())
        absent = _absent_map(FileMap, kind, arguments)
        absent._origin = Origin(path, mode, offset, identity)
        return absent


def open_file(request: MapRequest) -> FileMap:
    fd = open_descriptor(request.path, MODES[request.mode].flags | OPEN_FLAGS)
    try:
        return map_descriptor(fd, request)
    except OSError as error:
        name_file(error, request.path)
        raise
    finally:
        # Needs no memory and ignores errors: the file is mapped.
        try:
            os.close(fd)
        except OSError:
            pass


def map_descriptor(fd: int, request: MapRequest) -> FileMap:
    """Map an open file. The caller still owns and closes fd."""
    status = os.fstat(fd)
    name = request.path if isinstance(request.path, str) else os.fsdecode(request.path)
    identity = Identity.of(fd, status) if request.check else None
    if request.identity is not None and identity is not None:
        request.identity.check(identity, name)
    if request.mode == "w+" and sys.platform != "win32":
        opened = map_past_end(fd, request)
    else:
        length = length_in_file(name, size_of(fd, status), request.offset, request.length)
        access, offset = MODES[request.mode].access, request.offset
        opened = _map_file(FileMap, fd, length, access, offset, request.trackfd)
        if request.reserve:
            _reserve_space(fd, offset, length)
    opened._origin = Origin(real_path(fd, name), request.mode, request.offset, identity)
    return opened


def map_past_end(fd: int, request: MapRequest) -> FileMap:
    """Map a file that may be too short for the map, without making it longer."""
    arguments = (request.length or 0, ACCESS_READ, request.offset, request.trackfd)
    opened = _map_past_end(FileMap, fd, *arguments)
    # In two steps: hugetlbfs extends a file when it is mapped for writing.
    opened.protect(ACCESS_WRITE)
    return opened


def whole_number(name: str, value: SupportsIndex) -> int:
    number = operator.index(value)
    if not 0 <= number <= sys.maxsize:
        raise ValueError(f"{name} must be from 0 to {sys.maxsize}, not {number}")
    return number


def length_in_file(path: str, size: int | None, offset: int, length: int | None) -> int:
    if size is None:
        if length is None:
            raise ValueError(f"{path!r} has no size: length must be given")
        return length
    if offset > size:
        raise ValueError(f"offset {offset} is past the end of {path!r}, which has {size} bytes")
    if length is None:
        return size - offset
    if length > size - offset:
        there = f"{path!r}, which has {size} bytes"
        raise ValueError(f"{length} bytes at offset {offset} reach past the end of {there}")
    return length


def apply_advice(opened: FileMap, advice: list[int], populate: bool, huge_pages: bool) -> FileMap:
    """Give advice about a map and return it. Close the map on an error."""
    try:
        # In this order, because a map's first call checks the fault guard.
        if (advice or populate or huge_pages) and len(opened):
            prepare(opened, advice, populate, huge_pages)
    except BaseException:
        opened.close()
        raise
    return opened


def prepare(opened: FileMap, advice: list[int], populate: bool, huge_pages: bool) -> None:
    try:
        if huge_pages:
            ask_for_huge_pages(opened)
        give_advice(opened, advice)
        if populate:
            opened.populate()
    except OSError as error:
        name_file(error, opened.path)
        raise
