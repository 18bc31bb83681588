"""On hugetlbfs mmap makes a file longer: a failed resize and a restore keep its size."""

import filesystems
from filesystems import HUGE
from prelude import PAGE, expect, fault_of, ironmap, notes, os, survived


def size():
    return os.fstat(file.fileno()).st_size


filesystems.private_mounts()
folder = filesystems.mounted("-t", "hugetlbfs", "-o", "pagesize=2M", "none")
with filesystems.pool_of_huge_pages(6), open(os.path.join(folder, "huge"), "w+b") as file:
    empty = ironmap.open(file.name, "r+")
    expect((len(empty), size()) == (0, 0), f"an empty file has {size()} bytes after it was mapped")
    empty.close()
    file.truncate(HUGE)
    for length, wanted in (
        (PAGE, HUGE + PAGE),
        (PAGE, 1000),
        (HUGE, HUGE + PAGE),
        (HUGE, HUGE - 1),
        (HUGE, 100 * HUGE),
    ):
        m = ironmap.mmap(file.fileno(), length)
        m[:5] = b"there"
        try:
            m.resize(wanted)
            expect(False, f"a resize from {length} to {wanted}")
        except OSError as error:
            notes.append(str(error))
        expect(
            (len(m), size()) == (length, HUGE),
            f"{len(m)} bytes of {size()} after {wanted} were refused",
        )
        expect(m[:5] == b"there", "the map does not show its file")
        m.close()
    m = ironmap.mmap(file.fileno(), HUGE)
    m.resize(3 * HUGE)
    expect((len(m), size()) == (3 * HUGE, 3 * HUGE), "no resize to whole pages")
    m[2 * HUGE] = 1
    file.truncate(HUGE)
    for _ in range(2):
        fault_of("cut", lambda: m[2 * HUGE])
        expect(size() == HUGE, f"the file has {size()} bytes after a fault")
    expect(m[:5] == b"there", "the part that is left is not there")
    file.truncate(3 * HUGE)
    try:
        m[0]
    except ironmap.FaultError:
        pass
    expect(m[2 * HUGE] == 0, "the file does not come back")
    m.resize(HUGE)
    expect((len(m), size()) == (HUGE, HUGE), "no resize to fewer pages")
    m.close()
survived()
