"""FaultError is an OSError with the file's path; its attributes survive copies and pickles."""

import copy
import os
import pickle
import sys

from prelude import PAGE, check_error, cut_map, errno, expect, fault_of, ironmap, survived

file, m = cut_map(keep=PAGE)
error = fault_of("slice", lambda: m[:])
check_error("error", error, PAGE, PAGE)
expect(isinstance(error, OSError) and issubclass(ironmap.FaultError, OSError), "no OSError")
expect((error.errno, error.args[0]) == (errno.EIO, errno.EIO), "not as an OSError is")
if sys.platform == "linux":
    path = os.readlink(f"/proc/self/fd/{file.fileno()}")
    expect(error.filename == path and path in str(error), f"{error} does not name {path}")
expect(ironmap.FaultError.__module__ == "ironmap", "its name is not where it is found")
for label, twin in {"pickle": pickle.loads(pickle.dumps(error)), "copy": copy.copy(error)}.items():
    check_error(label, twin, PAGE, PAGE)
    expect(str(twin) == str(error) and type(twin) is ironmap.FaultError, f"{label} is another")
    expect(twin.filename == error.filename, f"{label} has another path")
survived()
