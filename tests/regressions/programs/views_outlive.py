"""Slices, casts and ctypes arrays keep the map's memory mapped."""

import array
import ctypes
import gc
import io
import struct

from prelude import PAGE, attempt, must_raise, new_map, notes, survived, wrong

m = new_map(2)
holders = [
    memoryview(m)[PAGE:],
    memoryview(m).cast("I"),
    memoryview(m).toreadonly()[::-1],
    (ctypes.c_char * 100).from_buffer(m, 50),
    memoryview(memoryview(m)[10:20]),
]
while holders:
    must_raise("close", BufferError, m.close)
    must_raise("resize", BufferError, lambda: m.resize(PAGE))
    must_raise("exit", BufferError, lambda: m.__exit__(None, None, None))
    holders.pop()
    gc.collect()
m.resize(PAGE)

view = memoryview(m)[100:200].cast("H")
del m
gc.collect()
if view[0] != struct.unpack("=H", b"AA")[0]:
    wrong("a view lost its map")
view[0] = 0x4242
if bytes(view)[:3] != b"BBA":
    wrong("a view cannot be written")
view.release()

m = new_map(1)
for label, borrow in {
    "BytesIO": lambda: io.BytesIO(m),
    "array": lambda: array.array("B", m),
    "int.from_bytes": lambda: int.from_bytes(m, "big").bit_length(),
    "join": lambda: b"".join([m, m]),
    "%": lambda: b"%b" % m,
    "bytearray +=": lambda: bytearray(b"x").__iadd__(m),
}.items():
    attempt(label, borrow)
attempt("close", m.close, lambda result: result is None)
notes[:] = notes[-7:]
survived()
