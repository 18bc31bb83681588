"""Anonymous huge pages with an empty pool: an error. Private memory is restored, shared memory is not."""

import filesystems
from filesystems import HUGE
from prelude import errno, expect, fault_of, ironmap, survived

MAP_NORESERVE = 0x4000
MAP_HUGETLB = 0x40000

filesystems.empty_pool_of_huge_pages()

for sharing in (ironmap.MAP_SHARED, ironmap.MAP_PRIVATE):
    m = ironmap.mmap(
        -1, 2 * HUGE, flags=sharing | ironmap.MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE
    )
    for label, action in {
        "load": lambda: m[HUGE + 5],
        "store": lambda: m.__setitem__(HUGE + 5, 1),
    }.items():
        for _ in range(2):
            faults = m.faults
            error = fault_of(label, action)
            expect(
                (error.errno, error.offset, error.file_size) == (errno.EIO, HUGE + 5, None),
                f"{error!r}",
            )
            put_back = m.faults == faults + 1
            expect(put_back == (sharing == ironmap.MAP_PRIVATE) or not faults, "put back, or not")
    m.close()
survived()
