"""Without memory for writable zeros they are read-only; without address space there are none."""

import seccomp
from prelude import PAGE, expect, ironmap, kept_address, loaded, new_map, os, survived


def mapped_at(address):
    """Returns the protection at an address, or None."""
    with open("/proc/self/maps") as maps:
        for line in maps:
            start, end = (int(number, 16) for number in line.split()[0].split("-"))
            if start <= address < end:
                return line.split()[1]


def closed_map():
    file, m = new_map()
    address = kept_address(m)
    m.close()
    return m, address


m, address = closed_map()
expect(mapped_at(address) == "rw-p", f"zeros are mapped {mapped_at(address)}")

seccomp.refuse_fixed_mappings(ironmap.PROT_WRITE)
m, address = closed_map()
expect(
    mapped_at(address) == "r--p",
    f"without memory to store to, zeros are mapped {mapped_at(address)}",
)
expect(loaded(address + PAGE, 5) == bytes(5), "not zeros")

seccomp.refuse_fixed_mappings(ironmap.PROT_READ)
last, address = closed_map()
expect(mapped_at(address) is None, f"without any memory {mapped_at(address)} is mapped")
file, last = new_map()
address = kept_address(last)
last.resize(PAGE)
expect(
    mapped_at(address + PAGE) is None,
    f"without any memory {mapped_at(address)} is mapped behind the end",
)
last.resize(2000 * PAGE)
expect(
    len(last) == 2000 * PAGE == os.fstat(file.fileno()).st_size, "no resize without room for zeros"
)
last[-1] = 1
survived()
