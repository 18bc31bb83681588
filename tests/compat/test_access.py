"""Reads and writes by access mode, and whether writes reach the file."""

import errno
import os
import sys

import pytest

from .support import (
    NOT_RESIZABLE,
    READONLY,
    contents,
    has,
    hidden_descriptors,
    is_ironmap,
    needs,
    needs_trackfd,
    raises,
    raises_errno,
    unix_only,
)


@pytest.mark.parametrize("access", ["ACCESS_DEFAULT", "ACCESS_WRITE"])
def test_write_reaches_file(mod, make_file, access):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0, access=getattr(mod, access))
    m[0] = ord("X")
    m[1:3] = b"YZ"
    m.seek(3)
    m.write(b"W")
    m.write_byte(ord("V"))
    m.move(5, 0, 1)
    assert m[:] == contents(file) == b"XYZWVX"


def test_getitem_sees_file_writes(mod, make_file):
    file = make_file(b"abcdef")
    maps = [mod.mmap(file.fileno(), 0, access=access) for access in range(4)]
    file.write(b"XYZ")
    assert [m[:] for m in maps] == [b"XYZdef"] * 4


def test_read_only_map_refuses_writes(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0, access=mod.ACCESS_READ)
    m.seek(2)
    attempts = [
        lambda: m.__setitem__(0, 1),
        lambda: m.__setitem__(99, 1),
        lambda: m.__setitem__("no index", 1),
        lambda: m.__setitem__(slice(0, 2), b"XY"),
        lambda: m.__delitem__(0),
        lambda: m.__delitem__(slice(0, 2)),
        lambda: m.write(b"X"),
        lambda: m.write(b""),
        lambda: m.write(b"far too long"),
        lambda: m.write_byte(1),
        lambda: m.move(0, 1, 1),
        lambda: m.move(-1, 0, 0),
    ]
    for attempt in attempts:
        with raises(TypeError, READONLY):
            attempt()
    assert m.tell() == 2
    assert m[:] == contents(file) == b"abcdef"


def test_write_read_only_checks_arguments_first(mod, make_map):
    m = make_map(b"abcdef", access=mod.ACCESS_READ)
    with raises(TypeError, "a bytes-like object is required, not 'str'"):
        m.write("text")
    with raises(TypeError, "'str' object cannot be interpreted as an integer"):
        m.write_byte("text")
    with raises(OverflowError, "unsigned byte integer is greater than maximum"):
        m.write_byte(256)


def test_access_copy_leaves_file_unchanged(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0, access=mod.ACCESS_COPY)
    m[0] = ord("X")
    m.write(b"YZ")
    m.move(3, 0, 2)
    assert m[:] == b"YZcYZf"
    m.flush()
    m.close()
    assert contents(file) == b"abcdef"


@pytest.mark.parametrize("access", ["ACCESS_READ", "ACCESS_COPY"])
@pytest.mark.parametrize("size", [3, 6, 12, -1])
def test_resize_read_only_or_copy_refused(mod, make_file, access, size):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0, access=getattr(mod, access))
    with raises(TypeError, NOT_RESIZABLE):
        m.resize(size)
    assert len(m) == 6
    assert contents(file) == b"abcdef"


@unix_only("Windows has no flags and no prot")
def test_prot_read_refuses_writes(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0, prot=mod.PROT_READ)
    assert m[:] == b"abcdef"
    with raises(TypeError, READONLY):
        m[0] = 1
    with raises(TypeError, NOT_RESIZABLE):
        m.resize(3)
    assert contents(file) == b"abcdef"


@unix_only("Windows has no flags and no prot")
def test_prot_write_is_readable(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0, prot=mod.PROT_WRITE)
    m[0] = ord("X")
    assert m[:] == m.read() == contents(file) == b"Xbcdef"
    assert m.find(b"f") == -1
    assert m.find(b"f", 0) == 5


@unix_only("Windows has no flags and no prot")
def test_prot_sets_access(mod, make_file):
    read, write, execute = mod.PROT_READ, mod.PROT_WRITE, mod.PROT_EXEC
    expected = {
        read: "ACCESS_READ",
        write: "ACCESS_WRITE",
        read | write: "ACCESS_DEFAULT",
        read | execute: "ACCESS_READ",
        write | execute: "ACCESS_WRITE",
        read | write | execute: "ACCESS_DEFAULT",
    }
    for prot, access in expected.items():
        assert f"access={access}," in repr(mod.mmap(-1, 1, prot=prot))


@unix_only("Windows has no flags and no prot")
def test_map_private_leaves_file_unchanged(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0, flags=mod.MAP_PRIVATE)
    assert "access=ACCESS_DEFAULT" in repr(m)
    m[0] = ord("X")
    m.flush()
    assert m[:] == b"Xbcdef"
    assert contents(file) == b"abcdef"


