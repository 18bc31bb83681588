"""reserve=True on an ext4 that gets full; ext4 keeps what a reservation that fails has found."""

import filesystems
import reserving
from prelude import survived

reserving.check(filesystems.loop_ext4(16 << 20))
survived()
