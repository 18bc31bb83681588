"""The base class of a FileMap.

To type checkers it is a file object, too, because much code asks for ``IO[bytes]`` or ``BinaryIO``.
"""

from typing import TYPE_CHECKING

from ironmap import mmap

if TYPE_CHECKING:
    from typing import BinaryIO, NoReturn

    class FileObject(mmap, BinaryIO):  # type: ignore[misc]
        def __next__(self) -> NoReturn: ...  # There is none.

else:
    FileObject = mmap
