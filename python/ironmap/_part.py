"""Files in parts that end with a record, each small enough to send."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ._identity import Identity
from ._open import FileMap, Path, open, open_file, prepared


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file, by reference: no bytes of it.

    path: str, absolute.
    offset: int, where in the file it begins, in bytes.
    length: int, in bytes.
    """

    path: str
    offset: int
    length: int
    identity: Identity = field(repr=False)

    def open(
        self,
        mode: str = "r",
        *,
        trackfd: bool = True,
        advise: int | Iterable[int] = (),
        populate: bool = False,
        huge_pages: bool = False,
    ) -> FileMap:
        """Map the part: what ``ironmap.open`` gives, with its other arguments.

        Raises OSError (ESTALE) if the path leads to another file by now; what else
        ``ironmap.open`` raises. Mode 'w+', which makes a new file, is a ValueError.
        """
        if mode not in ("r", "r+", "c"):
            raise ValueError(f"invalid mode {mode!r} for a part: must be 'r', 'r+' or 'c'")
        opened = open_file(self.path, mode, self.offset, self.length, trackfd, self.identity)
        return prepared(opened, advise, populate, huge_pages)


def split(
    path: Path,
    parts: int | None = None,
    *,
    size: int | None = None,
    at: bytes = b"\n",
) -> list[Part]:
    """The parts of a file, in order, each of whole records.

    path: str, bytes or os.PathLike.
    parts: int, how many, at most: fewer where records are long, none of an empty
        file.
    size: int, in place of parts: how many bytes a part has, about; to the end of
        the record that it ends in.
    at: bytes, what a record ends with. The file's last may lack it.

    Looks at the file where parts end, and nowhere else. Raises ValueError for
    numbers below 1 and an empty ``at``, TypeError unless just one of parts and size
    is given, and what ``ironmap.open`` raises.

    >>> for part in ironmap.split("access.log", 8): print(part)
    """
    end = bytes(memoryview(at))
    if not end:
        raise ValueError("records must end with something: at is empty")
    if (parts is None) == (size is None):
        raise TypeError("split() takes parts or size, and not both")
    number = parts if size is None else size
    if number is None or number < 1:
        name = "parts" if size is None else "size"
        raise ValueError(f"{name} must be 1 or more, not {number}")
    with open(path) as m:
        count = -(-len(m) // size) if size else number
        ends = [*ends_of_records(m, end, (len(m) * i // count for i in range(1, count))), len(m)]
        starts = [0, *ends]
        identity = m._origin.identity
        pieces = zip(starts, ends, strict=False)
        return [Part(m.path, a, b - a, identity) for a, b in pieces if a < b]


def ends_of_records(m: FileMap, end: bytes, places: Iterable[int]) -> Iterator[int]:
    """The first end of a record at or behind each place, in order."""
    last = 0
    for place in places:
        if place <= last:
            continue
        found = m.find(end, max(last, place - len(end)))
        if found < 0:
            return
        found = as_read_from_front(m, end, found, last)
        while found + len(end) < place:
            found = m.find(end, found + len(end))
            if found < 0:
                return
        last = found + len(end)
        yield last


def as_read_from_front(m: FileMap, end: bytes, found: int, start: int) -> int:
    """The first of the ends that overlap, one with the next, up to ``found``.

    In a run of three newlines ``b"\\n\\n"`` is at two places, and who reads from the
    front takes the first.
    """
    while True:
        first = m.find(end, max(start, found - len(end) + 1), found + len(end) - 1)
        if first in (found, -1):
            return found
        found = first
