"""``python -m ironmap run``: an unchanged program, with ironmap for its ``mmap``."""

import os
import runpy
import sys

from ._install import install

USAGE = """\
usage: python -m ironmap run script [arguments …]
       python -m ironmap run -m module [arguments …]

Runs the program as python itself would, with ironmap for the mmap module from
the program's first import on."""


def main(arguments: list[str]) -> int:
    """Run a program; its exceptions, SystemExit among them, come out as they are."""
    match arguments:
        case ["-h" | "--help"]:
            print(USAGE)
            return 0
        case ["-m", module, *rest]:
            install()
            # As under `python -m`, until the module is found.
            sys.argv = ["-m", *rest]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case [script, *rest] if not script.startswith("-"):
            install()
            sys.argv = [script, *rest]
            replace_first_folder(script)
            runpy.run_path(script, run_name="__main__")
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    return 0


def replace_first_folder(script: str) -> None:
    """A script's first folder for imports is its own, not the current one."""
    if sys.flags.safe_path:
        return
    if os.path.isfile(script):
        sys.path[0] = os.path.dirname(os.path.realpath(script))
    else:
        # A folder with a __main__.py is put there by runpy.
        del sys.path[0]
