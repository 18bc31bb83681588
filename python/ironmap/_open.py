"""``ironmap.open``: maps that know their path."""

import io
import os
import sys
from collections.abc import Callable
from operator import index
from typing import Any, Literal, NamedTuple, NoReturn, SupportsIndex, overload

from ironmap import ACCESS_COPY, ACCESS_READ, ACCESS_WRITE, PAGESIZE, mmap

from ._advice import TOUCHING, Advice, advice_numbers, ask_for_huge_pages, give_advice
from ._descriptor import (
    OPEN_FLAGS,
    Path,
    keep,
    mappable_size,
    name_file,
    status_of,
)
from ._extended_map import ExtendedMap, absent_map
from ._identity import Identity, Numbers
from ._ironmap import _map_file, _map_past_end, _reserve_space
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


# The path, mode and offset that a map was opened with, and the numbers of its file; without
# numbers, any file at the path is accepted.
Origin = tuple[str, str, int, Numbers | None]


@public
class FileMap(ExtendedMap):
    """A map that knows its path, returned by ``ironmap.open``.

    Pickling stores path, offset, length and mode, not the bytes: unpickling maps the
    file itself.
    """

    __slots__ = ("_origin",)
    _origin: Origin
    # For `help`: open() makes the maps.
    __signature__ = "()"

    def __new__(cls, *args: object, **kwargs: object) -> "FileMap":
        """Raise TypeError: ``ironmap.open`` makes the maps."""
        raise TypeError("use ironmap.open(path) to make a FileMap")

    @property
    def path(self) -> str:
        """The absolute path, with the symbolic links resolved as they were when it was opened."""
        return self._opened_as()[0]

    @property
    def name(self) -> str:
        """The path, under the name that file objects have for it."""
        return self.path

    @property
    def mode(self) -> str:
        """How a file object would be open: 'rb', or 'rb+' if the map was opened for writing."""
        return "rb" if self._opened_as()[1] == "r" else "rb+"

    def __repr__(self) -> str:
        kind, state = mmap.__repr__(self).split(" ", 1)
        try:
            return f"{kind} path={self._origin[0]!r}, {state}"
        except AttributeError:
            return f"{kind} {state}"

    def flush(
        self, offset: SupportsIndex = 0, size: SupportsIndex = -1, /, *, flags: int = 0
    ) -> None:
        """Write changed bytes to the file, as ``mmap.flush`` does, at any offset.

        The system writes whole pages, so bytes before offset in the same page are
        written too.
        """
        if offset:
            start, count = index(offset), index(size)
            if 0 < start <= len(self):
                further = min(start, (self._opened_as()[2] + start) % PAGESIZE)
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
        identity = self._identity()
        if identity is not None:
            identity.check_path(self.path)
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

    def check(self) -> None:
        """Raise FaultError if a buffer or an array has met damage that no call has reported.

        The array has read zeros there. If nothing is raised, what was computed from it before
        this call can be trusted, if the file is as long as before (``size``): bytes between a
        file's end and the end of its page are zeros without damage. Does nothing else.
        """
        len(self)

    def save(self, path: Path) -> None:
        """Write the map's bytes to a file at ``path``, which appears whole or not at all.

        A new file is written in the folder of ``path``, synced and renamed, and the folder
        synced. It has the rights of a file that it replaces, which may be this map's own: the
        map then keeps the old file. Mode 'c' has its changes saved so.

        Raises OSError as the system does, FaultError if the map lacks a page, and ValueError if
        it would replace its own file and lacks bytes of it: a file at the path is unchanged
        then, unless only the sync of its folder has failed.
        """
        from ._save import save

        try:
            save(self, path)
        except OSError as error:
            name_file(error, path)
            raise

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        path, mode, offset, _ = self._opened_as()
        if mode == "c":
            text = f"cannot pickle a copy-on-write map of {path!r}: its changes are in no file"
            raise TypeError(text)
        # The file of mode 'w+' exists now, and `protect` may have changed the access.
        mode = "r+" if self.writable() else "r"
        return open_again, (path, mode, offset, len(self), self._identity())

    def _opened_as(self) -> Origin:
        try:
            return self._origin
        except AttributeError:
            text = "this FileMap has no path: it was not made by ironmap.open(path)"
            raise TypeError(text) from None

    def _identity(self) -> Identity | None:
        numbers = self._opened_as()[3]
        return None if numbers is None else Identity.here(numbers)

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
    checks = bool(check)
    if mode == "w+":
        place = (start, whole, trackfd, reserves, checks)
        return open_new(path, place, advice, populate, huge_pages)
    opened = open_file(path, mode, start, whole or None, trackfd, reserves, checks)
    return apply_advice(opened, advice, populate, huge_pages)


