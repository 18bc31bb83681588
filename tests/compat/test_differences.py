"""The intended differences from the stdlib module.

Each row of docs/differences.md has a test here, except the one about other threads
(test_gil.py) and the one about Ctrl-C (extensions/test_interrupts.py). Each test runs on both modules: the first branch is for
ironmap, the second for the stdlib module, in its own process if that dies.
"""

import errno
import os
import signal
import sys
import threading

import pytest

from .support import (
    CLOSED,
    CONVERTED_FIRST,
    GROWTH_REFUSED,
    NOT_RESIZABLE,
    Shrinking,
    contents,
    growth_refused,
    has,
    hidden_descriptors,
    is_ironmap,
    linux_only,
    needs,
    raises,
    raises_errno,
    run_python,
    unix_only,
)

MAP_FIXED = 0x10
MAP_FIXED_NOREPLACE = 0x100000

linux_x86_64 = pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine != "x86_64",
    reason="the values of these flags are those of Linux on x86-64",
)


def dies_of(mod, code: str) -> int:
    """Returns the signal that kills a new process after it has printed "alive"."""
    if sys.platform == "win32":
        pytest.skip("Windows has no signals: what ends the process is not looked at")
    result = run_python(mod, code)
    assert result.stdout == "alive\n"
    assert result.returncode < 0, result.stderr
    return -result.returncode


KEPT_ADDRESS = """
import ctypes, tempfile
file = tempfile.TemporaryFile()
file.write(b"a" * 9 * mmap.PAGESIZE)
file.flush()
m = mmap.mmap(file.fileno(), 0)
address = ctypes.addressof(ctypes.c_char.from_buffer(m)) + 8 * mmap.PAGESIZE
print("alive", flush=True)
{act}
assert ctypes.string_at(address, 5) == bytes(5)
ctypes.memmove(address, b"b", 1)
"""


@unix_only("nothing takes the place of a view")
@pytest.mark.parametrize("act", ["m.close()", "m.resize(mmap.PAGESIZE)"], ids=["close", "resize"])
def test_address_kept_over_close_or_resize(mod, act):
    code = KEPT_ADDRESS.format(act=act)
    if is_ironmap(mod):
        result = run_python(mod, code)
        assert result.returncode == 0, result.stderr
    else:
        assert dies_of(mod, code) == signal.SIGSEGV


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's advice")
def test_dontfork_map_in_child(mod):
    code = """
import os, signal
flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS

def private():
    return mmap.mmap(-1, 64 << 20, flags=flags)

m = private()
m.madvise(mmap.MADV_DONTFORK)
print("alive", flush=True)
if os.fork() == 0:
    own = [private() for _ in range(3)]
    for each in own:
        each[0] = 7
    m.close()
    os._exit(sum(each[0] != 7 for each in own))
status = os.wait()[1]
if os.WIFSIGNALED(status):
    signal.raise_signal(os.WTERMSIG(status))
assert status == 0, status
"""
    if is_ironmap(mod):
        result = run_python(mod, code)
        assert result.returncode == 0, result.stderr
    else:
        assert dies_of(mod, code) == signal.SIGSEGV


@unix_only("Windows cuts no file that is mapped")
def test_getitem_truncated_file(mod):
    code = """
import errno, os, tempfile
file = tempfile.TemporaryFile()
file.write(b"a" * 3 * mmap.PAGESIZE)
file.flush()
m = mmap.mmap(file.fileno(), 0)
os.ftruncate(file.fileno(), mmap.PAGESIZE)
print("alive", flush=True)
try:
    m[2 * mmap.PAGESIZE]
except OSError as error:
    assert type(error) is mmap.FaultError
    assert error.errno == errno.EIO
    assert (error.offset, error.file_size) == (2 * mmap.PAGESIZE, mmap.PAGESIZE)
else:
    raise SystemExit("no error")
assert m[: mmap.PAGESIZE] == b"a" * mmap.PAGESIZE
"""
    if is_ironmap(mod):
        result = run_python(mod, code)
        assert result.returncode == 0, result.stderr
    else:
        assert dies_of(mod, code) == signal.SIGBUS


