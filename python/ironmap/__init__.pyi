import sys
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal, SupportsIndex, TypeAlias, overload

from _typeshed import ReadableBuffer, Unused, WriteableBuffer
from typing_extensions import Never, Self, disjoint_base

from ironmap._fault_guard import FaultGuard as FaultGuard
from ironmap._fault_guard import FaultHook as FaultHook
from ironmap._fault_guard import FaultReport as FaultReport
from ironmap._fault_guard import disable_fault_guard as disable_fault_guard
from ironmap._fault_guard import ensure_fault_guard as ensure_fault_guard
from ironmap._fault_guard import fault_guard as fault_guard
from ironmap._fault_guard import set_fault_hook as set_fault_hook
from ironmap._install import install as install
from ironmap._install import uninstall as uninstall
from ironmap._needles import Needles as Needles
from ironmap._open import FileMap as FileMap
from ironmap._open import open as open
from ironmap._part import Part as Part
from ironmap._part import split as split
from ironmap._shared import SharedMap as SharedMap
from ironmap._shared import shared as shared

# Called with the bytes done and all bytes.
_Progress: TypeAlias = Callable[[int, int], object]

__version__: Final[str]

def __dir__() -> list[str]: ...

error = OSError

class FaultError(OSError):
    offset: int
    file_size: int | None

ACCESS_DEFAULT: Final = 0
ACCESS_READ: Final = 1
ACCESS_WRITE: Final = 2
ACCESS_COPY: Final = 3

ALLOCATIONGRANULARITY: Final[int]
PAGESIZE: Final[int]

if sys.platform != "win32":
    PROT_EXEC: Final[int]
    PROT_READ: Final[int]
    PROT_WRITE: Final[int]

    MS_ASYNC: Final[int]
    MS_INVALIDATE: Final[int]
    MS_SYNC: Final[int]

    MAP_ANON: Final[int]
    MAP_ANONYMOUS: Final[int]
    MAP_PRIVATE: Final[int]
    MAP_SHARED: Final[int]

    MADV_NORMAL: Final[int]
    MADV_RANDOM: Final[int]
    MADV_SEQUENTIAL: Final[int]
    MADV_WILLNEED: Final[int]
    MADV_DONTNEED: Final[int]
    MADV_FREE: Final[int]

if sys.platform == "linux":
    # x86 only.
    MAP_32BIT: Final[int]
    MAP_DENYWRITE: Final[int]
    MAP_EXECUTABLE: Final[int]
    MAP_NORESERVE: Final[int]
    MAP_POPULATE: Final[int]
    MAP_STACK: Final[int]

    MADV_DODUMP: Final[int]
    MADV_DOFORK: Final[int]
    MADV_DONTDUMP: Final[int]
    MADV_DONTFORK: Final[int]
    MADV_HUGEPAGE: Final[int]
    MADV_HWPOISON: Final[int]
    MADV_MERGEABLE: Final[int]
    MADV_NOHUGEPAGE: Final[int]
    MADV_REMOVE: Final[int]
    MADV_SOFT_OFFLINE: Final[int]
    MADV_UNMERGEABLE: Final[int]

    # Newer kernels; not in the stdlib module.
    MADV_COLD: Final[int]
    MADV_COLLAPSE: Final[int]
    MADV_KEEPONFORK: Final[int]
    MADV_PAGEOUT: Final[int]
    MADV_POPULATE_READ: Final[int]
    MADV_POPULATE_WRITE: Final[int]
    MADV_WIPEONFORK: Final[int]

    MAP_HUGETLB: Final[int]
    MAP_HUGE_16MB: Final[int]
    MAP_HUGE_1GB: Final[int]
    MAP_HUGE_1MB: Final[int]
    MAP_HUGE_256MB: Final[int]
    MAP_HUGE_2GB: Final[int]
    MAP_HUGE_2MB: Final[int]
    MAP_HUGE_32MB: Final[int]
    MAP_HUGE_512KB: Final[int]
    MAP_HUGE_512MB: Final[int]
    MAP_HUGE_64KB: Final[int]
    MAP_HUGE_8MB: Final[int]
    MAP_HUGE_MASK: Final[int]
    MAP_HUGE_SHIFT: Final[int]
    MAP_LOCKED: Final[int]
    MAP_NONBLOCK: Final[int]
    MAP_SHARED_VALIDATE: Final[int]
    MAP_SYNC: Final[int]
