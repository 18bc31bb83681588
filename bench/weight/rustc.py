#!/usr/bin/env python3
"""Runs rustc, and notes the processor seconds of each crate: the `RUSTC_WRAPPER` of measure.py."""

import os
import resource
import subprocess
import sys

rustc = sys.argv[1:]
# cargo hands its job server over in open files.
code = subprocess.run(rustc, close_fds=False).returncode
if "--crate-name" in rustc:
    name = rustc[rustc.index("--crate-name") + 1]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(os.environ["IRONMAP_WEIGHT_LOG"], "a", encoding="utf-8") as log:
        print(name, used.ru_utime + used.ru_stime, file=log)
sys.exit(code)