def test_resize_to_zero(mod, make_file, page):
    file = make_file(b"abc")
    m = mod.mmap(file.fileno(), 0)
    if is_ironmap(mod):
        with raises(ValueError, "new size out of range"):
            m.resize(0)
        assert m[:] == contents(file) == b"abc"
    else:
        with pytest.raises(OSError) as caught:
            m.resize(0)
        assert caught.value.errno == errno.EINVAL
        assert contents(file) == b""


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="this system has no memfd_create")
def test_resize_failure_changes_nothing(mod, page):
    # A memory file can be this long, an address space cannot.
    too_long = 1 << 60
    descriptor = os.memfd_create("failed-resize")
    os.write(descriptor, b"a" * page)
    m = mod.mmap(descriptor, 0)
    with pytest.raises(OSError):
        m.resize(too_long)
    length_of_file = os.fstat(descriptor).st_size
    os.close(descriptor)
    assert len(m) == page
    if is_ironmap(mod):
        assert length_of_file == page
        assert m[:] == b"a" * page
    else:
        assert length_of_file == too_long


@unix_only("Windows has no flags and no prot")
@pytest.mark.parametrize("size", [2, 12])
def test_resize_private_map(mod, make_file, size):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0, flags=mod.MAP_PRIVATE)
    m[0] = ord("X")
    if is_ironmap(mod):
        for refused in (size, -1):
            with raises(TypeError, NOT_RESIZABLE):
                m.resize(refused)
        assert m[:] == b"Xbcdef"
        assert contents(file) == b"abcdef"
    else:
        m.resize(size)
        assert contents(file) == b"abcdef"[:size].ljust(size, b"\0")


@unix_only("memory without a file can grow on Windows")
def test_resize_grow_shared_anonymous(mod, page):
    if has(mod, *GROWTH_REFUSED):
        m = mod.mmap(-1, page)
        m[:3] = b"abc"
        with raises(ValueError, growth_refused(mod)):
            m.resize(2 * page)
        assert len(m) == page
        assert m[:3] == b"abc"
    else:
        code = """
m = mmap.mmap(-1, mmap.PAGESIZE)
m.resize(2 * mmap.PAGESIZE)
print("alive", flush=True)
m[mmap.PAGESIZE]
"""
        assert dies_of(mod, code) == signal.SIGBUS


SHRINK = """
import tempfile
PAGE = mmap.PAGESIZE
file = tempfile.TemporaryFile()
file.truncate(100 * PAGE)
m = mmap.mmap(file.fileno(), 0)

class Shrinking:
    def __index__(self):
        m.resize(PAGE)
        return 1

    def __buffer__(self, flags):
        m.resize(PAGE)
        return memoryview(b"ab")

print("alive", flush=True)
"""


def test_setitem_value_shrinks_map(mod, make_file, page):
    if has(mod, *CONVERTED_FIRST):
        file = make_file(bytes(100 * page))
        m = mod.mmap(file.fileno(), 0)
        with raises(IndexError, "mmap index out of range"):
            m[90 * page] = Shrinking(1, m, page)
        assert m[:] == contents(file) == bytes(page)
        m[page - 1] = Shrinking(5, m, page)
        assert m[page - 1] == 5
    else:
        code = SHRINK + "m[90 * PAGE] = Shrinking()"
        assert dies_of(mod, code) == signal.SIGSEGV


@pytest.mark.skipif(sys.version_info < (3, 12), reason="classes have buffers from Python 3.12 on")
@pytest.mark.parametrize("index", ["90 * PAGE:90 * PAGE + 2", "90 * PAGE:90 * PAGE + 4:2"])
def test_setitem_slice_value_shrinks_map(mod, index):
    code = f"{SHRINK}m[{index}] = Shrinking()"
    if has(mod, *CONVERTED_FIRST):
        result = run_python(mod, code)
        assert result.returncode == 1
        assert result.stderr.endswith("\nIndexError: mmap slice assignment is wrong size\n")
    else:
        assert dies_of(mod, code) == signal.SIGSEGV


@pytest.mark.parametrize("index", [slice(None, None, 2), slice(None, None, -1)])
def test_setitem_stride_from_own_view(mod, page, index):
    data = bytes(i * 7 % 251 for i in range(page))
    expected = bytearray(data)
    source = data[: len(expected[index])]
    expected[index] = source
    m = mod.mmap(-1, page)
    m[:] = data
    with memoryview(m) as view, view[: len(source)] as part:
        m[index] = part
    if is_ironmap(mod):
        assert m[:] == expected
    else:
        assert m[:] != expected


