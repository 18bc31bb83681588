"""reserve=True on a full tmpfs."""

import filesystems
import reserving
from prelude import survived

reserving.check(filesystems.tmpfs("8m"))
survived()
