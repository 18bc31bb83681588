"""Conversions raise a BaseException, or return a wrong type."""

from prelude import PAGE, Buffer, Index, new_map, notes, survived, wrong


class Stop(BaseException):
    pass


def stop():
    raise Stop


m = new_map()
m.seek(5)
WAYS = [
    lambda: m[Index(1, stop)],
    lambda: m[Index(1, stop) :],
    lambda: m.__setitem__(0, Index(1, stop)),
    lambda: m.__setitem__(slice(4), Buffer(b"BBBB", stop)),
    lambda: m.find(b"A", Index(1, stop)),
    lambda: m.find(Buffer(b"A", stop)),
    lambda: m.read(Index(1, stop)),
    lambda: m.seek(Index(1, stop)),
    lambda: m.write(Buffer(b"BBBB", stop)),
    lambda: m.write_byte(Index(66, stop)),
    lambda: m.move(0, Index(1, stop), 2),
    lambda: m.flush(Index(0, stop), PAGE),
    lambda: m.resize(Index(PAGE, stop)),
    lambda: m.read(Index("not a number", lambda: None)),
    lambda: m.write(Buffer("not bytes", lambda: None)),
]
for way in WAYS:
    try:
        way()
    except (Stop, TypeError):
        continue
    wrong("an exception was swallowed")
if (m.tell(), len(m), m[:]) != (5, 4 * PAGE, b"A" * (4 * PAGE)):
    wrong("a call that failed left its traces")
m.close()
notes.append(f"{len(WAYS)} exceptions passed through")
survived()