@pytest.mark.parametrize(("dest", "src"), [(1, 0), (0, 1), (17, 0), (0, 17), (4099, 0), (0, 4099)])
def test_setitem_slice_overlapping_own_view(mod, page, dest, src):
    if not is_ironmap(mod):
        pytest.skip("undefined in the stdlib module: what its memcpy makes of it")
    data = bytes(i * 7 % 251 for i in range(16 * page))
    count = len(data) - max(dest, src)
    expected = bytearray(data)
    expected[dest : dest + count] = data[src : src + count]
    m = mod.mmap(-1, len(data))
    m[:] = data
    with memoryview(m) as view, view[src : src + count] as part:
        m[dest : dest + count] = part
        assert m[:] == expected
        m[:] = data
        m.seek(dest)
        assert m.write(part) == count
    assert m[:] == expected


@unix_only("Windows keeps a handle, not a descriptor")
def test_descriptor_reused_for_another_file(mod, make_file):
    file, other = make_file(b"abcdef"), make_file(b"precious data")
    m = mod.mmap(file.fileno(), 0)
    [hidden] = hidden_descriptors(file)
    os.dup2(other.fileno(), hidden)
    if is_ironmap(mod):
        with raises_errno(errno.EBADF):
            m.size()
        for size in (3, 12):
            with raises_errno(errno.EBADF):
                m.resize(size)
        assert m[:] == contents(file) == b"abcdef"
        assert contents(other) == b"precious data"
        m.close()
        assert hidden_descriptors(other) == [hidden]
        os.close(hidden)
    else:
        assert m.size() == len(b"precious data")
        m.resize(3)
        assert contents(other) == b"pre"
        m.close()
        assert hidden_descriptors(other) == []


@linux_x86_64
@pytest.mark.parametrize("flag", [MAP_FIXED, MAP_FIXED_NOREPLACE])
def test_new_fixed_address(mod, make_file, page, flag):
    if is_ironmap(mod):
        file = make_file(b"abcdef")
        for descriptor in (-1, file.fileno()):
            with raises(ValueError, "mmap can't map at a fixed address: flags has MAP_FIXED."):
                mod.mmap(descriptor, 6, flags=mod.MAP_SHARED | flag)
        return
    code = f"""
try:
    print(mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | {flag}))
except OSError as error:
    print("refused by the system", error.errno)
"""
    # A process that may use address 0 gets a map there, which the module takes for a
    # closed one.
    assert run_python(mod, code).stdout in (
        "<mmap.mmap closed=True>\n",
        f"refused by the system {errno.EPERM}\n",
        f"refused by the system {errno.EINVAL}\n",
    )


@unix_only("Windows has no flags and no prot")
@pytest.mark.parametrize(
    "call",
    [
        "m[0]",
        "m[:]",
        "m[::2]",
        "next(iter(m))",
        "b'a' in m",
        "m.find(b'a')",
        "m.rfind(b'a')",
        "m.read()",
        "m.read_byte()",
        "m.readline()",
    ],
)
def test_read_without_prot_read(mod, make_file, call):
    if is_ironmap(mod):
        file = make_file(b"abcdef")
        for descriptor, prot in ((-1, 0), (file.fileno(), 0), (-1, mod.PROT_EXEC)):
            m = mod.mmap(descriptor, 6, prot=prot)
            with raises(TypeError, "mmap can't read a map without PROT_READ."):
                eval(call)
            assert m.tell() == 0
    else:
        code = f'm = mmap.mmap(-1, 6, prot=0)\nprint("alive", flush=True)\n{call}'
        assert dies_of(mod, code) == signal.SIGSEGV


@unix_only("Windows has no flags and no prot")
def test_buffer_without_prot_read(mod):
    if is_ironmap(mod):
        m = mod.mmap(-1, 6, prot=0)
        with raises(TypeError, "mmap can't read a map without PROT_READ."):
            memoryview(m)
        m.close()
    else:
        code = 'm = mmap.mmap(-1, 6, prot=0)\nprint("alive", flush=True)\nbytes(memoryview(m))'
        assert dies_of(mod, code) == signal.SIGSEGV


