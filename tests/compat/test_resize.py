"""resize and size."""

import errno
import os
import sys

import pytest

from .support import (
    CLOSED,
    GROWTH_REFUSED,
    Index,
    contents,
    growth_refused,
    has,
    is_ironmap,
    raises,
    raises_errno,
    run_python,
    unix_only,
)

EXPORTED = "mmap can't resize with extant buffers exported."
OUT_OF_RANGE = "new size out of range"

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith(("linux", "netbsd", "win32")),
    reason="the stdlib module resizes only where there is mremap, and on Windows",
)


def test_resize_grow_appends_zeros(mod, make_file, page):
    file = make_file(b"abc")
    m = mod.mmap(file.fileno(), 0)
    assert m.resize(3 * page) is None
    assert len(m) == m.size() == 3 * page
    m[-3:] = b"xyz"
    assert m[:] == contents(file) == b"abc" + bytes(3 * page - 6) + b"xyz"


def test_resize_shrink_keeps_start(mod, make_file, page):
    file = make_file(b"abc" * page)
    m = mod.mmap(file.fileno(), 0)
    m[0] = ord("X")
    assert m.resize(page) is None
    assert len(m) == m.size() == page
    assert m[:] == contents(file) == b"X" + (b"abc" * page)[1:page]
    with raises(IndexError, "mmap index out of range"):
        m[page]


def test_resize_within_page(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0)
    for size in (3, 1, 5, 6, 6, 2):
        m.resize(size)
        assert len(m) == m.size() == size
    assert m[:] == contents(file) == b"a\0"


def test_resize_shrink_then_grow_zeroes(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0)
    m.resize(2)
    m.resize(6)
    assert m[:] == contents(file) == b"ab\0\0\0\0"


def test_resize_repeatedly_changes_file_size(mod, make_file, page):
    file = make_file(b"a" * page)
    m = mod.mmap(file.fileno(), 0)
    for size in (100 * page, page // 2, 1000 * page, 1, page):
        m.resize(size)
        m[size - 1] = ord("X")
        assert os.fstat(file.fileno()).st_size == size
        assert m[size - 1] == ord("X")


def test_resize_index_size(make_map):
    m = make_map(b"abcdef")
    m.resize(Index(3))
    assert m[:] == b"abc"
    m.resize(True)
    assert m[:] == b"a"


def test_resize_file_offset(mod, make_file, granularity):
    file = make_file(b"a" * granularity + b"b" * granularity + b"c" * granularity)
    m = mod.mmap(file.fileno(), 0, offset=granularity)
    m.resize(granularity + 10)
    assert len(m) == granularity + 10
    assert m.size() == 2 * granularity + 10
    assert contents(file) == b"a" * granularity + b"b" * granularity + b"c" * 10
    m.resize(3 * granularity)
    assert m.size() == 4 * granularity
    assert m[:] == b"b" * granularity + b"c" * 10 + bytes(2 * granularity - 10)
    assert contents(file) == b"a" * granularity + m[:]


def test_resize_partial_map_cuts_file(mod, make_file, page):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 2)
    m.resize(4)
    assert m[:] == contents(file) == b"abcd"


def test_resize_keeps_position(make_map):
    m = make_map(b"abcdef")
    m.seek(4)
    m.resize(10)
    assert m.tell() == 4
    m.resize(2)
    assert m.tell() == 4


@pytest.mark.parametrize(
    ("size", "kind", "text"),
    [
        (-1, ValueError, OUT_OF_RANGE),
        (-sys.maxsize - 1, ValueError, OUT_OF_RANGE),
        (2**63, OverflowError, "Python int too large to convert to C ssize_t"),
        ("3", TypeError, "'str' object cannot be interpreted as an integer"),
        (3.0, TypeError, "'float' object cannot be interpreted as an integer"),
        (None, TypeError, "'NoneType' object cannot be interpreted as an integer"),
    ],
)
def test_resize_wrong_size(mod, make_file, size, kind, text):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0)
    m.seek(3)
    with raises(kind, text):
        m.resize(size)
    assert (len(m), m.tell(), m[:], contents(file)) == (6, 3, b"abcdef", b"abcdef")


def test_resize_size_plus_offset_overflow(mod, make_file, granularity):
    file = make_file(b"a" * granularity + b"b")
    m = mod.mmap(file.fileno(), 0, offset=granularity)
    with raises(ValueError, OUT_OF_RANGE):
        m.resize(sys.maxsize - granularity + 1)
    assert m[:] == b"b"
    assert contents(file) == b"a" * granularity + b"b"


