"""A pickled map is a reference: the path, not the bytes."""

import copy
import errno
import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import pytest

import ironmap
from hang import HANG
from ironmap import _identity

BYTES = b"".join(b"line %d\n" % number for number in range(2000))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(BYTES)
    return path


def sent(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_round_trip(path, protocol):
    m = ironmap.open(path, offset=100, length=500)
    m.seek(7)
    arrived = pickle.loads(pickle.dumps(m, protocol))
    assert type(arrived) is ironmap.FileMap
    assert arrived[:] == BYTES[100:600]
    assert repr(arrived) == repr(m).replace("pos=7", "pos=0")
    assert (arrived.path, arrived.tell()) == (m.path, 0)


def test_pickle_writable_map(path, tmp_path):
    m = ironmap.open(path, "r+")
    sent(m)[:5] = b"hello"
    assert m[:5] == b"hello"
    made = ironmap.open(tmp_path / "new", "w+", length=10)
    made[:] = b"0123456789"
    arrived = sent(made)
    assert arrived[:] == b"0123456789"
    arrived[0] = 65
    assert made[0] == 65


def test_pickle_protected_map(path):
    m = ironmap.open(path, "r+")
    m.protect(ironmap.ACCESS_READ)
    arrived = sent(m)
    assert not arrived.writable()
    with pytest.raises(TypeError, match="readonly"):
        arrived[0] = 1
    m.protect(ironmap.ACCESS_WRITE)
    assert sent(m).writable()


def test_pickle_empty_map(tmp_path):
    (tmp_path / "empty").touch()
    data = pickle.dumps(ironmap.open(tmp_path / "empty"))
    (tmp_path / "empty").write_bytes(b"no more")
    assert len(pickle.loads(data)) == 0


def test_pickle_after_resize(path):
    m = ironmap.open(path, "r+")
    m.resize(50)
    assert sent(m)[:] == BYTES[:50]


def test_pickle_large_file_is_small(tmp_path):
    with open(tmp_path / "large", "wb") as file:
        file.truncate(1 << 30)
    with ironmap.open(tmp_path / "large") as m:
        assert len(m) == 1 << 30
        assert len(pickle.dumps(m)) < 1024


def test_pickle_file_replaced(path):
    data = pickle.dumps(ironmap.open(path))
    new = path.with_name("new")
    new.write_bytes(BYTES)
    os.replace(new, path)
    arrived = pickle.loads(data)
    with pytest.raises(OSError, match="expected device .*, inode .*, found device") as raised:
        arrived[0]
    assert (raised.value.errno, raised.value.filename) == (errno.ESTALE, os.path.realpath(path))


def test_pickle_file_shorter(path):
    data = pickle.dumps(ironmap.open(path))
    os.truncate(path, 10)
    with pytest.raises(ValueError, match=f"{len(BYTES)} bytes at offset 0 .* which has 10 bytes"):
        pickle.loads(data)[:]


def test_pickle_file_longer(path):
    m = ironmap.open(path)
    with open(path, "ab") as file:
        file.write(b"more")
    assert sent(m)[:] == BYTES


def test_pickle_file_deleted(path):
    data = pickle.dumps(ironmap.open(path))
    path.unlink()
    with pytest.raises(FileNotFoundError, match=path.name):
        pickle.loads(data)[:]


USES = [
    len,
    bytes,
    memoryview,
    pickle.dumps,
    list,
    lambda m: [*reversed(m)],
    lambda m: m[0],
    lambda m: b"x" in m,
    lambda m: m.__enter__(),
    lambda m: m.__setitem__(0, 1),
    lambda m: m.find(b"x"),
    lambda m: m.flush(),
    lambda m: m.flush(5),
    lambda m: m.read(),
    lambda m: m.readline(),
    lambda m: m.size(),
    lambda m: m.tell(),
    lambda m: m.resize(10),
    lambda m: m.writable(),
    lambda m: m.faults,
    lambda m: m.lines(),
    lambda m: m.protect(ironmap.ACCESS_READ),
    *([] if sys.platform == "win32" else [lambda m: m.madvise(0), lambda m: m.set_name("x")]),
]


@pytest.mark.parametrize("use", USES)
def test_unpickled_absent_map_raises(path, use):
    data = pickle.dumps(ironmap.open(path))
    path.unlink()
    arrived = pickle.loads(data)
    assert type(arrived) is ironmap.FileMap
    errors = []
    for _ in range(2):
        with pytest.raises(FileNotFoundError) as raised:
            use(arrived)
        errors.append(raised.value)
    assert errors[0] is not errors[1]
    path = os.path.realpath(path)
    assert [(error.errno, error.filename) for error in errors] == [(errno.ENOENT, path)] * 2


def test_unpickled_absent_map_attributes(path):
    data = pickle.dumps(ironmap.open(path))
    path.unlink()
    arrived = pickle.loads(data)
    assert (arrived.closed, arrived.path) == (True, os.path.realpath(path))
    assert repr(arrived) == f"<FileMap path={arrived.path!r}, closed=True>"
    arrived.close()
    with pytest.raises(FileNotFoundError):
        len(arrived)


def test_pickle_on_another_machine(path, monkeypatch):
    data = pickle.dumps(ironmap.open(path, length=100))
    new = path.with_name("new")
    new.write_bytes(BYTES)
    os.replace(new, path)
    monkeypatch.setattr(_identity, "MACHINE", "another")
    assert pickle.loads(data)[:] == BYTES[:100]
    os.truncate(path, 99)
    with pytest.raises(ValueError, match="which has 99 bytes"):
        pickle.loads(data)[:]


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels have no name of their own")
def test_identity_machine_is_boot_id():
    with open("/proc/sys/kernel/random/boot_id") as file:
        assert _identity.name_of_machine() == file.read().strip()


@pytest.mark.skipif(sys.platform == "win32", reason="to make a link is a privilege there")
def test_pickle_path_after_chdir(path, monkeypatch):
    link = path.with_name("link")
    link.symlink_to(path)
    monkeypatch.chdir(path.parent)
    m = ironmap.open("link")
    link.unlink()
    monkeypatch.chdir("/")
    assert sent(m)[:] == BYTES


@pytest.mark.skipif(sys.platform != "linux", reason="other systems want names in UTF-8")
def test_pickle_undecodable_name(tmp_path):
    name = os.fsencode(tmp_path) + b"/\xff"
    with open(name, "wb") as file:
        file.write(b"bytes")
    assert sent(ironmap.open(name))[:] == b"bytes"


def test_pickle_copy_on_write_refused(path):
    m = ironmap.open(path, "c")
    with pytest.raises(TypeError, match=f"cannot pickle a copy-on-write map of '.*{path.name}'"):
        pickle.dumps(m)


def test_pickle_closed_map(path):
    m = ironmap.open(path)
    m.close()
    with pytest.raises(ValueError, match="mmap closed or invalid"):
        pickle.dumps(m)


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy])
def test_copy_and_deepcopy_refused(path, copier):
    m = ironmap.open(path)
    with pytest.raises(TypeError, match=r"cannot copy a map: use bytes\(m\).*ironmap\.open\('"):
        copier(m)
    with pytest.raises(TypeError, match="cannot copy a map"):
        copy.deepcopy([m])


