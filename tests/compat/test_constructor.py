"""The constructor: its arguments and their errors."""

import errno
import gc
import os
import sys

import pytest

from .support import (
    INT_TOO_LARGE,
    INT_TOO_SMALL,
    OFFSET_TOO_LARGE,
    Index,
    contents,
    has,
    needs_trackfd,
    raises,
    raises_errno,
    run_python,
    unix_only,
)


@unix_only("Windows has no flags and no prot")
def test_new_positional_arguments(mod, make_file, page):
    file = make_file(b"a" * page + b"b" * page)
    m = mod.mmap(file.fileno(), page, mod.MAP_SHARED, mod.PROT_READ, mod.ACCESS_DEFAULT, page)
    assert m[:] == b"b" * page


@unix_only("Windows has no flags and no prot")
def test_new_keyword_arguments(mod, make_file, page):
    file = make_file(b"a" * page + b"b" * page)
    m = mod.mmap(
        offset=page,
        access=mod.ACCESS_DEFAULT,
        prot=mod.PROT_READ,
        flags=mod.MAP_PRIVATE,
        length=5,
        fileno=file.fileno(),
    )
    assert m[:] == b"bbbbb"


def test_new_length_zero_maps_rest_of_file(mod, make_file, granularity):
    file = make_file(b"a" * granularity + b"tail")
    assert len(mod.mmap(file.fileno(), 0)) == granularity + 4
    assert mod.mmap(file.fileno(), 0, offset=granularity)[:] == b"tail"


def test_new_position_is_zero(mod, make_file):
    file = make_file(b"abc")
    file.seek(2)
    m = mod.mmap(file.fileno(), 0)
    assert m.tell() == 0
    # Windows moves the position of the file, too.
    assert file.tell() == (0 if sys.platform == "win32" else 2)


def test_new_anonymous_is_zeroed_and_writable(mod):
    m = mod.mmap(-1, 13)
    assert len(m) == 13
    assert m[:] == bytes(13)
    m.write(b"Hello world!")
    assert m[:] == b"Hello world!\0"


@unix_only("Windows has no fork")
@pytest.mark.parametrize(("flags", "seen"), [("MAP_SHARED", b"child"), ("MAP_PRIVATE", bytes(5))])
def test_new_anonymous_shared_with_child(mod, flags, seen):
    code = f"""
import os
m = mmap.mmap(-1, 13, flags=mmap.{flags})
if os.fork() == 0:
    m[:5] = b"child"
    os._exit(0)
os.wait()
print(m[:5])
"""
    assert run_python(mod, code).stdout == f"{seen}\n"


@unix_only("on Windows the offset is one into the page file")
def test_new_anonymous_ignores_aligned_offset(mod, page):
    for offset in (page, 1 << 40, (1 << 63) - page):
        m = mod.mmap(-1, page, offset=offset)
        assert m[:] == bytes(page)
        assert repr(m).endswith(f"pos=0, offset={offset}>")


def test_new_index_arguments(mod, make_file, granularity):
    file = make_file(b"a" * granularity + b"bc")
    m = mod.mmap(Index(file.fileno()), Index(2), access=Index(1), offset=Index(granularity))
    assert m[:] == b"bc"


@pytest.mark.parametrize(
    ("length", "offset", "kind", "text"),
    [
        (-1, 0, OverflowError, "memory mapped length must be positive"),
        (-sys.maxsize - 1, 0, OverflowError, "memory mapped length must be positive"),
        (-1, -1, OverflowError, "memory mapped length must be positive"),
        (4, -1, OverflowError, "memory mapped offset must be positive"),
        (4, -(1 << 63), OverflowError, "memory mapped offset must be positive"),
        (0, 4, ValueError, "mmap offset is greater than file size"),
        (0, sys.maxsize, ValueError, "mmap offset is greater than file size"),
        (1 << 63, 0, OverflowError, "Python int too large to convert to C ssize_t"),
        (-(1 << 63) - 1, 0, OverflowError, "Python int too large to convert to C ssize_t"),
        (4, 1 << 63, OverflowError, OFFSET_TOO_LARGE),
        (1.5, 0, TypeError, "'float' object cannot be interpreted as an integer"),
        (None, 0, TypeError, "'NoneType' object cannot be interpreted as an integer"),
        (4, 1.0, TypeError, "'float' object cannot be interpreted as an integer"),
        (4, "0", TypeError, "'str' object cannot be interpreted as an integer"),
    ],
)
def test_new_wrong_length_or_offset(mod, make_file, length, offset, kind, text):
    file = make_file(b"abcd")
    with raises(kind, text):
        mod.mmap(file.fileno(), length, offset=offset)
    assert contents(file) == b"abcd"


