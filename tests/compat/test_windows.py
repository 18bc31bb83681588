"""Windows only: tag names, handles, and files that grow with their maps."""

import errno
import inspect
import os
import sys
import uuid

import pytest

from .support import contents, has, is_ironmap, needs, raises, run_python

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="only Windows has this")

INVALID_FUNCTION = 1
ACCESS_DENIED = 5
NOT_ENOUGH_MEMORY = 8
INVALID_PARAMETER = 87
MAPPED_ALIGNMENT = 1132
USER_MAPPED_FILE = 1224


@pytest.fixture
def tag():
    return f"ironmap-{uuid.uuid4()}"


def raises_winerror(code: int):
    """Expects the OSError that Python makes of this Windows error."""
    expected = OSError(0, "", None, code)

    def same(error: OSError) -> bool:
        return (
            type(error) is type(expected)
            and error.winerror == code
            and error.errno == expected.errno
            and error.filename is None
            and len(error.args) == 5
            and str(error).startswith(f"[WinError {code}] {error.strerror}")
            and not error.strerror.endswith((".", "\n"))
        )

    return pytest.raises(OSError, check=same)


def test_new_positional_and_keyword_arguments(mod, tag):
    first = mod.mmap(-1, 10, tag, mod.ACCESS_WRITE, 0)
    first[:5] = b"hello"
    second = mod.mmap(offset=0, access=mod.ACCESS_READ, tagname=tag, length=5, fileno=-1)
    assert second[:] == b"hello"


def test_new_signature_has_windows_arguments(mod):
    if not is_ironmap(mod):
        pytest.skip("the stdlib class has no signature")
    assert str(inspect.signature(mod.mmap)) == (
        "(fileno, length, tagname=None, access=0, offset=0, *, trackfd=True)"
    )


@pytest.mark.parametrize("name", ["flags", "prot"])
def test_new_unix_arguments_refused(mod, name):
    with pytest.raises(TypeError):
        mod.mmap(-1, 1, **{name: 1})


@pytest.mark.parametrize("prefix", ["MADV_", "MAP_", "MS_", "PROT_"])
def test_module_has_no_unix_names(mod, prefix):
    assert [name for name in dir(mod) if name.startswith(prefix)] == []


def test_mmap_has_no_unix_methods(mod):
    assert not hasattr(mod.mmap, "madvise")
    assert not hasattr(mod.mmap, "set_name")


def test_allocation_granularity_is_64_kib(mod):
    assert (mod.PAGESIZE, mod.ALLOCATIONGRANULARITY) == (4096, 65536)


@pytest.mark.parametrize("fileno", [-1, 0])
def test_new_page_file_memory(mod, fileno):
    m = mod.mmap(fileno, 10)
    assert m[:] == bytes(10)
    assert m.size() == 10
    with raises_winerror(INVALID_PARAMETER):
        mod.mmap(fileno, 0)


def test_new_error_order(mod):
    with raises(ValueError, "mmap invalid access parameter."):
        mod.mmap(1234, -1, 5, access=9, offset=-1)
    with raises(OverflowError, "memory mapped length must be positive"):
        mod.mmap(1234, -1, 5 if has(mod, 3, 13) else None, offset=-1)
    with raises(OverflowError, "memory mapped offset must be positive"):
        mod.mmap(1234, 1, offset=-1)
    if has(mod, 3, 13):
        with pytest.raises(OSError) as caught:
            mod.mmap(1234, 1, 5)
        assert (caught.value.errno, caught.value.winerror) == (errno.EBADF, None)


@pytest.mark.parametrize(("name", "kind"), [(5, "int"), (b"x", "bytes"), (("x",), "tuple")])
def test_tagname_wrong_type(mod, name, kind):
    needs(mod, 3, 13)
    with raises(TypeError, f"expected str or None for 'tagname', not {kind}"):
        mod.mmap(-1, 1, name)


def test_tagname_null_character(mod):
    with raises(ValueError, "embedded null character"):
        mod.mmap(-1, 1, "a\0b")


@pytest.mark.parametrize("name", [None, ""])
def test_tagname_none_is_not_shared(mod, name):
    m = mod.mmap(-1, 1, name)
    m[0] = 1
    assert mod.mmap(-1, 1, name)[0] == 0


