"""All of a map works without the system calls that came after Linux 3.2; advice that it does not
know is an error, as of the stdlib module."""

import ctypes
import errno
import pickle

import seccomp
from prelude import (
    PAGE,
    content,
    cut_map,
    expect,
    ironmap,
    must_fault,
    new_map,
    os,
    survived,
    tempfile,
)

seccomp.refuse_newer_than_linux_3_2()
libc = ctypes.CDLL(None, use_errno=True)
refused = {
    name: libc.syscall(number, 0, 0, 0, 0, 0, 0) for name, number in seccomp.NEWER_CALLS.items()
}
expect(set(refused.values()) == {-1} and ctypes.get_errno() == errno.ENOSYS, f"allowed {refused}")

file, m = new_map(pages=4)
m.lock()
m.unlock()
m.populate()
expect(m.resident() == 1.0, "populate has left pages out")
m.resize(9 * PAGE)
m.resize(2 * PAGE)
m.flush()
m.drop()
expect(m[:] == content(2 * PAGE), "a resize has changed bytes")
expect(m.rfind(m[-99:], 0) == len(m) - 99, "a search has found another place")
for call in (m.cold, lambda: m.madvise(ironmap.MADV_POPULATE_READ)):
    try:
        call()
    except OSError as error:
        expect(error.errno == errno.EINVAL, f"advice that is not known raised {error!r}")
    else:
        expect(False, "advice that is not known raised nothing")

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "new")
    for reserve in (False, True, True):
        with ironmap.open(path, "w+", length=3 * PAGE, reserve=reserve) as new:
            new[:5] = b"hello"
    with ironmap.open(path) as opened, pickle.loads(pickle.dumps(opened)) as sent:
        expect(sent[:6] == b"hello\0", "a map that was sent has other bytes")
        expect(opened.fileno() >= 0, "a map has no descriptor")

file, m = cut_map(pages=4, keep=PAGE)
must_fault("item", m, lambda: m[2 * PAGE], 2 * PAGE, PAGE)
os.ftruncate(file.fileno(), 4 * PAGE)
m.restore()
expect(m[:PAGE] == content(PAGE) and m[2 * PAGE] == 0, "the file is not back")
survived()
