"""The common part of the programs of this folder.

A program ends as survival.py describes. Wrong data, lost data, an unexpected error and a
hang are not survival.
"""

import errno
import faulthandler
import os
import signal
import tempfile
import threading

import ironmap
from hang import HANG
from survival import kept_address, loaded, notes, skipped, store, survived, wrong

PAGE = ironmap.PAGESIZE

# A hang exits with 1 and tracebacks. If it holds the GIL and cannot print them, the alarm ends
# the process.
faulthandler.dump_traceback_later(HANG, exit=True)
signal.alarm(HANG + 30)


def expect(true, message):
    if not true:
        wrong(message)


def content(length, generation=0):
    """Returns bytes that depend on their place; none of them is 0, a newline, 0xfe or 0xff."""
    line = bytes(11 + (7 * place + generation) % 199 for place in range(199))
    return (line * (length // 199 + 1))[:length]


def new_file(pages=4):
    file = tempfile.TemporaryFile()
    file.write(content(pages * PAGE))
    file.flush()
    return file


def new_map(pages=4, **options):
    """Returns a file and a map of all of it."""
    file = new_file(pages)
    return file, ironmap.mmap(file.fileno(), 0, **options)


def cut_map(pages=4, keep=0, **options):
    """Returns a truncated file and a map of its former content."""
    file, m = new_map(pages, **options)
    os.ftruncate(file.fileno(), keep)
    return file, m


def mappings_of(file):
    """Returns the addresses of a file's mappings in this process.

    Files of several file systems have one inode number, and files without a name one path.
    """
    path = os.readlink(f"/proc/self/fd/{file.fileno()}")
    with open("/proc/self/maps") as maps:
        lines = [line.rstrip("\n").split(maxsplit=5) for line in maps]
    wanted = [str(os.fstat(file.fileno()).st_ino), path]
    return [int(line[0].split("-")[0], 16) for line in lines if line[4:] == wanted]


def page_end(offset):
    return -(-offset // PAGE) * PAGE


def fault_of(label, action):
    """Returns the FaultError that the action must raise."""
    try:
        result = action()
    except ironmap.FaultError as error:
        notes.append(f"{label}: {error}")
        return error
    except Exception as error:
        wrong(f"{label} raised {error!r}")
    wrong(f"{label} gave {result!r:.80}")


def check_error(label, error, offset, file_size, number=errno.EIO):
    seen = (error.errno, error.offset, error.file_size)
    right = (number, offset, file_size)
    expect(seen == right, f"{label}: errno, offset and file size are {seen}, not {right}")
    for figure in (offset, file_size):
        expect(
            figure is None or str(figure) in str(error), f"{label}: no {figure} in {str(error)!r}"
        )


def must_fault(label, m, action, offset, file_size, number=errno.EIO):
    """Expects a FaultError with these attributes, and an unchanged position."""
    position, before = m.tell(), m.faults
    error = fault_of(label, action)
    check_error(label, error, offset, file_size, number)
    expect(m.tell() == position, f"{label}: position {m.tell()} is not {position}")
    expect(m.faults > before, f"{label}: {m.faults} faults after {before}")


def must_report(label, action, offset, file_size):
    """Expects the action to report damage that other code has touched."""
    check_error(label, fault_of(label, action), offset, file_size)


def check_intact(m, file, generation=0):
    """Checks the remaining part of the file, in the file and in the map."""
    size = os.fstat(file.fileno()).st_size
    kept = content(len(m), generation)[:size]
    expect(os.pread(file.fileno(), size, 0) == kept, "wrong bytes in the file")
    end = min(page_end(size), len(m))
    expect(m[:end] == kept.ljust(end, b"\0"), "wrong bytes in the map")


def grow(m, file, generation=1):
    """Writes the whole file again; the map must show it."""
    os.pwrite(file.fileno(), content(len(m), generation), 0)
    expect(
        m[:] == content(len(m), generation), "the map does not show the file that has grown again"
    )


def in_child(action):
    """Runs the action in a forked child; returns its wait status."""
    child = os.fork()
    if child == 0:
        signal.alarm(HANG)
        try:
            action()
        except BaseException as error:
            print(f"child: {type(error).__name__}: {error}", flush=True)
            os._exit(4)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def in_surviving_child(action):
    status = in_child(action)
    expect(status == 0, f"the child ended with status {status}")


def in_threads(*actions):
    """Runs each action in its own thread and waits for all."""
    errors = []

    def noting_errors(action):
        try:
            action()
        except BaseException as error:
            errors.append(error)

    threads = [
        threading.Thread(target=noting_errors, args=(action,), daemon=True) for action in actions
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG / 2)
    expect(not any(thread.is_alive() for thread in threads), "a thread hangs")
    expect(not errors, f"a thread raised {errors[:1]}")


def dies(action, tracebacks=None):
    """Runs an action that must kill; prints the expected number of tracebacks before."""
    count = int(faulthandler.is_enabled()) if tracebacks is None else tracebacks
    print("DIES:", count, flush=True)
    action()
    wrong("survived a fatal action")
