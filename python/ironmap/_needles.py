"""Needles that are prepared once, for many searches."""

from collections.abc import Iterable, Iterator
from operator import index
from typing import TYPE_CHECKING, Any, SupportsIndex

from ._ironmap import PreparedNeedles, _prepare_needles
from ._public import public

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


@public
class Needles(PreparedNeedles):
    """Several needles, prepared once for searches of any maps.

    ``find_any``, ``find_all``, ``count`` and ``lines(matching=…)`` take them. They never
    change, so threads can share them; a pickle has the needles and prepares them again.

    needles: iterable of bytes-like objects, or ints from 0 to 255. If two match at the
        same index, the earlier one is found. None may be empty.
    ignore_case: whether ASCII letters match those of the other case.

    Raises ValueError if there is no needle or one is empty, or if they have more than
    512 MiB together; MemoryError if there is no memory to prepare them: one needle takes
    twice its size, several up to 200 times their size and 20 MiB.

    >>> with ironmap.open("app.log") as m: print(m.count(ironmap.Needles([b"WARN", b"ERROR"])))
    """

    __slots__ = ("_ignore_case", "_needles")
    _needles: tuple[bytes, ...]
    _ignore_case: bool

    def __new__(
        cls,
        needles: "Iterable[ReadableBuffer | SupportsIndex]",
        *,
        ignore_case: bool = False,
    ) -> "Needles":
        if isinstance(needles, bytes | bytearray | memoryview | str):
            kind = type(needles).__name__
            hint = "write Needles([b'…'])"
            raise TypeError(f"needles must be an iterable of needles, not {kind}: {hint}")
        given = tuple(needle_bytes(needle) for needle in needles)
        if not given:
            raise ValueError("there must be at least one needle")
        if b"" in given:
            raise ValueError(f"needle {given.index(b'')} is empty: it would match everywhere")
        made = _prepare_needles(cls, given, bool(ignore_case))
        made._needles, made._ignore_case = given, bool(ignore_case)
        return made

    def __len__(self) -> int:
        return len(self._needles)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._needles)

    def __repr__(self) -> str:
        few = self._needles[:3]
        shown = ", ".join(repr(needle if len(needle) <= 40 else needle[:40]) for needle in few)
        more = ", …" if len(self) > len(few) or any(len(needle) > 40 for needle in few) else ""
        case = ", ignore_case=True" if self._ignore_case else ""
        return f"Needles([{shown}{more}]{case})"

    def __reduce__(self) -> tuple[Any, ...]:
        return prepare_again, (type(self), self._needles, self._ignore_case)


def line_needles(matching: "ReadableBuffer | SupportsIndex | Needles") -> Needles:
    """Return the needles of ``lines(matching=…)``, which are in single lines."""
    needles = matching if isinstance(matching, Needles) else Needles([matching])
    for needle in needles:
        if b"\n" in needle[:-1]:
            raise ValueError(f"{needle!r} is in no single line")
    return needles


def prepare_again(class_: type[Needles], needles: tuple[bytes, ...], ignore_case: bool) -> Needles:
    return class_(needles, ignore_case=ignore_case)


def needle_bytes(needle: "ReadableBuffer | SupportsIndex") -> bytes:
    if isinstance(needle, bytes):
        return needle
    try:
        # First: an array of numpy has an `__index__`, too.
        return bytes(memoryview(needle))  # type: ignore[arg-type]
    except TypeError:
        if isinstance(needle, SupportsIndex):
            return bytes([index(needle)])
        kind = type(needle).__name__
        several = isinstance(needle, list | tuple | set | frozenset)
        hint = ": use Needles([…]) for several" if several else ""
        raise TypeError(f"a needle must be bytes-like or an int, not {kind}{hint}") from None
