# The private names of the extension; __init__.pyi has the public ones.

import sys
from collections.abc import Callable
from typing import Any, TypeVar

from ironmap import mmap

from ._fault_guard import FaultGuard

_Map = TypeVar("_Map", bound=mmap)

class PreparedNeedles: ...

_Needles = TypeVar("_Needles", bound=PreparedNeedles)

def _prepare_needles(
    class_: type[_Needles], needles: tuple[bytes, ...], ignore_case: bool, /
) -> _Needles: ...
def _map_file(
    class_: type[_Map],
    fileno: int,
    length: int,
    access: int,
    offset: int,
    trackfd: bool,
    /,
) -> _Map: ...
def _map_past_end(
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
def _fault_guard() -> FaultGuard: ...
def _ensure_fault_guard() -> FaultGuard: ...
def _disable_fault_guard() -> None: ...
def _set_fault_hook(hook: Callable[..., Any] | None) -> None: ...
def _set_default_trackfd(trackfd: bool, /) -> None: ...
def _reserve_space(fileno: int, start: int, length: int, /) -> None: ...

if sys.platform != "win32":
    def _replace_with_zeros(fileno: int, size: int, /) -> None: ...
    def _overwrite_with_zeros(fileno: int, size: int, /) -> None: ...

if sys.platform == "linux":
    def _file_status(
        fileno: int, /
    ) -> tuple[int, int, tuple[int, int, int], str | None] | None: ...
