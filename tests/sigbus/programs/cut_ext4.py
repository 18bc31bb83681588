"""A file on ext4 is truncated: the error is EIO, though the file system is full, too."""

import filesystems
from prelude import PAGE, content, grow, ironmap, must_fault, os, survived

folder = filesystems.loop_ext4(4 << 20)
file = filesystems.hole(folder, 8)
os.pwrite(file.fileno(), content(8 * PAGE), 0)
m = ironmap.mmap(file.fileno(), 0)
os.ftruncate(file.fileno(), PAGE + 1)
filler = filesystems.fill(folder)
must_fault("read", m, lambda: m[:], 2 * PAGE, PAGE + 1)
must_fault("store", m, lambda: m.__setitem__(-1, 0), 8 * PAGE - 1, PAGE + 1)
os.remove(filler)
os.sync()
grow(m, file)
survived()