@unix_only("Windows has no flags and no prot")
def test_map_private_prot_read_refuses_writes(mod, make_map):
    m = make_map(b"abcdef", flags=mod.MAP_PRIVATE, prot=mod.PROT_READ)
    assert m[:] == b"abcdef"
    with raises(TypeError, READONLY):
        m[0] = 1


@unix_only("Windows has no flags and no prot")
def test_flags_and_prot_reach_system(mod, page):
    populated = mod.mmap(-1, page, flags=mod.MAP_PRIVATE | mod.MAP_POPULATE)
    assert populated[:] == bytes(page)
    anonymous = mod.mmap(-1, page, mod.MAP_PRIVATE | mod.MAP_ANONYMOUS, mod.PROT_READ)
    assert anonymous[:] == bytes(page)


def test_map_usable_after_file_closed(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0)
    name = file.name
    file.close()
    m[0] = ord("X")
    m.flush()
    assert m.size() == 6
    with open(name, "rb") as again:
        assert again.read() == b"Xbcdef"


@unix_only("Windows keeps a handle, not a descriptor")
def test_descriptor_closed_by_close(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0)
    assert len(hidden_descriptors(file)) == 1
    m.close()
    assert hidden_descriptors(file) == []


@unix_only("Windows keeps a handle, not a descriptor")
def test_descriptor_closed_by_dealloc(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0)
    assert len(hidden_descriptors(file)) == 1
    del m
    assert hidden_descriptors(file) == []


@unix_only("Windows keeps a handle, not a descriptor")
def test_descriptor_not_inheritable(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0)
    assert [os.get_inheritable(fd) for fd in hidden_descriptors(file)] == [False]
    m.close()


@unix_only("Windows keeps a handle, not a descriptor")
def test_descriptor_closed_by_others_raises_ebadf(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0)
    for descriptor in hidden_descriptors(file):
        os.close(descriptor)
    with raises_errno(errno.EBADF):
        m.size()
    for size in (3, 12):
        with raises_errno(errno.EBADF):
            m.resize(size)
    assert m[:] == contents(file) == b"abcdef"
    m.close()
    assert m.closed


def expect_no_size(mod, m):
    """Expects the error of size() for a map that keeps no descriptor."""
    if is_ironmap(mod):
        # The tests of 3.13 and 3.14 themselves expect an OSError.
        unix = sys.platform != "win32"
        gives_oserror = unix and (3, 13) <= sys.version_info < (3, 15)
    else:
        gives_oserror = not has(mod, 3, 15)
    if gives_oserror:
        return raises_errno(errno.EBADF)
    return raises(ValueError, "can't get size with trackfd=False")


@unix_only("Windows keeps a handle, not a descriptor")
def test_trackfd_false_keeps_no_descriptor(mod, make_file):
    needs(mod, 3, 13)
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0, trackfd=False)
    assert hidden_descriptors(file) == []
    m[0] = ord("X")
    m.flush()
    assert m.read() == contents(file) == b"Xbcdef"
    with expect_no_size(mod, m):
        m.size()
    for size in (3, 12, -1):
        with raises(ValueError, "mmap can't resize with trackfd=False."):
            m.resize(size)
    assert contents(file) == b"Xbcdef"


def test_trackfd_false_anonymous_map(mod, page):
    needs_trackfd(mod)
    m = mod.mmap(-1, page, trackfd=False)
    assert len(m) == page
    with expect_no_size(mod, m):
        m.size()
    with raises(ValueError, "mmap can't resize with trackfd=False."):
        m.resize(page // 2)


def test_resize_error_order(mod, make_map):
    needs_trackfd(mod)
    m = make_map(b"abcdef", trackfd=False, access=mod.ACCESS_READ)
    with memoryview(m):
        with raises(BufferError, "mmap can't resize with extant buffers exported."):
            m.resize(-1)
    with raises(ValueError, "mmap can't resize with trackfd=False."):
        m.resize(-1)


@unix_only("Windows has no flags and no prot")
@pytest.mark.parametrize("prot", [0, 1, 4, 5])
def test_write_without_prot_write_refused(mod, prot):
    m = mod.mmap(-1, 6, prot=prot)
    for attempt in (
        lambda: m.__setitem__(0, 1),
        lambda: m.__setitem__(slice(0, 2), b"ab"),
        lambda: m.write(b"ab"),
        lambda: m.write_byte(1),
        lambda: m.move(0, 1, 1),
    ):
        with raises(TypeError, READONLY):
            attempt()
    with raises(TypeError, NOT_RESIZABLE):
        m.resize(3)
    assert len(m) == 6
    m.seek(3)
    assert m.tell() == 3
    m.flush()
    m.close()
