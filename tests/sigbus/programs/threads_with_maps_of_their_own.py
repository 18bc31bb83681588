"""Eight threads fault at once, each on its own maps, 200 times."""

from prelude import (
    PAGE,
    check_error,
    content,
    cut_map,
    expect,
    fault_of,
    in_threads,
    notes,
    survived,
)


def rounds():
    for _ in range(200):
        file, m = cut_map(pages=3, keep=PAGE)
        check_error("slice", fault_of("slice", lambda: m[:]), PAGE, PAGE)
        expect(m[:PAGE] == content(PAGE), "wrong bytes in the part that is left")
        expect(m.faults == 1, f"{m.faults} faults, not one")
        m.close()
        file.close()


in_threads(*[rounds] * 8)
notes[:] = [f"{len(notes)} faults"]
survived()
