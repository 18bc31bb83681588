"""100,000 closed maps, more than the limit of mappings: their zeros are few mappings."""

from prelude import PAGE, expect, ironmap, kept_address, loaded, new_file, survived

LIMIT = int(open("/proc/sys/vm/max_map_count").read())


def count():
    with open("/proc/self/maps") as maps:
        return sum(1 for _ in maps)


file, kept = new_file(1), []
for _ in range(LIMIT + 1000):
    m = ironmap.mmap(file.fileno(), 0)
    address = kept_address(m)
    m.close()
    kept.append(m)
expect(count() < 1000, f"{count()} mappings for {len(kept)} closed maps")
expect(loaded(address, PAGE) == bytes(PAGE), "not zeros")
kept.clear()
survived()
