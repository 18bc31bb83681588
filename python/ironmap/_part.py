"""Splitting files into parts of whole records, which can be pickled."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import index
from typing import Literal, overload

from ._advice import Advice, advice_numbers
from ._descriptor import Path
from ._identity import Identity
from ._open import FileMap, apply_advice, open, open_file
from ._public import public

# Bytes compared at a time where record ends follow each other.
STEP = 1 << 16


@public
@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file, by reference: it holds no bytes of the file.

    path: str, absolute.
    offset: int, the start in the file, in bytes.
    length: int, in bytes.
    identity: the identity that the file must have when the part is opened, or None.
    """

    path: str
    offset: int
    length: int
    identity: Identity | None = field(repr=False)

    def open(
        self,
        mode: Literal["r", "r+", "c"] = "r",
        *,
        trackfd: bool = True,
        reserve: bool = False,
        advise: Advice = (),
        populate: bool = False,
        huge_pages: bool = False,
    ) -> FileMap:
        """Map the part, with the other arguments of ``ironmap.open``.

        Raises OSError (ESTALE) if the path now leads to another file, ValueError for
        mode 'w+', which would make a new file, and what ``ironmap.open`` raises.
        """
        if mode not in ("r", "r+", "c"):
            raise ValueError(f"invalid mode {mode!r} for a part: must be 'r', 'r+' or 'c'")
        reserves = bool(reserve)
        if reserves and mode != "r+":
            raise ValueError(f"reserve needs mode 'r+', not {mode!r}")
        advice = advice_numbers(advise)
        check = self.identity is not None
        place = (self.path, mode, self.offset, self.length)
        opened = open_file(*place, trackfd, reserves, check, self.identity)
        return apply_advice(opened, advice, populate, huge_pages)


@overload
def split(
    path: Path, parts: int, *, size: None = None, at: bytes = b"\n", check: bool = True
) -> list[Part]: ...
@overload
def split(
    path: Path, parts: None = None, *, size: int, at: bytes = b"\n", check: bool = True
) -> list[Part]: ...
@public
def split(
    path: Path,
    parts: int | None = None,
    *,
    size: int | None = None,
    at: bytes = b"\n",
    check: bool = True,
) -> list[Part]:
    """Return the parts of a file, in order, each of whole records.

    path: str, bytes or os.PathLike.
    parts: int, the most parts: fewer if records are long, none if the file is empty.
    size: int, instead of parts: the approximate size of a part in bytes; each part ends
        at the end of a record.
    at: bytes, the end of a record. The last record may lack it.
    check: whether a part that is opened on the same machine must find this very file at
        the path (device and inode), not only one that is long enough.

    Reads the file only where parts end. Raises ValueError for numbers below 1 and for
    an empty ``at``; TypeError if a number is not an int or ``at`` not bytes-like, or
    unless exactly one of parts and size is given; and what ``ironmap.open`` raises.

    >>> for part in ironmap.split("access.log", 8): print(part)
    """
    if parts is None and size is None:
        raise TypeError("split() needs a number of parts, or their size: split(path, size=1 << 26)")
    if parts is not None and size is not None:
        raise TypeError("split() takes parts or size, not both")
    count = positive("parts", parts) if size is None else positive("size", size)
    end = end_of_record(at)
    with open(path, check=check) as m:
        if size is not None:
            count = -(-len(m) // count)
        ends = [*ends_of_records(m, end, count), len(m)]
        starts = [0, *ends]
        identity = m._identity()
        pieces = zip(starts, ends, strict=False)
        return [Part(m.path, a, b - a, identity) for a, b in pieces if a < b]


def positive(name: str, number: object) -> int:
    try:
        value = index(number)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be an int, not {number!r}") from None
    if value < 1:
        raise ValueError(f"{name} must be 1 or more, not {value}")
    return value


def end_of_record(at: bytes) -> bytes:
    try:
        end = bytes(memoryview(at))
    except TypeError:
        raise TypeError(f"at must be a bytes-like object, not {at!r}") from None
    if not end:
        raise ValueError("at must not be empty")
    return end


def ends_of_records(m: FileMap, end: bytes, count: int) -> Iterator[int]:
    """Yield the ends of the parts: the first end of a record at or after each of the places
    that divide the file into `count` equal parts, without repetition.
    """
    last, size = 0, len(m)
    # The first place size * part // count after `last`.
    while size and (part := -(-(last + 1) * count // size)) < count:
        place = size * part // count
        found = m.find(end, max(last, place - len(end)))
        if found < 0:
            return
        found = as_read_from_front(m, end, found, last)
        while found + len(end) < place:
            # Record ends that follow each other before the place.
            before = (place - found - 1) // len(end)
            step = ends_in_a_row(m, end, found + len(end), before - 1)
            found = m.find(end, found + len(end) * (step + 1))
            if found < 0:
                return
        last = found + len(end)
        yield last


def as_read_from_front(m: FileMap, end: bytes, found: int, start: int) -> int:
    """Return the first of the overlapping ends up to ``found``.

    In a run of three newlines ``b"\\n\\n"`` is at two places, and a reader from the
    front takes the first.
    """
    period = next(n for n in range(1, len(end) + 1) if end[n:] == end[: len(end) - n])
    while True:
        first = m.find(end, max(start, found - len(end) + 1), found + len(end) - 1)
        if first in (found, -1):
            return found
        # Go to the start of the repetition.
        found = first - period * units_in_a_row_before(m, end[:period], first, start)


def ends_in_a_row(m: FileMap, end: bytes, start: int, most: int) -> int:
    def are_ends(done: int, more: int) -> bool:
        at = start + done * len(end)
        return m[at : at + more * len(end)] == end * more

    return counted(are_ends, most, len(end))


def units_in_a_row_before(m: FileMap, unit: bytes, place: int, start: int) -> int:
    def are_units(done: int, more: int) -> bool:
        at = place - done * len(unit)
        return m[at - more * len(unit) : at] == unit * more

    return counted(are_units, (place - start) // len(unit), len(unit))


def counted(hold: Callable[[int, int], bool], most: int, length: int) -> int:
    """Return how many of up to `most` things hold, each of `length` bytes.

    `hold(done, more)` checks `more` things after `done`, in large steps that become
    smaller at the end.
    """
    done, step = 0, min(most, max(1, STEP // length))
    while step:
        if done + step <= most and hold(done, step):
            done += step
        else:
            step //= 2
    return done
