"""Arrays of numpy that show the memory of a map."""

import math
from collections.abc import Sequence
from importlib import import_module
from operator import index
from typing import Any, SupportsIndex

from ironmap import mmap


def array_of(
    m: mmap,
    dtype: Any,
    shape: SupportsIndex | Sequence[SupportsIndex] | None,
    offset: SupportsIndex,
) -> Any:
    numpy: Any = import_module("numpy")
    kind = numpy.dtype(dtype)
    start, room = index(offset), len(m) - index(offset)
    if kind.subdtype is not None:
        raise ValueError(f"{kind} is an array itself: give its base and a shape")
    if not kind.itemsize or start < 0 or room < 0:
        raise ValueError(f"an array of {kind} at offset {start} is outside of {len(m)} bytes")
    if shape is None:
        count, rest = divmod(room, kind.itemsize)
        if rest:
            whole = f"{room} bytes are not whole items of {kind}, which has {kind.itemsize}"
            raise ValueError(f"{whole}: give a shape, such as ({count},)")
        sizes: tuple[int, ...] = (count,)
    else:
        sizes = tuple(map(index, shape if isinstance(shape, Sequence) else (shape,)))
        count = math.prod(sizes)
    if min(sizes, default=0) < 0:
        raise ValueError(f"the sizes of {sizes} must be 0 or more")
    if count * kind.itemsize > room:
        there = f"the map has {len(m)} bytes, {room} from there on"
        raise ValueError(f"{sizes} of {kind} at offset {start} does not fit: {there}")
    if not count:
        return numpy.empty(sizes, kind)
    return numpy.frombuffer(m, kind, count, start).reshape(sizes)
