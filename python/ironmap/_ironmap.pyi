# What the package takes from the extension and does not show; what it shows is in
# __init__.pyi.

from typing import TypeVar

from ironmap import mmap

_Map = TypeVar("_Map", bound=mmap)

def _map_file(
    class_: type[_Map],
    fileno: int,
    length: int,
    access: int,
    offset: int,
    trackfd: bool,
    /,
) -> _Map: ...
def _absent_map(
    class_: type[_Map],
    error: type[BaseException],
    arguments: tuple[object, ...],
    /,
) -> _Map: ...
