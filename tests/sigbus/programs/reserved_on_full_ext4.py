"""reserve=True on a full ext4, which keeps the blocks of a failed reservation."""

import filesystems
import reserving
from prelude import survived

reserving.check(filesystems.loop_ext4(16 << 20))
survived()