@unix_only("Windows has no limit on the size of files")
def test_resize_past_rlimit_fsize(mod, make_file):
    file = make_file(b"abcdef")
    code = f"""
import resource
PAGE = mmap.PAGESIZE
file = open({file.name!r}, "r+b")
m = mmap.mmap(file.fileno(), 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (8 * PAGE, 8 * PAGE))
try:
    m.resize(16 * PAGE)
except OSError as error:
    print(error.errno, len(m), m[:], m.size())
m.resize(8 * PAGE)
print(len(m) == m.size() == 8 * PAGE)
"""
    assert run_python(mod, code).stdout == f"{errno.EFBIG} 6 b'abcdef' 6\nTrue\n"


def test_resize_past_address_space(mod, make_file):
    # The error can be about the limit of the file or of the map.
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0)
    with pytest.raises(OSError) as caught:
        m.resize(sys.maxsize)
    assert caught.value.errno in (errno.EFBIG, errno.ENOMEM, errno.EINVAL)
    assert m[:] == b"abcdef"
    if not is_ironmap(mod) and os.fstat(file.fileno()).st_size == sys.maxsize:
        pytest.skip("the stdlib module leaves the file long; this file system can have such files")
    assert contents(file) == b"abcdef"


@pytest.mark.parametrize("size", [3, 6, 12, -1])
def test_resize_exported_buffer_refused(mod, make_file, size):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0)
    with memoryview(m) as view:
        with raises(BufferError, EXPORTED):
            m.resize(size)
        assert view.tobytes() == b"abcdef"
    assert contents(file) == b"abcdef"
    m.resize(3)
    assert contents(file) == b"abc"


def test_resize_checks_exports_before_access(mod, make_map):
    m = make_map(b"abcdef", access=mod.ACCESS_READ)
    with memoryview(m):
        with raises(BufferError, EXPORTED):
            m.resize(3)


def test_resize_checks_arguments_before_exports(make_map):
    m = make_map(b"abcdef")
    with memoryview(m):
        with raises(TypeError, "'str' object cannot be interpreted as an integer"):
            m.resize("3")


def test_resize_shrink_anonymous(mod, page):
    m = mod.mmap(-1, 4 * page)
    m[: 2 * page] = b"a" * (2 * page)
    m.resize(2 * page)
    assert m[:] == b"a" * (2 * page)
    m.resize(10)
    assert m[:] == b"a" * 10
    m.resize(10)
    assert len(m) == 10


@unix_only("Windows has no flags and no prot")
def test_resize_grow_private_anonymous(mod, page):
    m = mod.mmap(-1, page, flags=mod.MAP_PRIVATE)
    m[:] = b"a" * page
    m.resize(50 * page)
    assert m[:] == b"a" * page + bytes(49 * page)
    m.resize(page)
    assert m[:] == b"a" * page


@unix_only("memory without a file can grow on Windows")
def test_resize_grow_shared_anonymous_within_page(mod, page):
    m = mod.mmap(-1, 13)
    if has(mod, *GROWTH_REFUSED):
        with raises(ValueError, growth_refused(mod)):
            m.resize(page)
        assert len(m) == 13
    else:
        m.resize(page)
        assert m[:] == bytes(page)


def test_size_closed_map(make_map):
    m = make_map(b"abcdef")
    m.close()
    with raises(ValueError, CLOSED):
        m.size()


def test_size_is_file_size(mod, make_file, granularity):
    file = make_file(b"a" * granularity + b"bcd")
    assert mod.mmap(file.fileno(), 0, offset=granularity).size() == granularity + 3
    m = mod.mmap(file.fileno(), 2)
    assert m.size() == granularity + 3
    file.seek(0, os.SEEK_END)
    file.write(b"efg")
    assert m.size() == granularity + 6
    assert len(m) == 2


@pytest.mark.parametrize("access", range(4))
def test_size_every_access(mod, make_map, access):
    assert make_map(b"abcdef", access=access).size() == 6


def test_size_anonymous_is_length_or_refused(mod, page):
    m = mod.mmap(-1, 2 * page)
    if has(mod, 3, 15) or sys.platform == "win32":
        assert m.size() == 2 * page
        m.resize(page)
        assert m.size() == page
    else:
        with raises_errno(errno.EBADF):
            m.size()
