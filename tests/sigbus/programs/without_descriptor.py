"""trackfd=False: damage stays, because no file can be examined or mapped again."""

from prelude import PAGE, content, cut_map, expect, must_fault, os, survived

file, m = cut_map(keep=PAGE, trackfd=False)
must_fault("behind", m, lambda: m[2 * PAGE :], 2 * PAGE, None)
os.pwrite(file.fileno(), content(4 * PAGE, 1), 0)
expect(m[:PAGE] == content(PAGE, 1), "the intact part does not show the file")
for label, action in {
    "read": lambda: m[2 * PAGE],
    "store": lambda: m.__setitem__(2 * PAGE, 1),
}.items():
    try:
        action()
    except OSError as error:
        expect((error.offset, error.file_size) == (2 * PAGE, None), f"{label}: {error!r}")
    else:
        expect(False, f"{label} in damage was no error")
try:
    m.restore()
except ValueError as error:
    expect("restore" in str(error), f"restore: {error!r}")
else:
    expect(False, "restore without a descriptor was no error")
expect(os.pread(file.fileno(), 4 * PAGE, 0) == content(4 * PAGE, 1), "the file changed")
survived()
