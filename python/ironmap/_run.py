"""Run an unchanged program as python itself would, with ironmap for the mmap module
from the program's first import on.
"""

import argparse
import builtins
import io
import os
import runpy
import sys
from pkgutil import get_importer
from types import CodeType, ModuleType

from ._install import install

# What the interpreter itself calls: with True for `-m`, with False for a folder.
run_as_main = runpy._run_module_as_main  # type: ignore[attr-defined]

HELP = "run a program with ironmap for its mmap"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "python -m ironmap run [-m] program [arguments ...]"
    parser.add_argument("-m", action="store_true", help="the program is a module, by its name")
    parser.add_argument(
        "program",
        nargs=argparse.REMAINDER,
        help="a script, or a folder or zip file with a __main__.py; what follows is its own",
    )
    parser.set_defaults(complain=parser.error)


def main(given: argparse.Namespace) -> int:
    """Run a program; its exceptions, SystemExit among them, come out as they are."""
    if not given.program:
        given.complain("a program is missing")
    program, *arguments = given.program
    if not given.m:
        sys.argv = given.program
        return run_script(program)
    sys.argv = ["-m", *arguments]
    fresh_main()
    run_as_main(program, True)
    return 0


def run_script(script: str) -> int:
    path = os.path.abspath(script)
    # A folder or a zip file is a place to import `__main__` from.
    if get_importer(path) is not None:
        replace_first_folder(path)
        fresh_main()
        run_as_main("__main__", False)
        return 0
    try:
        code = code_of(path)
    except OSError as error:
        print(f"ironmap run: can't open file {path!r}: {error}", file=sys.stderr)
        return 2
    replace_first_folder(os.path.dirname(os.path.realpath(path)))
    main = fresh_main()
    main.__file__ = path
    exec(code, vars(main))
    return 0


def code_of(path: str) -> CodeType:
    with io.open_code(path) as file:
        return compile(file.read(), path, "exec", dont_inherit=True)


def fresh_main() -> ModuleType:
    """A ``__main__`` with nothing of ours in it; from here on mmap is ironmap."""
    install()
    main = ModuleType("__main__")
    vars(main)["__builtins__"] = builtins
    sys.modules["__main__"] = main
    return main


def replace_first_folder(folder: str) -> None:
    """In the place of the current one, which ``python -m`` has put there."""
    if not sys.flags.safe_path:
        sys.path[0] = folder
