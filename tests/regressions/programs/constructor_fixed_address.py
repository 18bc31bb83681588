"""MAP_FIXED without an address: for root the map is at address 0, where null pointers point."""

from prelude import PAGE, attempt, mmap, new_file, survived, wrong

MAP_FIXED, MAP_FIXED_NOREPLACE = 0x10, 0x100000
file = new_file(1)
for fixed in (MAP_FIXED, MAP_FIXED_NOREPLACE):
    for number, flags in (
        (-1, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS),
        (file.fileno(), mmap.MAP_SHARED),
    ):
        m = attempt(
            f"{number} {flags | fixed}", lambda: mmap.mmap(number, PAGE, flags=flags | fixed)
        )
        with open("/proc/self/maps") as areas:
            if areas.read().startswith("00000000-"):
                wrong("a map at address 0")
survived()
