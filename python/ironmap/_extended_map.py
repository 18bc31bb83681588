"""The methods that maps of ``ironmap.open`` and ``ironmap.shared`` have, and those of the
constructor lack.
"""

from collections.abc import Iterator, Sequence
from typing import Any, SupportsIndex, TypeVar, cast

from ironmap import mmap

from ._file_object import FileObject
from ._ironmap import _absent_map
from ._items import Items

M = TypeVar("M", bound=mmap)

IN_USE = """\
a memoryview, an array or another buffer uses the map's memory. Delete it before, \
or call release(), which closes the map now and unmaps the memory with the last buffer"""


class ExtendedMap(FileObject):
    __slots__ = ()

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

    def array(
        self,
        dtype: Any,
        shape: SupportsIndex | Sequence[SupportsIndex] | None = None,
        offset: SupportsIndex = 0,
    ) -> Any:
        """Return an array of numpy that shows the map's memory, and keeps it.

        dtype: what ``numpy.dtype`` takes.
        shape: int, sequence of them or None; None is one dimension, to the end of the map.
        offset: int, in bytes; the index in the map.

        The array can be written to if the map can. While it exists, ``close`` raises
        BufferError; ``release`` closes the map. Raises ValueError if the array does not fit.
        """
        from ._array import array_of

        return array_of(self, dtype, shape, offset)


def absent_map(class_: type[M], error: Exception) -> M:
    """Return a closed map whose use raises the error, for unpickling.

    An exception from there would never be seen: it ends a process of
    ``multiprocessing.Pool``, whose caller then waits for ever.
    """
    # `args` of an OSError lacks the file name.
    kind, arguments, *_ = cast("tuple[Any, ...]", error.__reduce__())
    return _absent_map(class_, kind, arguments)
