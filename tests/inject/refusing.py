"""Makes system calls and allocations fail, by refusing.c, compiled and preloaded, and
allocations of the interpreter, by its own `_testcapi`."""

import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import NamedTuple

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "refusing.c")
STARTED = "IRONMAP_TEST_REFUSING"
FOR_GOOD = sys.maxsize

# The errors of each call by its manual page, except those of wrong arguments; EINTR only where
# the page has it.
ERRORS = {
    "mmap": "ENOMEM EAGAIN EACCES ENODEV ENFILE EPERM",
    "munmap": "ENOMEM",
    "mremap": "ENOMEM EAGAIN",
    "madvise": "ENOMEM EAGAIN EIO EINVAL EPERM",
    "mprotect": "ENOMEM EACCES",
    "msync": "EIO EBUSY ENOMEM",
    "mincore": "EAGAIN ENOMEM",
    "mlock": "ENOMEM EAGAIN EPERM",
    "mlock2": "ENOMEM EAGAIN EPERM",
    "munlock": "ENOMEM",
    "fstat": "EIO EOVERFLOW ENOMEM",
    "stat": "EIO EACCES ENOENT ELOOP ENOMEM",
    "lstat": "EIO EACCES ENOENT ENOMEM",
    "statx": "ENOSYS EIO ENOMEM",
    "fstatfs": "EIO EINTR ENOSYS",
    "fstatvfs": "EIO EINTR ENOSYS",
    "ftruncate": "EIO EINTR EFBIG EPERM ENOSPC EDQUOT",
    "fallocate": "ENOSPC EINTR EOPNOTSUPP EIO EFBIG EPERM ENOSYS EDQUOT",
    "fadvise": "EINVAL ESPIPE",
    "lseek": "EINVAL EOVERFLOW ESPIPE",
    "read": "EIO EINTR EISDIR",
    "readv": "EIO EINTR EISDIR",
    "write": "EIO EINTR ENOSPC",
    "pwrite": "EIO EINTR ENOSPC EDQUOT EFBIG",
    "readlink": "EIO EACCES ENOENT ENOMEM",
    "unlink": "EIO EACCES",
    "dup3": "EBUSY EINTR EMFILE",
    "open": "EMFILE EINTR EACCES ENFILE ENOMEM EIO ENOENT",
    "close": "EIO EINTR",
    "fcntl F_DUPFD_CLOEXEC": "EMFILE",
    "fcntl F_GETFL": "EBADF",
    "fcntl F_GET_SEALS": "EINVAL",
    "fcntl F_OFD_GETLK": "EINVAL",
    "prctl": "EINVAL ENOMEM",
    "getrlimit": "EPERM",
    "sigaction": "EINVAL",
    "sigtimedwait": "EAGAIN EINTR",
    "getcwd": "ENOENT EACCES",
    "realpath": "EIO EACCES ENOENT ENOMEM",
    "sched_getaffinity": "EINVAL",
    "pthread_create": "EAGAIN EPERM",
    # Allocations of the extension.
    "malloc": "ENOMEM",
}


def start():
    """Restarts this process with the library preloaded, unless it is; returns the library."""
    folder = os.environ.pop(STARTED, None)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
        # Child programs run without the library.
        os.environ.pop("LD_PRELOAD")
        library = ctypes.CDLL(None)
        for name in ("inject_counted", "inject_reached"):
            getattr(library, name).restype = ctypes.c_long
        library.inject_name.restype = ctypes.c_char_p
        library.inject_name.argtypes = [ctypes.c_long]
        library.inject_plan.argtypes = [
            ctypes.c_char_p,
            ctypes.c_long,
            ctypes.c_long,
            *[ctypes.c_int] * 2,
        ]
        return library
    if not sys.platform.startswith("linux") or not shutil.which("cc"):
        sys.exit("skipped: needs Linux and a C compiler, to put a library in front of libc's")
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "refusing.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", path, SOURCE, "-ldl"], check=True)
    environment = os.environ | {"LD_PRELOAD": path, STARTED: folder}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


library = start()


def count_allocations_of(path):
    if not library.inject_module(path.encode()):
        raise LookupError(path)


class Refusal(NamedTuple):
    """Fails the n-th call of a name, alone or with all later ones: with an error, a signal
    before it, or both. Without a name nothing fails."""

    name: str = ""
    first: int = 0
    last: int = 0
    error: int = 0
    signal: int = 0

    def __str__(self):
        what = errno.errorcode[self.error] if self.error else "no error"
        what = f"a signal, {what}" if self.signal else what
        more = " and all that follow" if self.last == FOR_GOOD else ""
        return f"{self.name} #{self.first}{more}: {what}"

    def begin(self):
        library.inject_plan(self.name.encode(), self.first, self.last, self.error, self.signal)
        library.inject_begin(0)

    def end(self):
        library.inject_end(0)


class NoMemory(NamedTuple):
    """Fails the n-th allocation of the interpreter, alone or with all later ones."""

    first: int
    last: int

    name = "interpreter"
    error = errno.ENOMEM
    signal = 0

    def __str__(self):
        more = " and all that follow" if self.last == 0 else ""
        return f"allocation of the interpreter #{self.first}{more}"

    def begin(self):
        import _testcapi

        _testcapi.set_nomemory(self.first, self.last)

    def end(self):
        import _testcapi

        _testcapi.remove_mem_hooks()


def calls_made():
    """Returns the names of the calls of the last operation, in order."""
    return [library.inject_name(at).decode() for at in range(library.inject_counted())]


def errors_of(name):
    return [getattr(errno, each) for each in ERRORS.get(name, "").split()]


SIGNAL = signal.SIGUSR1