@unix_only("Windows has no flags and no prot")
def test_new_map_anonymous_with_descriptor(mod, make_file, page):
    file = make_file(b"a" * 3 * page)
    flags = mod.MAP_PRIVATE | mod.MAP_ANONYMOUS
    m = mod.mmap(file.fileno(), 2 * page, flags=flags)
    assert m[:] == bytes(2 * page)
    if is_ironmap(mod):
        assert m.size() == 2 * page
        m.resize(page)
        assert contents(file) == b"a" * 3 * page
    else:
        assert m.size() == 3 * page
        m.resize(page)
        assert contents(file) == b"a" * page


@unix_only("Windows has no flags and no prot")
def test_resize_private_anonymous_shrink_then_grow(mod):
    m = mod.mmap(-1, 100, flags=mod.MAP_PRIVATE)
    m[:] = b"a" * 100
    m.resize(50)
    m.resize(100)
    new = bytes(50) if is_ironmap(mod) else b"a" * 50
    assert m[:] == b"a" * 50 + new


@pytest.mark.skipif(
    not sys.platform.startswith(("linux", "netbsd", "win")), reason="the stdlib cannot resize here"
)
def test_resize_grow_over_appended_bytes(mod, make_file):
    file = make_file(b"abc")
    m = mod.mmap(file.fileno(), 0)
    with open(file.name, "ab") as other:
        other.write(b"defghij")
    m.resize(5)
    assert m[:] == b"abcde"
    if is_ironmap(mod):
        assert contents(file) == b"abcdefghij"
    else:
        assert contents(file) == b"abcde"
    # A shorter map cuts the file, with the bytes that others have appended.
    m.resize(2)
    assert m[:] == contents(file) == b"ab"


@unix_only("Windows keeps a handle, not a descriptor")
def test_descriptor_without_standard_input(mod, make_file):
    code = f"""
import os
file = open({make_file(b"abc").name!r}, "r+b")
os.close(0)
m = mmap.mmap(file.fileno(), 0)
try:
    os.fstat(0)
    print("standard input is the map's")
except OSError:
    print("closed")
"""
    expected = "closed" if is_ironmap(mod) else "standard input is the map's"
    assert run_python(mod, code).stdout == f"{expected}\n"


@pytest.mark.skipif(
    sys.platform.startswith(("linux", "netbsd", "win")), reason="this system can resize maps"
)
def test_resize_without_mremap(mod, make_file, page):
    file = make_file(b"abc")
    m = mod.mmap(file.fileno(), 0)
    if is_ironmap(mod):
        m.resize(2 * page)
        assert m[:] == contents(file) == b"abc" + bytes(2 * page - 3)
        m.resize(2)
        assert m[:] == contents(file) == b"ab"
    elif has(mod, 3, 15):
        assert not hasattr(m, "resize")
    else:
        with raises(SystemError, "mmap: resizing not available--no mremap()"):
            m.resize(2 * page)


def test_size_while_another_thread_closes(mod, make_file):
    file = make_file(b"abcdef")
    seen = set()
    for _ in range(300):
        m = mod.mmap(file.fileno(), 0)
        closer = threading.Thread(target=m.close)
        closer.start()
        seen |= sizes_until_closed(m)
        closer.join()
    if is_ironmap(mod):
        assert seen <= {6, f"ValueError: {CLOSED}"}
    else:
        # The descriptor can be closed between the check and its use.
        assert seen <= {6, f"ValueError: {CLOSED}", "OSError: [Errno 9] Bad file descriptor"}


def sizes_until_closed(m) -> set:
    outcomes = set()
    while True:
        try:
            outcomes.add(m.size())
        except (ValueError, OSError) as error:
            outcomes.add(f"{type(error).__name__}: {error}")
        if m.closed:
            return outcomes


@linux_only
def test_set_name_kernel_without_names(mod, monkeypatch):
    needs(mod, 3, 15)
    monkeypatch.setenv("PYTHONDEVMODE", "1")
    program = """
try:
    print(mmap.mmap(-1, 5).set_name("name"))
except OSError as error:
    print(error.errno)
"""
    done = run_python(mod, program)
    assert done.returncode == 0, done.stderr
    if is_ironmap(mod):
        assert done.stdout == "None\n"
    elif done.stdout == "None\n":
        pytest.skip("this kernel has names for memory")
    else:
        assert done.stdout == f"{errno.EINVAL}\n"
