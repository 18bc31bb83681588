"""The bytes of a map, as Python's own iterators ask for them."""

from ironmap import mmap


class Items:
    """The bytes of a map as items, for Python's own iterators: these go on after an error."""

    __slots__ = ("_map",)

    def __init__(self, m: mmap) -> None:
        self._map = m

    def __len__(self) -> int:
        return len(self._map)

    def __getitem__(self, at: int) -> bytes:
        if byte := self._map[at : at + 1]:
            return byte
        raise IndexError
