"""A child without the pages (MADV_DONTFORK) whose parent uses more address space than its limit:
each use of them is an error, and no other memory of the child is read or changed."""

import resource

from prelude import PAGE, expect, fault_of, ironmap, new_map, os, survived

file, m = new_map(64)
m.madvise(ironmap.MADV_DONTFORK)
before = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (1 << 20, before[1]))
child = os.fork()
if child == 0:
    expect(resource.getrlimit(resource.RLIMIT_AS)[0] == 1 << 20, "the limit is another")
    fault_of("item", lambda: m[5])
    fault_of("store", lambda: m.__setitem__(slice(PAGE, PAGE + 4), b"EVIL"))
    resource.setrlimit(resource.RLIMIT_AS, before)
    others = [ironmap.mmap(-1, 64 * PAGE) for _ in range(8)]
    fault_of("store", lambda: m.__setitem__(slice(PAGE, PAGE + 4), b"EVIL"))
    expect(all(not other[:].strip(b"\0") for other in others), "other memory is changed")
    os._exit(0)
resource.setrlimit(resource.RLIMIT_AS, before)
expect(os.waitpid(child, 0)[1] == 0, "the child")
survived()
