"""A file of huge pages with an empty pool: its pages, and so each damage, have 2 MiB."""

import filesystems
from filesystems import HUGE
from prelude import PAGE, check_error, errno, expect, fault_of, ironmap, notes, os, survived

MAP_NORESERVE = 0x4000

filesystems.empty_pool_of_huge_pages()

filesystems.private_mounts()
folder = filesystems.mounted("-t", "hugetlbfs", "-o", "pagesize=2M", "none")
with open(os.path.join(folder, "huge"), "w+b") as file:
    file.truncate(4 * HUGE)
    m = ironmap.mmap(file.fileno(), 0, flags=ironmap.MAP_SHARED | MAP_NORESERVE)
    for label, action, offset in (
        ("read", lambda: m[HUGE + 5], HUGE + 5),
        ("store", lambda: m.__setitem__(3 * HUGE - 1, 1), 3 * HUGE - 1),
        ("all", lambda: m[:], 0),
    ):
        error = fault_of(label, action)
        check_error(label, error, offset, 4 * HUGE, error.errno)
        expect(error.errno in (errno.EIO, errno.ENOSPC), f"errno {error.errno}")
    view = memoryview(m)
    expect(bytes(view[HUGE : HUGE + PAGE]) == bytes(PAGE), "damage is not read as zeros")
    error = fault_of("next call", lambda: m[0])
    check_error("next call", error, HUGE, 4 * HUGE, error.errno)
    view.release()
    os.ftruncate(file.fileno(), HUGE)
    check_error("cut", fault_of("cut", lambda: m[HUGE:]), HUGE, HUGE)
    notes.append(f"{m.faults} faults")
    m.close()
survived()
