"""Reserved space on a small file system: too large a reservation is refused at once."""

from prelude import errno, expect, fault_of, ironmap, notes, os

OLD = b"old bytes " * 1000


def free(folder):
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def refused(what, folder, path, call):
    """Makes a call that needs too much space: neither the disk nor the file changes."""
    before = free(folder)
    try:
        call()
    except OSError as error:
        expect(error.errno == errno.ENOSPC, f"{what}: {error!r}")
    else:
        expect(False, f"{what} succeeded without space")
    with open(path, "rb") as file:
        expect(file.read() == OLD, f"{what} changed the file")
    expect(free(folder) == before, f"{what} kept space: {before - free(folder)} bytes")
    notes.append(what)


def check(folder):
    path = os.path.join(folder, "file")
    with open(path, "wb") as file:
        file.write(OLD)
        file.flush()
        os.fsync(file.fileno())
    too_much = 2 * free(folder)
    refused("w+", folder, path, lambda: ironmap.open(path, "w+", length=too_much, reserve=True))
    populated = lambda: ironmap.open(path, "w+", length=too_much, populate=True)  # noqa: E731
    refused("w+ populated", folder, path, populated)
    m = ironmap.open(path, "r+")
    refused("resize", folder, path, lambda: m.resize(too_much, reserve=True))
    expect(len(m) == len(OLD), "a refused resize changed the map")

    # Reserved bytes can be stored to when the disk is full.
    half = free(folder) // 2
    m.resize(half, reserve=True)
    other = ironmap.open(os.path.join(folder, "other"), "w+", length=half // 2, reserve=True)
    sparse = ironmap.open(os.path.join(folder, "sparse"), "w+", length=4 * half)
    fault = fault_of("stores to a hole", lambda: sparse.__setitem__(slice(None), b"x" * 4 * half))
    expect(fault.errno == errno.ENOSPC, f"{fault!r}")
    for each in (m, other):
        each[:] = b"y" * len(each)
        each.flush()
        expect(each.faults == 0 and each.count(b"y") == len(each), "reserved space was not there")
    expect(m.size() == half, "the file has another size than its map")
