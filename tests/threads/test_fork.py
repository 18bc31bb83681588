"""A forked child uses a map that another thread of its parent was using."""

import contextlib
import os
import sys
import tempfile

import pytest

from .apart import apart
from .common import MIB, start, wait_for_child

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no forks")

SIZE = 64 * MIB
CHILDREN = 10


@contextlib.contextmanager
def search_of_a_file(mmap):
    """Yields a file and a map of it, which another thread searches all the time."""
    with tempfile.TemporaryFile() as file:
        file.truncate(SIZE)
        m = mmap.mmap(file.fileno(), 0)
        ended = []

        def search():
            while not ended:
                m.find(b"\1\2", 0)

        (thread,) = start(search)
        try:
            yield file, m
        finally:
            ended.append(True)
            thread.join()
            m.close()


def check_in_children(mmap, check):
    """The searching thread does not exist in a child: its read guard must not, either."""
    with search_of_a_file(mmap) as (file, m):
        for _ in range(CHILDREN):
            child = os.fork()
            if child == 0:
                outcome = 1
                with contextlib.suppress(BaseException):
                    check(mmap, m, lambda size: os.ftruncate(file.fileno(), size))
                    outcome = 0
                os._exit(outcome)
            wait_for_child(child)


def is_fault(mmap, action):
    try:
        action()
    except mmap.FaultError:
        return True
    return False


@apart("ironmap")
def test_fork_during_find_child_restores_after_fault(mmap):
    def check(mmap, m, truncate):
        truncate(SIZE - mmap.PAGESIZE)
        assert is_fault(mmap, lambda: m[-1])
        truncate(SIZE)
        assert m[-1] == 0

    check_in_children(mmap, check)


@apart("ironmap")
def test_fork_during_find_child_reports_buffer_fault_once(mmap):
    def check(mmap, m, truncate):
        with memoryview(m) as view:
            truncate(SIZE - mmap.PAGESIZE)
            assert view[-1] == 0
            truncate(SIZE)
            assert [is_fault(mmap, lambda: m[0]) for _ in range(3)] == [True, False, False]

    check_in_children(mmap, check)


@apart("ironmap")
def test_fork_during_find_child_exports_restored_map(mmap):
    def check(mmap, m, truncate):
        truncate(SIZE - mmap.PAGESIZE)
        assert is_fault(mmap, lambda: m[-1:])
        truncate(SIZE)
        with memoryview(m) as view:
            assert view[-1] == 0

    check_in_children(mmap, check)
