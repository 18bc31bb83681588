"""A disk whose blocks are gone: its pages that are not in memory are errors."""

import filesystems
from prelude import PAGE, content, errno, expect, fault_of, ironmap, os, survived

PAGES = 256

with filesystems.loop_ext4_with_image(16 << 20) as (folder, image):
    path = os.path.join(folder, "file")
    with open(path, "wb") as file:
        file.write(content(PAGES * PAGE))
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    with ironmap.open(path) as m:
        m.madvise(ironmap.MADV_RANDOM)
        expect(m[:PAGE] == content(PAGE), "a page of the disk")
        os.truncate(image, 0)
        error = fault_of("a page of a disk that is gone", lambda: m[200 * PAGE])
        expect(error.errno == errno.EIO and error.offset == 200 * PAGE, repr(error))
        expect(m[:PAGE] == content(PAGE), "a page that is in memory")
survived()
