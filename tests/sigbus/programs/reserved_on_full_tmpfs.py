"""reserve=True on a tmpfs that gets full."""

import filesystems
import reserving
from prelude import survived

reserving.check(filesystems.tmpfs("8m"))
survived()
