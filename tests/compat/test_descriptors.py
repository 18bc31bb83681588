"""Descriptors other than those of regular files open for update."""

import errno
import os
import socket

import pytest

from .support import contents, raises, raises_errno, unix_only

pytestmark = unix_only("Windows has none of these files; for others see test_windows.py")

ACCESSES = ("ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY")
WRITING = ("ACCESS_DEFAULT", "ACCESS_WRITE")


@pytest.fixture(params=ACCESSES)
def access(request):
    return request.param


@pytest.fixture
def open_descriptor():
    """Open a path; the descriptor is closed at the end."""
    opened = []

    def do_open(path, flags):
        opened.append(os.open(path, flags))
        return opened[-1]

    yield do_open
    for descriptor in opened:
        os.close(descriptor)


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_new_directory_refused(mod, page, access, open_descriptor, tmp_path):
    directory = open_descriptor(tmp_path, os.O_RDONLY)
    with raises_errno(errno.EACCES if access in WRITING else errno.ENODEV):
        mod.mmap(directory, page, access=getattr(mod, access))
    with raises_errno(errno.EINVAL):
        mod.mmap(directory, 0, access=getattr(mod, access))


def test_new_pipe_read_end(mod, page, access, pipe):
    with raises_errno(errno.EACCES if access in WRITING else errno.ENODEV):
        mod.mmap(pipe[0], page, access=getattr(mod, access))
    with raises_errno(errno.EINVAL):
        mod.mmap(pipe[0], 0, access=getattr(mod, access))


def test_new_pipe_write_end(mod, page, access, pipe):
    with raises_errno(errno.EACCES):
        mod.mmap(pipe[1], page, access=getattr(mod, access))
    with raises_errno(errno.EINVAL):
        mod.mmap(pipe[1], 0, access=getattr(mod, access))


def test_new_socket_refused(mod, page):
    # A read-only mapping of a TCP socket starts the kernel's zero-copy receive;
    # a local socket has none.
    with socket.socket(socket.AF_UNIX) as local:
        with raises_errno(errno.ENODEV):
            mod.mmap(local.fileno(), page)
        with raises_errno(errno.ENODEV):
            mod.mmap(local.fileno(), page, access=mod.ACCESS_READ)
        with raises_errno(errno.EINVAL):
            mod.mmap(local.fileno(), 0)


def test_new_dev_null(mod, page, access, open_descriptor):
    null = open_descriptor(os.devnull, os.O_RDWR)
    with raises_errno(errno.ENODEV):
        mod.mmap(null, page, access=getattr(mod, access))
    with raises_errno(errno.EINVAL):
        mod.mmap(null, 0, access=getattr(mod, access))


def test_new_dev_zero(mod, page, access, open_descriptor):
    zero = open_descriptor("/dev/zero", os.O_RDWR)
    m = mod.mmap(zero, page, access=getattr(mod, access))
    assert m[:] == bytes(page)
    assert m.size() == 0
    with raises_errno(errno.EINVAL):
        mod.mmap(zero, 0, access=getattr(mod, access))


def test_resize_dev_zero(mod, page, open_descriptor):
    m = mod.mmap(open_descriptor("/dev/zero", os.O_RDWR), 2 * page)
    m[0] = 5
    for size in (page, 3 * page):
        with raises_errno(errno.EINVAL):
            m.resize(size)
    assert len(m) == 2 * page
    assert m[0] == 5


def test_new_proc_file(mod, access, open_descriptor):
    status = open_descriptor("/proc/self/status", os.O_RDONLY)
    with raises(ValueError, "cannot mmap an empty file"):
        mod.mmap(status, 0, access=getattr(mod, access))
    with raises(ValueError, "mmap length is greater than file size"):
        mod.mmap(status, 1, access=getattr(mod, access))


def test_new_read_only_descriptor(mod, access, open_descriptor, make_file):
    file = make_file(b"abcd")
    descriptor = open_descriptor(file.name, os.O_RDONLY)
    if access in WRITING:
        with raises_errno(errno.EACCES):
            mod.mmap(descriptor, 0, access=getattr(mod, access))
    else:
        assert mod.mmap(descriptor, 0, access=getattr(mod, access))[:] == b"abcd"
    assert contents(file) == b"abcd"


def test_new_map_private_read_only_descriptor(mod, open_descriptor, make_file):
    file = make_file(b"abcd")
    m = mod.mmap(open_descriptor(file.name, os.O_RDONLY), 0, flags=mod.MAP_PRIVATE)
    m[0] = ord("X")
    assert m[:] == b"Xbcd"
    assert contents(file) == b"abcd"


def test_new_write_only_descriptor(mod, access, open_descriptor, make_file):
    file = make_file(b"abcd")
    descriptor = open_descriptor(file.name, os.O_WRONLY)
    for length in (0, 4):
        with raises_errno(errno.EACCES):
            mod.mmap(descriptor, length, access=getattr(mod, access))
    assert contents(file) == b"abcd"


def test_new_closed_descriptor(mod, page, access):
    descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)
    for length in (0, page):
        with raises_errno(errno.EBADF):
            mod.mmap(descriptor, length, access=getattr(mod, access))


@pytest.mark.parametrize("descriptor", [-2, -100, 2**31 - 1])
def test_new_impossible_descriptor(mod, page, descriptor):
    for length in (0, page):
        with raises_errno(errno.EBADF):
            mod.mmap(descriptor, length)


@pytest.mark.skipif(not hasattr(os, "O_PATH"), reason="this system has no O_PATH")
def test_new_o_path_descriptor(mod, open_descriptor, make_file):
    descriptor = open_descriptor(make_file(b"abcd").name, os.O_PATH)
    with raises_errno(errno.EBADF):
        mod.mmap(descriptor, 0, access=mod.ACCESS_READ)


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="this system has no memfd_create")
def test_new_memfd_writes_reach_file(mod, page):
    descriptor = os.memfd_create("contract")
    try:
        os.truncate(descriptor, page)
        m = mod.mmap(descriptor, 0)
        m[:3] = b"abc"
        assert os.pread(descriptor, 4, 0) == b"abc\0"
    finally:
        os.close(descriptor)
