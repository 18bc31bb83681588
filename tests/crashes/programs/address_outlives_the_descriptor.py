"""As address_outlives_close, when the descriptors were closed before: zeros need none."""

import os

from prelude import PAGE, attempt, kept_address, loaded, new_map, survived, wrong

m = new_map(4)
address = kept_address(m)
os.closerange(3, 256)
attempt("close", m.close)
if loaded(address + PAGE, 5) != bytes(5):
    wrong("a closed map shows something")
survived()
