"""``shared``: memory that multiprocessing hands to other processes, and that goes with them."""

import contextlib
import copy
import errno
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

import ironmap
from compat.support import CLOSED, raises
from hang import HANG

pytestmark = pytest.mark.skipif(
    sys.platform not in ("linux", "win32"), reason="shared() is for Linux and Windows"
)
linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="about descriptors, or looks into /proc"
)

METHODS = multiprocessing.get_all_start_methods()
NOT_ARRIVED = (
    "the shared memory did not arrive: the process that sent it must live until then, "
    "and its message can be unpickled once"
)
NOT_PICKLED = "cannot pickle shared memory: multiprocessing hands it to a process that it starts, "


def test_shared_is_zero_and_writable():
    with ironmap.shared(5001) as m:
        assert type(m) is ironmap.SharedMap
        assert isinstance(m, ironmap.mmap)
        assert (len(m), bytes(m)) == (5001, bytes(5001))
        m[:3] = b"abc"
        assert m.fetch_add_u64(4000, 7) == 0
        assert (m[:3], m.load_u32(4000)) == (b"abc", 7)
        assert list(m)[:3] == [b"a", b"b", b"c"]
        assert b"c" in m
        assert next(reversed(m)) == b"\0"
        assert repr(m).startswith("<SharedMap closed=False, access=ACCESS_WRITE, length=5001,")
    with raises(ValueError, CLOSED):
        m[0]


@pytest.mark.parametrize("size", [0, -1, sys.maxsize + 1, -(1 << 100)])
def test_shared_size_wrong_is_error(size):
    with raises(ValueError, f"size must be from 1 to {sys.maxsize}, not {size}"):
        ironmap.shared(size)


def test_shared_size_of_wrong_type_is_error():
    with pytest.raises(TypeError, match="'float' object cannot be interpreted as an integer"):
        ironmap.shared(1.0)
    with pytest.raises(TypeError):
        ironmap.shared()


def test_shared_size_too_large_is_os_error():
    # Windows refuses it as a commitment, Linux as a size of the address space.
    with pytest.raises((OSError, MemoryError)):
        ironmap.shared(1 << 62)


def test_shared_class_makes_no_map():
    with raises(TypeError, r"use ironmap.shared(size) to make a SharedMap"):
        ironmap.SharedMap(-1, 10)


@linux_only
def test_shared_without_memfd_is_refused(monkeypatch):
    monkeypatch.delattr(os, "memfd_create")
    text = (
        "ironmap.shared is not for a Python without os.memfd_create: "
        "share a file instead, by ironmap.open(path, 'w+', length=64)"
    )
    with raises(NotImplementedError, text):
        ironmap.shared(64)


def test_shared_keeps_its_size():
    with ironmap.shared(10_000) as m:
        for change in (
            lambda: m.resize(5),
            lambda: m.resize(20_000, reserve=True),
            lambda: m.truncate(5),
            lambda: m.truncate(),
        ):
            with raises(TypeError, "cannot resize shared memory: other processes rely on its size"):
                change()
        assert len(m) == 10_000


@linux_only
def test_shared_is_sealed():
    import fcntl

    with ironmap.shared(100_000) as m:
        fd = m.fileno()
        for size in (0, 99_999, 100_001):
            with pytest.raises(PermissionError):
                os.ftruncate(fd, size)
        with pytest.raises(PermissionError):
            fcntl.fcntl(fd, 1033, 8)  # F_ADD_SEALS, F_SEAL_WRITE


F_GET_SEALS, F_SEAL_EXEC, MFD_NOEXEC_SEAL = 1034, 0x20, 8


def kernel_knows_noexec():
    try:
        os.close(os.memfd_create("test", MFD_NOEXEC_SEAL))
    except OSError as error:
        assert error.errno == errno.EINVAL
        return False
    return True


@linux_only
def test_shared_is_never_executable():
    """With vm.memfd_noexec=2 Linux 6.3 to 6.5 make no other memory files."""
    import fcntl

    if not kernel_knows_noexec():
        pytest.skip("a kernel before 6.3 has no MFD_NOEXEC_SEAL")
    with ironmap.shared(64) as m:
        assert os.fstat(m.fileno()).st_mode & 0o111 == 0
        assert fcntl.fcntl(m.fileno(), F_GET_SEALS) & F_SEAL_EXEC


@linux_only
def test_shared_on_old_kernel_is_made(monkeypatch):
    create = os.memfd_create
    calls = []

    def old(name, flags):
        calls.append(flags)
        if flags & MFD_NOEXEC_SEAL:
            raise OSError(errno.EINVAL, "Invalid argument")
        return create(name, flags)

    monkeypatch.setattr(os, "memfd_create", old)
    with ironmap.shared(64) as m:
        assert bytes(m) == bytes(64)
    assert calls == [calls[1] | MFD_NOEXEC_SEAL, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING]


@linux_only
def test_shared_without_descriptors_is_error(monkeypatch):
    def none_left(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "memfd_create", none_left)
    with pytest.raises(OSError) as raised:
        ironmap.shared(64)
    assert raised.value.errno == errno.EMFILE