def open_new(
    path: Path,
    place: tuple[int, int, bool, bool, bool],
    advice: list[int],
    populate: bool,
    huge_pages: bool,
) -> FileMap:
    """Create or replace a file for mode 'w+', and return its map.

    place: the arguments of ``map_descriptor`` after the mode.
    """
    late = [number for number in advice if number in TOUCHING]
    first = [number for number in advice if number not in TOUCHING]

    def map_new(fd: int) -> FileMap:
        return apply_advice(map_descriptor(fd, path, "w+", *place), first, False, huge_pages)

    offset, length, _, reserve, _ = place
    new = NewFile(path, offset + length, reserve, lambda: bool(populate or late), map_new)
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
    """Return the map of a pickled map, or on failure a closed map whose use raises the error."""
    try:
        check = identity is not None
        return open_file(path, mode, offset, length, check=check, identity=identity)
    except Exception as error:
        absent = absent_map(FileMap, error)
        absent._origin = (path, mode, offset, None)
        return absent


def open_file(
    path: Path,
    mode: str,
    offset: int,
    length: int | None,
    trackfd: bool = True,
    reserve: bool = False,
    check: bool = True,
    identity: Identity | None = None,
) -> FileMap:
    """Map a file that exists.

    length: None for all bytes to the file's end.
    check: whether another process that opens the path must find this very file.
    identity: the identity that the file must have.
    """
    fds: list[int] = []
    try:
        fd = keep(fds, os.open, path, MODES[mode].flags | OPEN_FLAGS)
        return map_descriptor(fd, path, mode, offset, length, trackfd, reserve, check, identity)
    except OSError as error:
        name_file(error, path)
        raise
    finally:
        # Needs no memory and ignores errors: the file is mapped. A signal handler could raise in
        # another call before it.
        try:
            if fds:
                os.close(fds[0])
        except OSError:
            pass


def map_descriptor(
    fd: int,
    path: Path,
    mode: str,
    offset: int,
    length: int | None,
    trackfd: bool,
    reserve: bool,
    check: bool,
    identity: Identity | None = None,
) -> FileMap:
    """Map an open file, with the arguments of ``open_file``. The caller still owns and closes fd."""
    kind, size, numbers, known_path = status_of(fd)
    name = path if isinstance(path, str) else os.fsdecode(path)
    if identity is not None:
        identity.check(Identity.here(numbers), name)
    if mode == "w+" and sys.platform != "win32":
        opened = map_past_end(fd, length or 0, offset, trackfd)
    else:
        length = length_in_file(name, mappable_size(fd, kind, size), offset, length)
        try:
            opened = _map_file(FileMap, fd, length, MODES[mode].access, offset, trackfd)
        except ValueError:
            # The file may have been cut since its size was asked for.
            length_in_file(name, mappable_size(fd, *status_of(fd)[:2]), offset, length)
            raise
        if reserve:
            _reserve_space(fd, offset, length)
    opened._origin = (
        known_path or os.path.realpath(name),
        mode,
        offset,
        numbers if check else None,
    )
    return opened


def map_past_end(fd: int, length: int, offset: int, trackfd: bool) -> FileMap:
    """Map a file that may be too short for the map, without making it longer."""
    opened = _map_past_end(FileMap, fd, length, ACCESS_READ, offset, trackfd)
    # In two steps: hugetlbfs extends a file when it is mapped for writing.
    opened.protect(ACCESS_WRITE)
    return opened


def whole_number(name: str, value: SupportsIndex) -> int:
    number = index(value)
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
