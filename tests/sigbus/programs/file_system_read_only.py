"""The file system of a mapped file is remounted read-only: reads work, writes are errors, and
nothing is changed."""

import filesystems
from prelude import PAGE, content, errno, expect, ironmap, os, survived

folder = filesystems.loop_ext4(8 << 20)
path = os.path.join(folder, "file")
with open(path, "wb") as file:
    file.write(content(4 * PAGE))
m = ironmap.open(path)
private = ironmap.open(path, "c")
filesystems.run("mount", "-o", "remount,ro", folder)

expect(m[:] == content(4 * PAGE), "the map")
private[0] = 0
expect(private[1:] == content(4 * PAGE)[1:], "the private map")
for mode in ("r+", "w+"):
    try:
        ironmap.open(path, mode, length=PAGE)
    except OSError as error:
        expect(error.errno == errno.EROFS, f"{mode} raised {error!r}")
        expect(error.filename == path, f"{mode} names {error.filename!r}")
    else:
        expect(False, f"{mode} succeeded")
expect(os.path.getsize(path) == 4 * PAGE, "the file is changed")
survived()