@unix_only("Windows makes the file longer")
@pytest.mark.parametrize(
    ("length", "offset"),
    [(5, 0), (sys.maxsize, 0), (1, 4), (1, 5), (sys.maxsize, 1), (1, sys.maxsize)],
)
def test_new_length_past_end_of_file(mod, make_file, length, offset):
    file = make_file(b"abcd")
    with raises(ValueError, "mmap length is greater than file size"):
        mod.mmap(file.fileno(), length, offset=offset)
    assert contents(file) == b"abcd"


@unix_only("Windows has errors of its own")
@pytest.mark.parametrize("length", [0, 1])
def test_new_unaligned_offset(mod, make_file, length):
    file = make_file(b"abcd")
    with raises_errno(errno.EINVAL):
        mod.mmap(file.fileno(), length, offset=1)
    assert contents(file) == b"abcd"


@unix_only("Windows makes the file longer")
def test_new_empty_file(mod, make_file):
    file = make_file(b"")
    with raises(ValueError, "cannot mmap an empty file"):
        mod.mmap(file.fileno(), 0)
    with raises(ValueError, "mmap length is greater than file size"):
        mod.mmap(file.fileno(), 1)
    assert contents(file) == b""


@unix_only("Windows has errors of its own")
def test_new_anonymous_wrong(mod, page):
    with raises_errno(errno.EINVAL):
        mod.mmap(-1, 0)
    with raises_errno(errno.EINVAL):
        mod.mmap(-1, page, offset=1)
    with raises_errno(errno.ENOMEM):
        mod.mmap(-1, sys.maxsize)
    with raises(OverflowError, "memory mapped length must be positive"):
        mod.mmap(-1, -1)


@pytest.mark.parametrize(
    ("fileno", "kind", "text"),
    [
        ("x", TypeError, "'str' object cannot be interpreted as an integer"),
        (None, TypeError, "'NoneType' object cannot be interpreted as an integer"),
        (1.0, TypeError, "'float' object cannot be interpreted as an integer"),
        (1 << 31, OverflowError, INT_TOO_LARGE),
        (-(1 << 31) - 1, OverflowError, INT_TOO_SMALL),
        (1 << 64, OverflowError, "Python int too large to convert to C long"),
    ],
)
def test_new_wrong_fileno(mod, fileno, kind, text):
    with raises(kind, text):
        mod.mmap(fileno, 1)


@pytest.mark.parametrize(
    "name", ["access"] if sys.platform == "win32" else ["flags", "prot", "access"]
)
@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("x", TypeError, "'str' object cannot be interpreted as an integer"),
        (1.0, TypeError, "'float' object cannot be interpreted as an integer"),
        (1 << 31, OverflowError, INT_TOO_LARGE),
        (-(1 << 31) - 1, OverflowError, INT_TOO_SMALL),
    ],
)
def test_new_wrong_flags_prot_access(mod, name, value, kind, text):
    with raises(kind, text):
        mod.mmap(-1, 1, **{name: value})


@pytest.mark.parametrize("access", [4, -1, 1000])
def test_new_unknown_access(mod, make_file, access):
    file = make_file(b"abcd")
    with raises(ValueError, "mmap invalid access parameter."):
        mod.mmap(file.fileno(), 4, access=access)


