"""Use of a closed map's address after all descriptors were closed: the zeros need none."""

import os

from prelude import PAGE, WINDOWS, attempt, kept_address, loaded, new_map, skipped, survived, wrong

if WINDOWS:
    skipped("Windows cannot replace a view by zeros")
m = new_map(4)
address = kept_address(m)
os.closerange(3, 256)
attempt("close", m.close)
if loaded(address + PAGE, 5) != bytes(5):
    wrong("a closed map shows something")
survived()