@linux_only
@pytest.mark.parametrize(("accounting", "blocks"), [("0", 0), ("1", 0), ("2", 200)])
def test_shared_is_reserved_where_pages_can_be_refused(tmp_path, monkeypatch, accounting, blocks):
    (tmp_path / "overcommit_memory").write_text(f"{accounting}\n", encoding="ascii")
    monkeypatch.setattr("ironmap._shared.OVERCOMMIT", tmp_path / "overcommit_memory")
    with ironmap.shared(200 * 512) as m:
        assert os.fstat(m.fileno()).st_blocks >= blocks
        assert (os.fstat(m.fileno()).st_blocks == 0) == (blocks == 0)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_shared_pickled_elsewhere_is_error(protocol):
    with ironmap.shared(10) as m:
        with pytest.raises(TypeError) as raised:
            pickle.dumps([m], protocol)
        assert str(raised.value).startswith(NOT_PICKLED)


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy])
def test_shared_copied_is_error(copier):
    with ironmap.shared(10) as m:
        with raises(TypeError, "cannot copy a map: use bytes(m) to copy its bytes"):
            copier(m)


def store(m: ironmap.SharedMap, text: bytes) -> int:
    m[: len(text)] = text
    return len(m)


def add(m: ironmap.SharedMap, times: int) -> None:
    for _ in range(times):
        m.fetch_add_u64(8, 1)


@pytest.mark.parametrize("method", METHODS)
def test_shared_argument_of_process(method):
    context = multiprocessing.get_context(method)
    with ironmap.shared(5000) as m:
        process = context.Process(target=store, args=(m, b"from the child"))
        process.start()
        process.join(HANG)
        assert process.exitcode == 0
        assert m[:14] == b"from the child"


@pytest.mark.parametrize("method", METHODS)
def test_shared_through_pool(method):
    with ironmap.shared(5000) as m, multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.apply_async(store, (m, b"by the pool")).get(HANG) == 5000
        assert m[:11] == b"by the pool"
        # And once more, by another descriptor.
        assert pool.apply_async(store, (m, b"BY")).get(HANG) == 5000
        assert m[:11] == b"BY the pool"


given: list[ironmap.SharedMap] = []


def take(m: ironmap.SharedMap) -> None:
    given.append(m)


def store_in_given(text: bytes) -> None:
    store(given[0], text)


@pytest.mark.parametrize("method", METHODS)
def test_shared_through_executor_and_initializer(method):
    context = multiprocessing.get_context(method)
    arguments = {"initializer": take, "mp_context": context}
    with ironmap.shared(5000) as m:
        with ProcessPoolExecutor(1, **arguments, initargs=(m,)) as workers:
            workers.submit(store_in_given, b"begun with").result(HANG)
            assert m[:10] == b"begun with"
            workers.submit(store, m, b"sent").result(HANG)
            assert m[:10] == b"sentn with"


def answer(connection, queue) -> None:
    m = connection.recv()
    m[:4] = b"pipe"
    mine = ironmap.shared(100)
    mine[:4] = b"mine"
    queue.put(mine)
    # The memory is handed over by this process, which must be there for it.
    connection.recv()


@pytest.mark.parametrize("method", METHODS)
def test_shared_through_pipe_and_queue(method):
    context = multiprocessing.get_context(method)
    here, there = context.Pipe()
    queue = context.Queue()
    process = context.Process(target=answer, args=(there, queue))
    process.start()
    with ironmap.shared(100) as m:
        here.send(m)
        with queue.get(timeout=HANG) as theirs:
            assert theirs[:4] == b"mine"
            assert m[:4] == b"pipe"
            here.send(None)
            process.join(HANG)
            assert process.exitcode == 0
            # It stays after its maker.
            theirs[:4] = b"mime"
            assert theirs[:4] == b"mime"


def refuse(m: ironmap.SharedMap) -> str:
    try:
        m[0] = 1
    except TypeError as error:
        return str(error)
    return "stored"


def test_shared_read_only_arrives_read_only():
    with ironmap.shared(100) as m, multiprocessing.get_context("spawn").Pool(1) as pool:
        m.protect(ironmap.ACCESS_READ)
        text = pool.apply_async(refuse, (m,)).get(HANG)
        assert text == "mmap can't modify a readonly memory map."


def test_shared_closed_is_not_sent():
    m = ironmap.shared(100)
    m.close()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        with raises(ValueError, CLOSED):
            pool.apply_async(len, (m,)).get(HANG)


@linux_only
def test_shared_received_twice_is_absent_map():
    """Unpickling never raises: a pool would wait for its process for ever."""
    with ironmap.shared(100) as m:
        sent = bytes(multiprocessing.reduction.ForkingPickler.dumps(m))
        with pickle.loads(sent) as first:
            first[0] = 7
            assert m[0] == 7
        again = pickle.loads(sent)
        assert type(again) is ironmap.SharedMap
        for use in (len, bytes, lambda m: m.load_u32(0)):
            with pytest.raises((OSError, EOFError)) as raised:
                use(again)
            assert NOT_ARRIVED in str(raised.value)


