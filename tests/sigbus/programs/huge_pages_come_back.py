"""One huge page in the pool: the first page of the file succeeds, the second does not."""

import filesystems
from prelude import check_error, expect, fault_of, in_child, ironmap, os, skipped, survived

HUGE = 2 << 20
MAP_NORESERVE = 0x4000
POOL = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"


def pool():
    with open(POOL) as file:
        return int(file.read())


def set_pool(count):
    with open(POOL, "w") as file:
        file.write(str(count))


def use():
    with open(os.path.join(folder, "huge"), "w+b") as file:
        file.truncate(3 * HUGE)
        m = ironmap.mmap(file.fileno(), 0, flags=ironmap.MAP_SHARED | MAP_NORESERVE)
        m[:5] = b"first"
        error = fault_of("second", lambda: m[HUGE])
        check_error("second", error, HUGE, 3 * HUGE, error.errno)
        expect(m[:6] == b"first\0", "a fault behind the page changed it")
        error = fault_of("across", lambda: m[HUGE - 1 : 2 * HUGE + 1])
        check_error("across", error, HUGE, 3 * HUGE, error.errno)
        set_pool(3)
        if pool() < 3:
            return
        m[HUGE : HUGE + 6] = b"second"
        expect(
            (m[:5], m[HUGE : HUGE + 6]) == (b"first", b"second"), "wrong bytes when there are pages"
        )
        m.close()


filesystems.private_mounts()
if not os.path.exists(POOL):
    skipped("the kernel has no huge pages of 2 MiB")
if pool():
    skipped("the pool of huge pages is in use by others")
folder = filesystems.mounted("-t", "hugetlbfs", "-o", "pagesize=2M", "none")
try:
    set_pool(1)
    if pool() != 1:
        skipped("the kernel has no memory for one huge page")
    status = in_child(use)
finally:
    set_pool(0)
expect(status == 0, f"the child ended with status {status}")
survived()
