"""trackfd=False: nobody knows where the file ends, and a long tail is still a few faults."""

from prelude import PAGE, cut_map, expect, fault_of, survived

for options in ({}, {"access": 1}):
    file, m = cut_map(pages=5000, keep=PAGE, trackfd=False, **options)
    error = fault_of("all", lambda: m[:])
    expect(error.offset == PAGE, f"offset {error.offset}")
    expect(1 < m.faults < 20, f"{m.faults} faults")
survived()
