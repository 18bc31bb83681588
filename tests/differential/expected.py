"""The expected behaviour where it differs from the stdlib module of this interpreter.

``Promised`` is a map of the stdlib module with one override for each intended
difference. Everything without an override must be the same, down to the text of the
exception.

Most differences follow from one rule: the map is checked again after each conversion.
"""

import errno
import mmap
import operator
import os
import sys
import types

from compat.support import CLOSED

WINDOWS = sys.platform == "win32"

# The kernel cannot make a map of this size, so a resize to it must fail.
IMPOSSIBLE = 1 << 46
IMPOSSIBLE_SIZE = "raised", "OSError", str(OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)))

# 3.14 has one text for a number that fits no C int; earlier versions have three.
REWORDED = {
    (old, "Python int too large to convert to C int")
    for old in (
        "Python int too large to convert to C long",
        "signed integer is greater than maximum",
        "signed integer is less than minimum",
    )
}


def settled(argument):
    """Converts the argument, if its conversion runs code."""
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
    """Returns the size of the descriptor's file, or None."""
    try:
        return os.fstat(fileno).st_size
    except (OSError, OverflowError, TypeError):
        return None


class Items:
    """A map as a sequence of bytes objects of length 1."""

    def __init__(self, m):
        self.m = m

    def __len__(self):
        return len(self.m)

    def __getitem__(self, at):
        return bytes([self.m[at]])


