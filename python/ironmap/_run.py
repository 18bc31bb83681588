"""``python -m ironmap run``: an unchanged program, with ironmap for its ``mmap``."""

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
            sys.argv = ["-m", *rest]
            fresh_main()
            run_as_main(module, True)
        case [script, *rest] if not script.startswith("-"):
            sys.argv = [script, *rest]
            return run_script(script)
        case _:
            print(USAGE, file=sys.stderr)
            return 2
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