def test_tagname_shares_memory(mod, tag):
    needs(mod, 3, 13)
    name = tag + "-Грёбл-猫-🐈"
    m = mod.mmap(-1, 10, name)
    m[:5] = b"hello"
    assert mod.mmap(-1, 5, name)[:] == b"hello"
    assert mod.mmap(-1, 5, tag)[:] == bytes(5)
    code = "import sys\nprint(mmap.mmap(-1, 5, sys.argv[1])[:])"
    assert run_python(mod, code, tag).stdout == f"{bytes(5)}\n"
    m.close()
    assert mod.mmap(-1, 5, name)[:] == bytes(5)


def test_tagname_shared_with_process(mod, tag):
    m = mod.mmap(-1, 10, tag)
    m[:5] = b"hello"
    code = "import sys\nprint(mmap.mmap(-1, 5, sys.argv[1])[:])"
    assert run_python(mod, code, tag).stdout == f"{b'hello'}\n"


def test_tagname_larger_than_existing(mod, tag):
    m = mod.mmap(-1, 10, tag)
    with raises_winerror(ACCESS_DENIED):
        mod.mmap(-1, 1 << 20, tag)
    assert m[:] == bytes(10)


def test_sizeof_with_tagname(mod):
    def size(name: str | None) -> int:
        return sys.getsizeof(mod.mmap(-1, 100, name))

    assert size("four") - size(None) == 2 * (4 + 1)
    m = mod.mmap(-1, 100, "four")
    m.close()
    assert sys.getsizeof(m) >= size(None)


@pytest.mark.parametrize("fileno", [1234, -2])
def test_new_closed_descriptor(mod, fileno):
    with pytest.raises(OSError) as caught:
        mod.mmap(fileno, 1)
    assert (caught.value.errno, caught.value.winerror) == (errno.EBADF, None)
    assert str(caught.value) == "[Errno 9] Bad file descriptor"


def test_audit_event_before_argument_checks(mod, make_file):
    code = """
import sys
events = []
sys.addaudithook(lambda event, args: events.append(args) if event == "mmap.__new__" else None)
for arguments in ((-1, -1), (-1, 5, None, 9), (-1, 5, None, 0, -1), (-2, 5), (-1, 5)):
    try:
        mmap.mmap(*arguments)
    except (ValueError, OverflowError, OSError):
        pass
print(events)
"""
    events = [(-1, -1, 0, 0), (-1, 5, 9, 0), (-1, 5, 0, -1), (-2, 5, 0, 0), (-1, 5, 0, 0)]
    assert run_python(mod, code).stdout == f"{events}\n"


@pytest.mark.parametrize("offset", [1, 4096, 65535])
def test_new_unaligned_offset(mod, make_file, offset):
    data = b"a" * 70_000
    file = make_file(data)
    for length in (0, 5):
        with raises_winerror(MAPPED_ALIGNMENT):
            mod.mmap(file.fileno(), length, offset=offset)
    assert contents(file) == data


def test_new_offset_past_end(mod, make_file):
    file = make_file(b"abc")
    with raises(ValueError, "mmap offset is greater than file size"):
        mod.mmap(file.fileno(), 0, offset=mod.ALLOCATIONGRANULARITY)


def test_new_empty_file(mod, make_file):
    file = make_file(b"")
    with raises(ValueError, "cannot mmap an empty file"):
        mod.mmap(file.fileno(), 0)
    assert mod.mmap(file.fileno(), 3)[:] == bytes(3)
    assert contents(file) == bytes(3)


@pytest.mark.parametrize("access", ["ACCESS_DEFAULT", "ACCESS_WRITE"])
def test_new_length_past_end_grows_file(mod, make_file, access):
    file = make_file(b"abc")
    m = mod.mmap(file.fileno(), 6, access=getattr(mod, access))
    assert m[:] == contents(file) == b"abc\0\0\0"
    assert m.size() == 6
    assert f"access={access}" in repr(m)


@pytest.mark.parametrize("access", ["ACCESS_READ", "ACCESS_COPY"])
def test_new_length_past_end_read_only_refused(mod, make_file, access):
    file = make_file(b"abc")
    with raises_winerror(NOT_ENOUGH_MEMORY):
        mod.mmap(file.fileno(), 6, access=getattr(mod, access))
    assert contents(file) == b"abc"


def test_new_read_only_descriptor(mod, make_file):
    with open(make_file(b"abc").name, "rb") as file:
        for access in (mod.ACCESS_DEFAULT, mod.ACCESS_WRITE):
            with raises_winerror(ACCESS_DENIED):
                mod.mmap(file.fileno(), 0, access=access)
        for access in (mod.ACCESS_READ, mod.ACCESS_COPY):
            assert mod.mmap(file.fileno(), 0, access=access)[:] == b"abc"