class Promised(mmap.mmap):
    def __new__(cls, fileno, length, *args, **named):
        fileno, length, *args = map(settled, (fileno, length, *args))
        # trackfd is tested for truth, not converted to a number.
        named = {name: n if name == "trackfd" else settled(n) for name, n in named.items()}
        # 3.13 added trackfd; ironmap has it everywhere.
        untracked = sys.version_info < (3, 13) and not named.pop("trackfd", True)
        size = file_size(fileno)
        try:
            self = super().__new__(cls, fileno, length, *args, **named)
        except OSError:
            # On Windows the stdlib module leaves the file at the length of the failed map.
            if size is not None:
                os.ftruncate(fileno, size)
            raise
        self.untracked = untracked
        self.readonly = "access=ACCESS_READ," in repr(self)
        self.anonymous = fileno == -1
        self.offset = named.get("offset", 0)
        self.private = not WINDOWS and bool(named.get("flags", 0) & mmap.MAP_PRIVATE)
        return self

    # Not a difference: a subclass written in Python (of ironmap, too) iterates over numbers
    # unless it has these methods.
    def __iter__(self):
        return iter(Items(self))

    def __contains__(self, item):
        return item in Items(self)

    def __reversed__(self):
        return reversed(Items(self))

    # On 3.11 to 3.13 the default of start is the position before the conversions, and None
    # is refused. The default of end is the length before those of the bounds. 3.15 no longer
    # finds the empty needle past the end.
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
        needle, bounds = [*map(settled, args[:1])], args[1:]
        if not 1 <= len(bounds) <= 2:
            return [*needle, *map(settled, bounds)]
        if self.closed:
            # It is noticed before the bounds are converted.
            return needle
        end = len(self)
        bounds = [settled(bound) for bound in bounds]
        if not self.closed and bounds[0] is None:
            bounds[0] = self.tell()
        if len(bounds) == 1 or bounds[1] is None:
            bounds[1:] = [end]
        return [*needle, *bounds]

    # 3.13 began to return the position, and only the newest versions check again
    # whether a conversion has closed the map.
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

    # 3.15 allows an offset without a size, and -1 for "to the end"; 3.14 allows None, too. Up
    # to 3.13 a map that a conversion has closed raises the kernel's error.
    def flush(self, *args):
        args = [settled(argument) for argument in args]
        if len(args) == 2 and args[1] is None:
            if isinstance(args[0], int) and not is_machine_word(args[0]):
                raise OverflowError("Python int too large to convert to C ssize_t")
            operator.index(args[0])
            operator.index(None)
        if len(args) == 2 and repr(args[1]) == "-1":
            args.pop()
        if len(args) == 1:
            args.append(min(len(self) - operator.index(args[0]), sys.maxsize))
        return super().flush(*args)

    if not WINDOWS:
        # 3.15 allows None for the length; up to 3.13 a range out of bounds is
        # noticed before a closed map is. So is a start out of bounds where the conversion of
        # the length closes the map.
        def madvise(self, *args):
            args = [*map(settled, args[:2]), *args[2:]]
            if self.closed:
                super().madvise(*args[:2])
            before = len(self)
            args = [*args[:2], *map(settled, args[2:])]
            if self.closed and len(args) == 3 and not 0 <= args[1] < before:
                raise ValueError("madvise start out of bounds")
            if len(args) == 3 and args[2] is None:
                args.pop()
            return super().madvise(*args)

    # 3.15 returns the size of an anonymous map. Without a descriptor ironmap does what
    # the interpreter does if that has trackfd, and else what 3.15 does.
    def size(self):
        if self.closed:
            return super().size()
        if self.untracked:
            raise ValueError("can't get size with trackfd=False")
        return len(self) if self.anonymous else super().size()

    # An index that closes the map is out of range by the length from before.
    def __getitem__(self, key):
        before = 0 if self.closed else len(self)
        key = settled(key) if before else key
        if self.closed and before and isinstance(key, int) and not -before <= key < before:
            raise IndexError("mmap index out of range")
        return super().__getitem__(key)

    # From 3.14.8 on a store checks the access, converts the index and the value, and then
    # looks whether the map is open and has the index. Before, it writes out of bounds when
    # converting the value shrinks the map. The bytes are scrambled when the value is the map's
    # own memory.
    def __delitem__(self, key):
        self._check_access()
        of_slice = isinstance(key, slice)
        self._check_store(settled(key), b"" if of_slice else 0)
        what = "mmap object doesn't support slice" if of_slice else "mmap doesn't support item"
        raise TypeError(f"{what} deletion")

    def __setitem__(self, key, value):
        self._check_access()
        key = settled(key)
        if isinstance(key, slice) and key.step == 0:
            raise ValueError("slice step cannot be zero")
        value = settled(value)
        if not self.closed and isinstance(key, int) and not hasattr(value, "__index__"):
            # Up to 3.13, whose own tests ask for it, the bounds come first.
            if sys.version_info < (3, 14) and not -len(self) <= key < len(self):
                raise IndexError("mmap index out of range")
        self._check_store(key, value)
        super().__setitem__(key, self._copied(value))

    def _check_access(self):
        if self.readonly:
            raise TypeError("mmap can't modify a readonly memory map.")

    @staticmethod
    def _check_store(key, value):
        """Refuses what no map stores."""
        with mmap.mmap(-1, 1) as other:
            if isinstance(key, slice):
                other[key]
                stores = [(slice(0, 0), value)]
            else:
                stores = [(key, 0), (0, value)]
            for place, stored in stores:
                try:
                    other[place] = stored
                except IndexError as error:
                    # Bounds and sizes are those of the other map.
                    if "mmap" not in str(error):
                        raise

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

    # Refused before anything is changed: size 0 (the stdlib module empties the file), a
    # private map (it cuts the file), growth of a shared anonymous map (reading it is
    # SIGBUS), an impossible size (the file stays longer).
    def resize(self, *args):
        args = [settled(argument) for argument in args]
        if len(args) != 1 or not is_machine_word(args[0]):
            return super().resize(*args)
        self._check_resizable()
        newsize = args[0]
        if newsize == 0 or newsize > sys.maxsize - self.offset:
            raise ValueError("new size out of range")
        if self.anonymous and not self.private and newsize > len(self) and not WINDOWS:
            raise ValueError("mmap: can't expand a shared anonymous mapping")
        if newsize >= IMPOSSIBLE:
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        self._resize_whole(newsize)

    def _resize_whole(self, newsize):
        if WINDOWS:
            return super().resize(newsize)
        # Advice for a part splits the map into several areas of the kernel, which the stdlib
        # module cannot resize. The same advice for all of it joins them.
        super().madvise(mmap.MADV_NORMAL)
        before = len(self)
        super().resize(newsize)
        # Memory that comes back is zeros, as the end of a file is. The stdlib module
        # shows the old bytes in the rest of the last page.
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


# The name of the map in messages and in repr().
Promised.__name__ = "mmap.mmap"


def promised_module():
    """The stdlib module with ``Promised`` for its map."""
    names = {name: getattr(mmap, name) for name in dir(mmap) if not name.startswith("_")}
    module = types.SimpleNamespace(**names)
    module.mmap = Promised
    return module


def agree(promised, subject, was_closed):
    """Returns whether two outcomes are equal or differ in an allowed way.

    Up to 3.13 the check for a closed map comes before the conversion of arguments, later
    and in ironmap after it: then the error of the conversion comes first.
    """
    if promised == subject:
        return True
    # Windows can name any of its limits.
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
    """Ignores the text for wrong numbers of arguments, which depends on the version."""
    both_type_errors = promised[:2] == subject[:2] == ("raised", "TypeError")
    return both_type_errors or agree(promised, subject, was_closed)