@pytest.mark.parametrize("spread", [pickle.dumps, copy.copy, copy.deepcopy])
def test_pickle_constructor_map_refused(mod, spread):
    with mod.mmap(-1, 10) as m, pytest.raises(TypeError) as raised:
        spread(m)
    assert str(raised.value) == "cannot pickle 'mmap.mmap' object"


def lines_in(m: ironmap.mmap) -> tuple[int, int]:
    return m[:].count(b"\n"), os.getpid()


METHODS = multiprocessing.get_all_start_methods()


@pytest.mark.parametrize("method", METHODS)
def test_pickle_to_worker(path, method):
    m = ironmap.open(path, offset=7)
    with multiprocessing.get_context(method).Pool(1) as pool:
        lines, worker = pool.apply(lines_in, (m,))
    assert lines == BYTES[7:].count(b"\n")
    assert worker != os.getpid()


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is mapped stays there")
@pytest.mark.parametrize("method", METHODS)
def test_pickle_to_worker_file_deleted(path, method):
    m = ironmap.open(path)
    path.unlink()
    with multiprocessing.get_context(method).Pool(1) as pool:
        with pytest.raises(FileNotFoundError, match=path.name):
            pool.apply_async(lines_in, (m,)).get(timeout=HANG)
        # The only worker still works.
        assert pool.apply_async(os.getpid).get(timeout=HANG) != os.getpid()


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is mapped stays there")
def test_pickle_to_executor_file_deleted(path):
    m = ironmap.open(path)
    path.unlink()
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as workers:
        with pytest.raises(FileNotFoundError, match=path.name):
            workers.submit(lines_in, m).result(timeout=HANG)


def test_pickle_loads_without_import(path, tmp_path):
    (tmp_path / "pickled").write_bytes(pickle.dumps(ironmap.open(path, length=6)))
    program = f"import pickle; print(pickle.load(open({str(tmp_path / 'pickled')!r}, 'rb'))[:])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "b'line 0'\n", done.stderr
