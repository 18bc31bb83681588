"""What ironmap promises where the stdlib module of this interpreter does otherwise.

``Promised`` is the stdlib module's map held to that promise: the same object,
the same methods, and one override for each deliberate difference. Whatever has
no override here must be the same, down to the text of the exception.

A rule stands behind most of them: every argument is converted before anything
of the map is looked at, and the map is checked again afterwards.
"""

import errno
import mmap
import operator
import os
import sys
import types

from compat.support import CLOSED

WINDOWS = sys.platform == "win32"

# The kernel cannot give a map of this size, so a resize to it must fail.
IMPOSSIBLE = 1 << 46
IMPOSSIBLE_SIZE = "raised", "OSError", str(OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)))

# 3.14 words a number that no C int holds in one way, the versions before in three.
REWORDED = {
    (old, "Python int too large to convert to C int")
    for old in (
        "Python int too large to convert to C long",
        "signed integer is greater than maximum",
        "signed integer is less than minimum",
    )
}


def settled(argument):
    """The argument as its conversion leaves it, if that conversion runs code."""
    if isinstance(argument, slice) and argument.step != 0:
        return slice(settled(argument.start), settled(argument.stop), settled(argument.step))
    if type(argument).__name__ == "Index":
        return operator.index(argument)
    if type(argument).__name__ == "Buffer" and sys.version_info >= (3, 12):
        return bytes(memoryview(argument))
    return argument


def is_machine_word(argument):
    return isinstance(argument, int) and -sys.maxsize - 1 <= argument <= sys.maxsize


def file_size(fileno):
    """The size of the file behind a descriptor, if there is one."""
    try:
        return os.fstat(fileno).st_size
    except (OSError, OverflowError, TypeError):
        return None


class Items:
    """A map as the sequence protocol sees it: bytes of length 1."""

    def __init__(self, m):
        self.m = m

    def __len__(self):
        return len(self.m)

    def __getitem__(self, at):
        return bytes([self.m[at]])


