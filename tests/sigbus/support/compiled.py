"""Compiles the C functions of native/ on demand."""

import ctypes
import pathlib
import shutil
import subprocess

from prelude import os, skipped, tempfile

NATIVE = pathlib.Path(__file__).parent.with_name("native")


def library(name):
    """Returns the functions of native/NAME.c."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        skipped("there is no C compiler")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"{name}.so")
        command = [compiler, "-O1", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", path]
        subprocess.run([*command, NATIVE / f"{name}.c"], check=True)
        return ctypes.CDLL(path, use_errno=True)
