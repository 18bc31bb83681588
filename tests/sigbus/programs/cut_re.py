"""re over the map of a truncated file."""

import re

from prelude import PAGE, check_intact, cut_map, expect, must_report, survived

file, m = cut_map(keep=PAGE + 5)
expect(re.search(rb"\xff+", m) is None, "found what is not there")
must_report("after search", lambda: m[0], 2 * PAGE, PAGE + 5)
expect(sum(1 for _ in re.finditer(rb"\n", m)) == 0, "found what is not there")
must_report("after finditer", lambda: m[0], 2 * PAGE, PAGE + 5)
check_intact(m, file)
survived()
