"""Arrays of numpy that keep the address of a map that is closed, resized or cut."""

import gc
import sys

from prelude import (
    PAGE,
    check_error,
    content,
    expect,
    must_report,
    new_file,
    new_map,
    os,
    skipped,
    survived,
)

import ironmap

sys.modules["mmap"] = ironmap
try:
    import numpy
except ImportError:
    skipped("numpy is not installed: make interop")

told = []
sys.unraisablehook = lambda unraisable: told.append(unraisable.exc_value)


def told_of(*offsets):
    gc.collect()
    expect(len(told) == len(offsets), f"told {told}")
    for offset in offsets:
        check_error("freed", told.pop(0), offset, None)


def array_of(m):
    return numpy.ndarray(len(m), numpy.uint8, buffer=m)


file, m = new_map()
array = array_of(m)
expect(array.base is m, f"the array holds {array.base!r}")
m.close()
expect(array.sum() == 0, "a closed map is not zeros")
array[:] = 7
expect(os.pread(file.fileno(), 4 * PAGE, 0) == content(4 * PAGE), "a store went to the file")
del m
told_of()
del array
told_of(0)

file, m = new_map()
array, part = array_of(m), array_of(m)[2 * PAGE :]
m.resize(PAGE)
expect(bytes(array[:PAGE]) == content(PAGE) and not part.any(), "wrong bytes after a resize")
array[:] = 7
expect(m[:] == bytes([7]) * PAGE and part[0] == 7, "the array is not what it was")
del m, array, part
told_of(PAGE)

file, m = new_map()
array = array_of(m)
os.ftruncate(file.fileno(), PAGE)
expect(not array[PAGE:].any(), "damage is not read as zeros")
must_report("close", m.close, PAGE, PAGE)
expect(not array.any(), "a closed map is not zeros")
del m, array
told_of(0)

file = new_file()
array = numpy.memmap(file, numpy.uint8, "r+")
expect(type(array._mmap) is ironmap.mmap, f"numpy.memmap is made of {type(array._mmap)}")
array[:5] = 9
array.flush()
expect(os.pread(file.fileno(), 6, 0) == b"\x09" * 5 + content(6)[5:], "memmap did not write")
array._mmap.close()
expect(array.sum() == 0, "a closed memmap is not zeros")
del array
told_of(0)

file, m = new_map()
for lend in (lambda: numpy.frombuffer(m, numpy.uint8), lambda: numpy.asarray(m)):
    array = lend()
    for refused in (m.close, lambda: m.resize(PAGE)):
        try:
            refused()
        except BufferError:
            continue
        expect(False, f"{lend()!r} does not keep the map")
    del array
m.close()
survived()