elif sys.platform == "darwin":
    MAP_32BIT: Final[int]
    MAP_HASSEMAPHORE: Final[int]
    MAP_JIT: Final[int]
    MAP_NOCACHE: Final[int]
    MAP_NOEXTEND: Final[int]
    MAP_NORESERVE: Final[int]
    MAP_RESILIENT_CODESIGN: Final[int]
    MAP_RESILIENT_MEDIA: Final[int]
    MAP_TPRO: Final[int]
    MAP_TRANSLATED_ALLOW_EXECUTE: Final[int]
    MAP_UNIX03: Final[int]

    MADV_FREE_REUSABLE: Final[int]
    MADV_FREE_REUSE: Final[int]
elif sys.platform != "win32":
    # The BSDs. Type checkers cannot distinguish them: each constant exists where the
    # system has it.
    MAP_32BIT: Final[int]
    MAP_ALIGNED_SUPER: Final[int]
    MAP_CONCEAL: Final[int]
    MAP_NORESERVE: Final[int]
    MAP_STACK: Final[int]

    MADV_AUTOSYNC: Final[int]
    MADV_CORE: Final[int]
    MADV_NOCORE: Final[int]
    MADV_NOSYNC: Final[int]
    MADV_PROTECT: Final[int]

@disjoint_base
class mmap:
    if sys.platform == "win32":
        def __new__(
            cls,
            fileno: int,
            length: int,
            tagname: str | None = None,
            access: int = 0,
            offset: int = 0,
            *,
            trackfd: bool = True,
        ) -> Self: ...
    else:
        def __new__(
            cls,
            fileno: int,
            length: int,
            flags: int = ...,
            prot: int = ...,
            access: int = 0,
            offset: int = 0,
            *,
            trackfd: bool = True,
        ) -> Self: ...

    @property
    def closed(self) -> bool: ...
    @property
    def faults(self) -> int: ...
    def restore(self) -> None: ...
    def refresh(self) -> int: ...
    def release(self) -> None: ...
    def __bytes__(self) -> bytes: ...
    def close(self) -> None: ...
    def find(
        self,
        view: ReadableBuffer,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        /,
    ) -> int: ...
    def rfind(
        self,
        view: ReadableBuffer,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        /,
    ) -> int: ...
    def flush(
        self, offset: SupportsIndex = 0, size: SupportsIndex = -1, /, *, flags: int = 0
    ) -> None: ...
    def lock(
        self,
        start: SupportsIndex = 0,
        length: SupportsIndex | None = None,
        /,
        *,
        progress: _Progress | None = None,
    ) -> None: ...
    def move(self, dest: SupportsIndex, src: SupportsIndex, count: SupportsIndex, /) -> None: ...
    def populate(
        self,
        start: SupportsIndex = 0,
        length: SupportsIndex | None = None,
        /,
        *,
        progress: _Progress | None = None,
    ) -> None: ...
    def protect(self, access: int, /) -> None: ...
    def read(self, n: SupportsIndex | None = None, /) -> bytes: ...
    def read_byte(self) -> int: ...
    def readline(self) -> bytes: ...
    @overload
    def resident(
        self,
        start: SupportsIndex = 0,
        length: SupportsIndex | None = None,
        /,
        *,
        pages: Literal[False] = False,
        progress: _Progress | None = None,
    ) -> float: ...
    @overload
    def resident(
        self,
        start: SupportsIndex = 0,
        length: SupportsIndex | None = None,
        /,
        *,
        pages: Literal[True],
        progress: _Progress | None = None,
    ) -> bytes: ...
    def resize(self, newsize: SupportsIndex, /, *, reserve: bool = False) -> None: ...
    def seek(self, pos: SupportsIndex, whence: int = 0, /) -> int: ...
    def seekable(self) -> Literal[True]: ...
    def readable(self) -> bool: ...
    def writable(self) -> bool: ...
    def isatty(self) -> Literal[False]: ...
    def fileno(self) -> int: ...
    def readinto(self, buffer: WriteableBuffer, /) -> int: ...
    def readlines(self, hint: SupportsIndex | None = -1, /) -> list[bytes]: ...
    def writelines(self, lines: Iterable[ReadableBuffer], /) -> None: ...
    def truncate(self, size: SupportsIndex | None = None, /) -> int: ...
    def count(
        self,
        sub: ReadableBuffer | SupportsIndex | Needles,
        /,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        *,
        progress: _Progress | None = None,
    ) -> int: ...
    def index(
        self,
        sub: ReadableBuffer | SupportsIndex,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        /,
    ) -> int: ...
    def rindex(
        self,
        sub: ReadableBuffer | SupportsIndex,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        /,
    ) -> int: ...
    def startswith(
        self,
        prefix: ReadableBuffer | tuple[ReadableBuffer, ...],
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        /,
    ) -> bool: ...
    def endswith(
        self,
        suffix: ReadableBuffer | tuple[ReadableBuffer, ...],
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        /,
    ) -> bool: ...
    @overload
    def find_all(
        self,
        sub: Needles,
        /,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        *,
        progress: _Progress | None = None,
    ) -> Iterator[tuple[int, int]]: ...
    @overload
    def find_all(
        self,
        sub: ReadableBuffer | SupportsIndex,
        /,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        *,
        overlapping: bool = False,
        out: None = None,
        progress: _Progress | None = None,
    ) -> Iterator[int]: ...
    @overload
    def find_all(
        self,
        sub: ReadableBuffer | SupportsIndex,
        /,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        *,
        overlapping: bool = False,
        out: WriteableBuffer,
        progress: _Progress | None = None,
    ) -> int: ...
    @overload
    def line_offsets(
        self,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        *,
        out: None = None,
        progress: _Progress | None = None,
    ) -> array[int]: ...
    @overload
    def line_offsets(
        self,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        *,
        out: WriteableBuffer,
        progress: _Progress | None = None,
    ) -> int: ...
    def find_any(
        self,
        needles: Iterable[ReadableBuffer | SupportsIndex] | Needles,
        /,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        *,
        progress: _Progress | None = None,
    ) -> tuple[int, int] | None: ...
    def lines(
        self,
        keepends: bool = True,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        *,
        matching: ReadableBuffer | SupportsIndex | Needles | None = None,
        progress: _Progress | None = None,
    ) -> Iterator[bytes]: ...
    def load_u16(self, offset: SupportsIndex, /) -> int: ...
    def load_u32(self, offset: SupportsIndex, /) -> int: ...
    def load_u64(self, offset: SupportsIndex, /) -> int: ...
    def store_u16(self, offset: SupportsIndex, value: SupportsIndex, /) -> None: ...
    def store_u32(self, offset: SupportsIndex, value: SupportsIndex, /) -> None: ...
    def store_u64(self, offset: SupportsIndex, value: SupportsIndex, /) -> None: ...
    def fetch_add_u32(self, offset: SupportsIndex, value: SupportsIndex, /) -> int: ...
    def fetch_add_u64(self, offset: SupportsIndex, value: SupportsIndex, /) -> int: ...
    def compare_exchange_u32(
        self, offset: SupportsIndex, expected: SupportsIndex, new: SupportsIndex, /
    ) -> int: ...
    def compare_exchange_u64(
        self, offset: SupportsIndex, expected: SupportsIndex, new: SupportsIndex, /
    ) -> int: ...
    def size(self) -> int: ...
    def tell(self) -> int: ...
    def unlock(self, start: SupportsIndex = 0, length: SupportsIndex | None = None, /) -> None: ...
    def write(self, bytes: ReadableBuffer, /) -> int: ...
    def write_byte(self, byte: int, /) -> None: ...
    if sys.platform == "win32":
        def __sizeof__(self) -> int: ...
    else:
        def madvise(
            self, option: int, start: SupportsIndex = 0, length: SupportsIndex | None = None, /
        ) -> None: ...
        def set_name(self, name: str, /) -> None: ...

    if sys.platform == "linux":
        def cold(
            self, start: SupportsIndex = 0, length: SupportsIndex | None = None, /
        ) -> None: ...
    # Linux and FreeBSD.
    if sys.platform != "win32" and sys.platform != "darwin":
        def drop(
            self, start: SupportsIndex = 0, length: SupportsIndex | None = None, /
        ) -> None: ...

    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, key: slice[SupportsIndex | None], /) -> bytes: ...
    @overload
    def __setitem__(self, key: SupportsIndex, value: int, /) -> None: ...
    @overload
    def __setitem__(self, key: slice[SupportsIndex | None], value: ReadableBuffer, /) -> None: ...
    def __delitem__(self, key: SupportsIndex | slice[SupportsIndex | None], /) -> Never: ...
    # The class has no such methods: `in` and iteration use the sequence protocol.
    # Iteration gives bytes of length 1, an index gives an int.
    def __contains__(self, o: object, /) -> bool: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, exc_type: Unused, exc_value: Unused, traceback: Unused, /) -> None: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __release_buffer__(self, buffer: memoryview, /) -> None: ...