@unix_only("Windows has no flags and no prot")
@pytest.mark.parametrize("access", [1, 2, 3, 4, -1])
@pytest.mark.parametrize("other", ["flags", "prot"])
def test_new_access_with_flags_or_prot(mod, make_file, access, other):
    value = {"flags": mod.MAP_PRIVATE, "prot": mod.PROT_READ}[other]
    file = make_file(b"abcd")
    with raises(ValueError, "mmap can't specify both access and flags, prot."):
        mod.mmap(file.fileno(), 4, access=access, **{other: value})


@unix_only("Windows has no flags and no prot")
def test_new_access_with_default_flags_and_prot(mod, make_file):
    file = make_file(b"abcd")
    both = mod.PROT_READ | mod.PROT_WRITE
    m = mod.mmap(file.fileno(), 4, access=mod.ACCESS_READ, flags=mod.MAP_SHARED, prot=both)
    assert "access=ACCESS_READ" in repr(m)


@unix_only("Windows has no flags and no prot")
def test_new_flags_without_sharing_kind(mod, make_file):
    with raises_errno(errno.EINVAL):
        mod.mmap(make_file(b"abcd").fileno(), 4, flags=0)


@unix_only("Windows judges the access first")
def test_new_error_order(mod, make_file):
    descriptor = make_file(b"abcd").fileno()
    with raises(OverflowError, "memory mapped length must be positive"):
        mod.mmap(descriptor, -1, offset=-1, access=9)
    with raises(OverflowError, "memory mapped offset must be positive"):
        mod.mmap(descriptor, 4, offset=-1, access=9)
    with raises(ValueError, "mmap invalid access parameter."):
        mod.mmap(-2, 4, access=9)


def test_new_missing_arguments(mod, make_file):
    with raises(TypeError, "function missing required argument 'fileno' (pos 1)"):
        mod.mmap()
    with raises(TypeError, "function missing required argument 'length' (pos 2)"):
        mod.mmap(make_file(b"abcd").fileno())


def test_new_argument_given_twice(mod):
    with raises(TypeError, "argument for function given by name ('fileno') and position (1)"):
        mod.mmap(-1, 1, fileno=-1)


@unix_only("Windows has no flags and no prot")
def test_new_too_many_arguments(mod):
    arguments = (-1, 1, mod.MAP_SHARED, mod.PROT_READ, 0, 0)
    if has(mod, 3, 13):
        with raises(TypeError, "function takes at most 6 positional arguments (7 given)"):
            mod.mmap(*arguments, True)
        with raises(TypeError, "function takes at most 7 arguments (8 given)"):
            mod.mmap(*arguments, True, True)
    else:
        with raises(TypeError, "function takes at most 6 arguments (7 given)"):
            mod.mmap(*arguments, True)


def test_new_unknown_keyword(mod):
    # The interpreter parses the arguments and chooses the words.
    if sys.version_info >= (3, 13):
        text = "this function got an unexpected keyword argument 'bogus'"
    else:
        text = "'bogus' is an invalid keyword argument for this function"
    with raises(TypeError, text):
        mod.mmap(-1, 1, bogus=1)


def test_new_trackfd_truth_value(mod, make_file):
    needs_trackfd(mod)
    descriptor = make_file(b"abcd").fileno()
    assert mod.mmap(descriptor, 4, trackfd=[1]).size() == 4
    with pytest.raises((OSError, ValueError)):
        mod.mmap(descriptor, 4, trackfd=[]).size()


def test_new_trackfd_bool_raises(mod):
    needs_trackfd(mod)

    class Undecided:
        def __bool__(self):
            raise KeyError("undecided")

    with raises(KeyError, "'undecided'"):
        mod.mmap(-1, 1, trackfd=Undecided())


@unix_only("Windows keeps a handle, not a descriptor")
def test_new_failure_leaks_no_descriptor(mod, make_file, page):
    file = make_file(b"abcd")
    # Another test may have left files in cycles.
    gc.collect()
    before = os.listdir("/dev/fd")
    with raises_errno(errno.EINVAL):
        mod.mmap(file.fileno(), 1, offset=1)
    with raises_errno(errno.EINVAL):
        mod.mmap(file.fileno(), 4, flags=0)
    assert os.listdir("/dev/fd") == before
