"""A restored part has the advice and the lock that it had."""

from prelude import PAGE, cut_map, expect, fault_of, ironmap, kept_address, notes, skipped, survived


def flags_by_page(address, pages):
    """Returns the VmFlags of each page."""
    found = {}
    area = range(0)
    try:
        with open("/proc/self/smaps") as smaps:
            for line in smaps:
                first, *rest = line.split()
                if first == "VmFlags:":
                    for page in range(pages):
                        if address + page * PAGE in area:
                            found[page] = set(rest)
                elif not first.endswith(":"):
                    area = range(*(int(number, 16) for number in first.split("-")))
    except OSError as error:
        skipped(f"no smaps: {error}")
    return [found[page] & {"dc", "dd", "lo", "sr", "rr"} for page in range(pages)]


for access in (ironmap.ACCESS_WRITE, ironmap.ACCESS_COPY):
    file, m = cut_map(8, keep=8 * PAGE, access=access)
    address = kept_address(m)
    m.madvise(ironmap.MADV_DONTFORK)
    m.madvise(ironmap.MADV_DONTDUMP, 5 * PAGE)
    m.madvise(ironmap.MADV_RANDOM, 6 * PAGE, PAGE)
    m.madvise(ironmap.MADV_SEQUENTIAL, 2 * PAGE, PAGE)
    m.lock(4 * PAGE, 2 * PAGE)
    before = flags_by_page(address, 8)
    expect(before[5] == {"dc", "dd", "lo"}, f"flags {before}")
    file.truncate(3 * PAGE)
    fault_of("read", lambda: m[7 * PAGE])
    after = flags_by_page(address, 8)
    expect(after == before, f"flags {after}, not {before}")
    notes.append(str(after))
    m.close()
survived()