class Promised(mmap.mmap):
    def __new__(cls, fileno, length, *args, **named):
        fileno, length, *args = map(settled, (fileno, length, *args))
        # What is true or false is not converted to a number.
        named = {name: n if name == "trackfd" else settled(n) for name, n in named.items()}
        # 3.13 added trackfd; ironmap has it everywhere.
        untracked = sys.version_info < (3, 13) and not named.pop("trackfd", True)
        size = file_size(fileno)
        try:
            self = super().__new__(cls, fileno, length, *args, **named)
        except OSError:
            # On Windows the stdlib module leaves the file as long as its map was to be.
            if size is not None:
                os.ftruncate(fileno, size)
            raise
        self.untracked = untracked
        self.anonymous = fileno == -1
        self.offset = named.get("offset", 0)
        self.private = not WINDOWS and bool(named.get("flags", 0) & mmap.MAP_PRIVATE)
        return self

    # No difference, but what a subclass must say to be as the map itself is: of
    # a class written in Python (ironmap's subclasses too) the items are numbers.
    def __iter__(self):
        return iter(Items(self))

    def __contains__(self, item):
        return item in Items(self)

    def __reversed__(self):
        return reversed(Items(self))

    # On 3.11 to 3.13 the defaults of start and end are the position and the
    # length of before the conversions, and None is refused. 3.15 stopped to
    # find the empty needle past the end.
    def find(self, *args):
        args = self._search_range(args)
        found = super().find(*args)
        return -1 if self._starts_past_end(args) else found

    def rfind(self, *args):
        args = self._search_range(args)
        found = super().rfind(*args)
        return -1 if self._starts_past_end(args) else found

    def _starts_past_end(self, args):
        start = operator.index(args[1]) if len(args) > 1 else self.tell()
        return start > len(self)

    def _search_range(self, args):
        args = [settled(argument) for argument in args]
        if len(args) == 3 and args[2] is None:
            args.pop()
        if len(args) >= 2 and args[1] is None:
            args[1] = self.tell()
        return args

    # 3.13 began to return the position, and only the newest versions look
    # again whether a conversion closed the map.
    def seek(self, *args):
        super().seek(*map(settled, args))
        return self.tell()

    # Up to 3.13 a read-only map is noticed before a closed one.
    def write_byte(self, *args):
        return super().write_byte(*map(settled, args))

    # Up to 3.13 numbers below zero are refused before a closed map is.
    def move(self, *args):
        return super().move(*map(settled, args))

    # 3.13 added it.
    def seekable(self):
        return True

    # 3.15 allows a file offset alone, and None or -1 for "to the end"; up to
    # 3.13 a map closed by a conversion gives the kernel's error.
    def flush(self, *args):
        args = [settled(argument) for argument in args]
        if len(args) == 2 and (args[1] is None or repr(args[1]) == "-1"):
            args.pop()
        if len(args) == 1:
            args.append(min(len(self) - operator.index(args[0]), sys.maxsize))
        return super().flush(*args)

    if not WINDOWS:
        # 3.15 allows None for the length; up to 3.13 a range out of bounds is
        # noticed before a closed map is.
        def madvise(self, *args):
            args = [settled(argument) for argument in args]
            if len(args) == 3 and args[2] is None:
                args.pop()
            return super().madvise(*args)

    # 3.15 answers for an anonymous map. Without a descriptor ironmap follows
    # the interpreter where it has trackfd, and 3.15 where it has not.
    def size(self):
        if self.closed:
            return super().size()
        if self.untracked:
            raise ValueError("can't get size with trackfd=False")
        return len(self) if self.anonymous else super().size()

    # The stdlib module says IndexError of a map that the conversion closed, when
    # the index or the value does not fit the length that it had.
    def __getitem__(self, key):
        return super().__getitem__(key if self.closed else settled(key))

    def __delitem__(self, key):
        self._check_writable()
        super().__delitem__(key if isinstance(key, slice) else settled(key))

    # The stdlib module writes out of bounds when converting the value shrinks
    # the map, and scrambles the bytes when the value is the map's own memory.
    def __setitem__(self, key, value):
        self._check_writable()
        key = settled(key)
        # A key that does not fit is refused whatever the value, and an index
        # from the end counts from the end of before the value's conversion.
        if isinstance(key, int):
            super().__getitem__(key)
            key = key + len(self) if key < 0 else key
        if isinstance(key, slice):
            key.indices(0)
        super().__setitem__(key, self._copied(settled(value)))

    def _check_writable(self):
        """A closed or read-only map is refused before anything is converted."""
        super().__setitem__(slice(0, 0), b"")

    def write(self, *args):
        return super().write(*(self._copied(settled(value)) for value in args))

    def _copied(self, value):
        if self.closed:
            return value
        if value is self:
            return self[:]
        if isinstance(value, memoryview) and value.obj is self and value.contiguous:
            return bytes(value)
        return value

    # Refused before anything is touched: no size (the stdlib module empties the
    # file), a private map (it cuts the real file), a shared anonymous map that
    # would grow (reading it is SIGBUS), a size that cannot be had (the file
    # stays grown).
    def resize(self, *args):
        args = [settled(argument) for argument in args]
        if len(args) != 1 or not is_machine_word(args[0]):
            return super().resize(*args)
        self._check_resizable()
        newsize = args[0]
        if newsize == 0 or newsize > sys.maxsize - self.offset:
            raise ValueError("new size out of range")
        if self.anonymous and not self.private and newsize > len(self) and not WINDOWS:
            raise ValueError("mmap: can't expand a shared anonymous mapping on Linux")
        if newsize >= IMPOSSIBLE:
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        self._resize_whole(newsize)

    def _resize_whole(self, newsize):
        if WINDOWS:
            return super().resize(newsize)
        # Advice on a part leaves the map in several of the kernel's areas, and
        # the stdlib module fails to resize it: the same advice for all joins them.
        super().madvise(mmap.MADV_NORMAL)
        before = len(self)
        super().resize(newsize)
        # Memory that was given up and comes back is zeros, as the end of a file
        # is; the stdlib module shows what was in the rest of the last page.
        if self.anonymous and newsize > before:
            super().__setitem__(slice(before, newsize), bytes(newsize - before))

    def _check_resizable(self):
        try:
            super().resize(-1)
        except (TypeError, ValueError) as error:
            if self.untracked and not self.closed:
                raise ValueError("mmap can't resize with trackfd=False.") from None
            if str(error) != "new size out of range":
                raise
        if self.private and not self.anonymous:
            raise TypeError("mmap can't resize a readonly or copy-on-write memory map.")


# The name that messages and repr() give the map.
Promised.__name__ = "mmap.mmap"


def promised_module():
    """The stdlib module with ``Promised`` for its map."""
    names = {name: getattr(mmap, name) for name in dir(mmap) if not name.startswith("_")}
    module = types.SimpleNamespace(**names)
    module.mmap = Promised
    return module


def agree(promised, subject, was_closed):
    """Whether two outcomes are the same, or differ as they may.

    Up to 3.13 a closed map is noticed before the arguments are converted,
    afterwards and in ironmap after it: a conversion that fails then wins.
    """
    if promised == subject:
        return True
    # Which of its limits Windows names is left open.
    if WINDOWS and promised == IMPOSSIBLE_SIZE:
        return subject[:2] == promised[:2]
    if promised[:2] == subject[:2] == ("raised", "OverflowError"):
        return (promised[2], subject[2]) in REWORDED
    return (
        was_closed
        and promised == ("raised", "ValueError", CLOSED)
        and subject[0] == "raised"
        and subject[1] in ("TypeError", "OverflowError", "ZeroDivisionError", "BufferError")
    )


def agree_on_counts(promised, subject, was_closed):
    """Wrong argument counts are worded differently from version to version."""
    both_type_errors = promised[:2] == subject[:2] == ("raised", "TypeError")
    return both_type_errors or agree(promised, subject, was_closed)