def test_new_write_only_descriptor(mod, make_file):
    descriptor = os.open(make_file(b"abc").name, os.O_WRONLY)
    with raises_winerror(ACCESS_DENIED):
        mod.mmap(descriptor, 0)
    os.close(descriptor)


def test_new_pipe_refused(mod):
    ends = os.pipe()
    for end in ends:
        with raises_winerror(INVALID_FUNCTION):
            mod.mmap(end, 0)
        os.close(end)


def test_new_length_past_address_space(mod):
    for arguments in ({}, {"offset": mod.ALLOCATIONGRANULARITY}):
        with pytest.raises(OSError) as caught:
            mod.mmap(-1, sys.maxsize, **arguments)
        assert caught.value.winerror


def test_flush_unaligned_offset(mod, make_map):
    m = make_map(b"a" * 9000)
    assert m.flush(1, 5) is None
    assert m.flush(8999, 1) is None
    assert mod.mmap(-1, 10).flush() is None


def test_flush_ignores_flags(mod, make_map):
    needs(mod, 3, 15)
    m = make_map(b"abc")
    for flags in (0, 1, 4, -1, 1 << 20):
        assert m.flush(flags=flags) is None
    with raises(TypeError, "'str' object cannot be interpreted as an integer"):
        m.flush(flags="MS_SYNC")


def test_resize_grow_anonymous(mod):
    m = mod.mmap(-1, 5)
    m[:] = b"hello"
    m.resize(100_000)
    assert m[:] == b"hello" + bytes(99_995)
    m.resize(2)
    assert m[:] == b"he"


def test_resize_shared_tagname_refused(mod, tag):
    one, two = mod.mmap(-1, 5000, tag), mod.mmap(-1, 5000, tag)
    one[:5] = b"hello"
    for size in (100, 9000):
        with raises_winerror(USER_MAPPED_FILE):
            one.resize(size)
    assert one[:5] == two[:5] == b"hello"
    assert len(one) == len(two) == 5000


def test_resize_tagname_shared_with_process_refused(mod, tag):
    m = mod.mmap(-1, 5000, tag)
    m[:5] = b"hello"
    code = """
import sys
m = mmap.mmap(-1, 5000, sys.argv[1])
for size in (100, 9000):
    try:
        m.resize(size)
    except OSError as error:
        print(error.winerror)
m[5:10] = b"child"
"""
    assert run_python(mod, code, tag).stdout == f"{USER_MAPPED_FILE}\n" * 2
    assert m[:10] == b"hellochild"
    m.resize(9000)
    assert m[:] == b"hellochild".ljust(9000, b"\0")


def test_resize_shrink_with_another_map_refused(mod, make_file):
    data = bytes(i * 7 % 251 for i in range(9000))
    file = make_file(data)
    one, two = mod.mmap(file.fileno(), 0), mod.mmap(file.fileno(), 0)
    with raises_winerror(USER_MAPPED_FILE):
        one.resize(100)
    assert one[:] == two[:] == contents(file) == data


def test_truncate_mapped_file_refused(mod, make_file):
    file = make_file(b"a" * 9000)
    m = mod.mmap(file.fileno(), 0)
    with pytest.raises(OSError):
        file.truncate(10)
    assert m[:] == contents(file) == b"a" * 9000
    m.close()
    file.truncate(10)


def test_map_usable_after_file_closed(mod, make_file):
    file = make_file(b"abc")
    m = mod.mmap(file.fileno(), 0)
    file.close()
    assert m.size() == 3
    m.resize(5)
    assert m[:] == b"abc\0\0"


def test_new_trackfd_false(mod, make_file):
    if not is_ironmap(mod):
        needs(mod, 3, 15)
    file = make_file(b"abc")
    if (3, 13) <= sys.version_info < (3, 15):
        # The tests of these versions expect that.
        with pytest.raises(TypeError):
            mod.mmap(file.fileno(), 0, trackfd=False)
        return
    m = mod.mmap(file.fileno(), 0, trackfd=False)
    with raises(ValueError, "can't get size with trackfd=False"):
        m.size()
    with raises(ValueError, "mmap can't resize with trackfd=False."):
        m.resize(5)
    assert m[:] == b"abc"
