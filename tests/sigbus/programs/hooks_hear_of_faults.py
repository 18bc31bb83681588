"""Each survived fault is reported once to audit hooks and the fault hook, before its error."""

import gc
import sys

from prelude import (
    PAGE,
    cut_map,
    errno,
    expect,
    ironmap,
    new_file,
    new_map,
    notes,
    os,
    survived,
    tempfile,
)

unraisable = []
sys.unraisablehook = lambda raised: unraisable.append(raised.exc_value)
events, reports = [], []
sys.addaudithook(lambda event, args: events.append(args) if event == "ironmap.fault" else None)
expect(ironmap.set_fault_hook(reports.append) is None, "there was a hook")


def heard(label, path, offset, file_size, reason="file_too_short", count=1):
    expected = [(path, offset, file_size, reason, count)]
    expect(events == expected, f"{label}: events {events}, not {expected}")
    expect(reports == expected, f"{label}: reports {reports}, not {expected}")
    events.clear(), reports.clear()
    notes.append(label)


def heard_nothing(label):
    expect(events == reports == [], f"{label}: {events} {reports}")


def raises(action):
    try:
        action()
    except ironmap.FaultError as error:
        return error
    expect(False, "no error")


def name_of(file):
    return os.readlink(f"/proc/self/fd/{file.fileno()}") if sys.platform == "linux" else None


# A fault in an operation of ours; a second touch of the same damage is not reported.
file, m = cut_map(keep=PAGE)
error = raises(lambda: m[2 * PAGE])
expect((error.offset, error.file_size) == (2 * PAGE, PAGE), "another error")
heard("item", name_of(file), 2 * PAGE, PAGE)
m[0], len(m)
heard_nothing("no fault")

# A fault through a buffer is reported at the next call.
with memoryview(m) as view:
    view[2 * PAGE], view[3 * PAGE]
heard_nothing("a buffer, until the next call")
raises(lambda: m.seek(0))
heard("buffer", name_of(file), PAGE, PAGE)

# restore() reports it, too.
bytes(memoryview(m))
os.ftruncate(file.fileno(), 4 * PAGE)
m.restore()
heard("restore", name_of(file), PAGE, 4 * PAGE, reason="unreadable")
m[:]

# close() reports it.
os.ftruncate(file.fileno(), 0)
bytes(memoryview(m))
raises(m.close)
heard("close", name_of(file), 0, 0)

# The deallocation of the map reports it.
file, m = cut_map(keep=PAGE)
bytes(memoryview(m))
del m
gc.collect()
heard("freed", name_of(file), PAGE, PAGE)
expect(len(unraisable) == 1 and isinstance(unraisable.pop(), ironmap.FaultError), f"{unraisable}")

# A fault past a match is counted, and no error.
file, m = new_map()
m[PAGE - 3 : PAGE] = b"\xff\xfe\xff"
os.ftruncate(file.fileno(), PAGE)
expect(m.find(b"\xff\xfe", 1) == PAGE - 3, "not found")
if m.faults:
    heard("past a match", name_of(file), PAGE, PAGE)

# Several faults at once, of a map without a descriptor, in which each page is one.
file, m = cut_map(access=ironmap.ACCESS_COPY, trackfd=False)
with memoryview(m) as view:
    [view[at] for at in range(0, 4 * PAGE, PAGE)]
error = raises(lambda: m[0])
heard("several", None, 0, None, reason="unreadable", count=4)
expect(m.faults == 4, f"{m.faults} faults")
raises(lambda: m[0])
heard_nothing("damage that stays")

# The path of a map that was opened by path, and of a file that was renamed.
with tempfile.TemporaryDirectory() as folder:
    path = os.path.realpath(os.path.join(folder, "datä"))
    with open(path, "wb") as file:
        file.write(bytes(4 * PAGE))
    tracked, untracked = ironmap.open(path), ironmap.open(path, trackfd=False)
    os.truncate(path, 0)
    raises(lambda: tracked[0])
    heard("path", path, 0, 0)
    raises(lambda: untracked[0])
    heard("path of a map without a descriptor", path, 0, None, reason="unreadable")
    with open(path, "wb") as file:
        file.write(bytes(4 * PAGE))
    tracked, untracked = ironmap.open(path), ironmap.open(path, trackfd=False)
    os.truncate(path, 0)
    os.rename(path, path + "2")
    raises(lambda: tracked[0])
    heard("path of a file that was renamed", path + "2" if sys.platform == "linux" else path, 0, 0)
    bytes(memoryview(untracked))
    faults = untracked.faults
    del untracked
    gc.collect()
    heard("freed, without a descriptor", None, 0, None, reason="unreadable", count=faults)
    expect(
        len(unraisable) == 1 and isinstance(unraisable.pop(), ironmap.FaultError), f"{unraisable}"
    )


def hook_that_fails(report):
    raise KeyError(report.path)


# An exception of a hook does not hide the fault; a hook can use the map and close it.
file, m = cut_map()
expect(ironmap.set_fault_hook(hook_that_fails) == reports.append, "there was another hook")
raises(lambda: m[0])
expect(len(unraisable) == 1 and isinstance(unraisable.pop(), KeyError), f"{unraisable}")
expect(len(events) == 1, f"{events}")
events.clear()


def hook_that_closes(report):
    reports.append(report)
    if len(reports) == 1:
        raises(lambda: m[3 * PAGE])
        m.close()


file, m = cut_map(keep=PAGE)
ironmap.set_fault_hook(hook_that_closes)
expect(raises(lambda: m[2 * PAGE :]).offset == 2 * PAGE, "another offset")
expect(m.closed and [report.offset for report in reports] == [2 * PAGE, 3 * PAGE], f"{reports}")
reports.clear(), events.clear()


class Forbidden(Exception):
    pass


def forbid(event, args):
    if event == "ironmap.fault":
        raise Forbidden


sys.addaudithook(forbid)
expect(ironmap.set_fault_hook(None) is hook_that_closes, "there was another hook")
file, m = cut_map()
expect(raises(lambda: m[0]).errno == errno.EIO, "another error")
expect(len(unraisable) == 1 and isinstance(unraisable.pop(), Forbidden), f"{unraisable}")
expect(reports == [], "a hook that was taken away is called")

for wrong in (1, "hook", []):
    try:
        ironmap.set_fault_hook(wrong)
    except TypeError as error:
        expect(type(wrong).__name__ in str(error), str(error))
    else:
        expect(False, f"{wrong!r} is a hook")
expect(not unraisable, f"{unraisable}")
survived()