def put_and_end(queue) -> None:
    queue.put(ironmap.shared(100))


@pytest.mark.parametrize("method", METHODS)
def test_shared_of_ended_sender_says_so(method):
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    process = context.Process(target=put_and_end, args=(queue,))
    process.start()
    process.join(HANG)
    m = queue.get(timeout=HANG)
    with pytest.raises(OSError) as raised:
        m.load_u32(0)
    assert NOT_ARRIVED in str(raised.value)
    # The cause of the system.
    assert raised.value.strerror.endswith(")")


@linux_only
def test_shared_is_not_received_without_descriptors():
    class Descriptor:
        def detach(self):
            raise OSError(errno.EMFILE, "Too many open files")

    m = ironmap._shared.receive(Descriptor(), 100, True)
    with pytest.raises(OSError) as raised:
        len(m)
    assert raised.value.errno == errno.EMFILE
    assert str(raised.value).endswith("(Too many open files)")


def test_shared_closed_after_it_was_sent_arrives():
    """A pipe has it at once. A queue's thread may take it later."""
    here, there = multiprocessing.Pipe()
    with ironmap.shared(100) as m:
        m[:4] = b"sent"
        here.send(m)
    with there.recv() as arrived:
        assert arrived[:4] == b"sent"


COUNT = 20_000


@pytest.mark.parametrize("method", METHODS)
def test_shared_counter_of_processes(method):
    context = multiprocessing.get_context(method)
    with ironmap.shared(64) as m:
        workers = [context.Process(target=add, args=(m, COUNT)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(HANG)
        assert [worker.exitcode for worker in workers] == [0, 0]
        assert m.load_u64(8) == 2 * COUNT


KILLED = """
import multiprocessing, os, sys, time
import ironmap

def wait(m, connection):
    m[0] = 1
    connection.send((os.getpid(), os.fstat(m.fileno()).st_ino))
    time.sleep(1000)

if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    m = ironmap.shared(1 << 20)
    # Sent, and never received.
    multiprocessing.reduction.ForkingPickler.dumps(m)
    here, there = context.Pipe()
    context.Process(target=wait, args=(m, there)).start()
    pid, inode = here.recv()
    print(os.getpid(), pid, inode, m[0], flush=True)
    time.sleep(1000)
"""


def owners(inode):
    """Returns the processes that map the memory or have a descriptor of it."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            mapped = f" {inode} " in (process / "maps").read_text()
            opened = any(
                os.stat(each).st_ino == inode and "ironmap.shared" in os.readlink(each)
                for each in (process / "fd").iterdir()
            )
        except OSError:
            continue
        if mapped and "ironmap.shared" in (process / "maps").read_text() or opened:
            found.add(int(process.name))
    return found


def names():
    """Returns the names of shared memory and temporary files."""
    folders = (Path("/dev/shm"), Path("/tmp"))
    return {name for folder in folders if folder.is_dir() for name in os.listdir(folder)}


@linux_only
@pytest.mark.parametrize("method", METHODS)
def test_shared_killed_leaves_nothing(tmp_path, method):
    program = tmp_path / "killed.py"
    program.write_text(KILLED.format(method=method), encoding="utf-8")
    before = names()
    started = subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True)
    pid, child, inode, value = map(int, started.stdout.readline().split())
    try:
        assert value == 1
        assert {pid, child} <= owners(inode)
        made = {name for name in names() - before if "ironmap" in name}
    finally:
        os.kill(child, signal.SIGKILL)
        started.kill()
        started.wait()
        started.stdout.close()
    end = time.monotonic() + HANG
    # A fork server ends when it finds that its parent is gone.
    while owners(inode) and time.monotonic() < end:
        time.sleep(0.01)
    assert owners(inode) == set()
    assert made == set()


def descriptors_of(inode):
    found = 0
    for each in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found += os.stat(f"/proc/self/fd/{each}").st_ino == inode
    return found


@linux_only
def test_shared_never_received_is_given_back_on_request():
    here, there = multiprocessing.Pipe()
    with ironmap.shared(100) as m:
        inode = os.fstat(m.fileno()).st_ino
        here.send(m)
        here.send(m)
    assert descriptors_of(inode) == 2
    multiprocessing.resource_sharer.stop(HANG)
    assert descriptors_of(inode) == 0
    with pytest.raises(OSError) as raised:
        len(there.recv())
    assert NOT_ARRIVED in str(raised.value)
    # And others can be sent.
    with ironmap.shared(100) as m:
        here.send(m)
        there.recv()
        with there.recv() as arrived:
            assert arrived[:] == m[:]


@linux_only
def test_shared_many_are_freed():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(200):
        with ironmap.shared(100) as m:
            multiprocessing.reduction.ForkingPickler.dumps(m)  # registers a duplicate
    multiprocessing.resource_sharer.stop(HANG)
    assert len(os.listdir("/proc/self/fd")) <= before + 5
