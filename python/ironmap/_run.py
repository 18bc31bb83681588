"""Running an unchanged program as python does, with ironmap as its mmap module.

Imports only modules that ``python -m`` has imported already: any other would hide the
program's own module of that name.
"""

import builtins
import os
import runpy
import sys
from importlib.machinery import SourceFileLoader, SourcelessFileLoader
from types import ModuleType, TracebackType

from ._install import install

# Called by the interpreter itself: with True for `-m`, with False for a folder.
run_as_main = runpy._run_module_as_main  # type: ignore[attr-defined]

USAGE = """\
usage: python -m ironmap run program [arguments ...]
       python -m ironmap run -m module [arguments ...]
"""

HELP = f"""{USAGE}
Run a program with ironmap as its mmap module: a script (.py or .pyc), a folder or zip
file with a __main__.py, or a module by its name. The arguments after it are its own.

Options of python itself go to python: python -W error -m ironmap run program
"""


def main(arguments: list[str]) -> int:
    """Run a program. Its exceptions, including SystemExit, pass through."""
    match arguments:
        case ["-h" | "--help", *_]:
            print(HELP, end="")
            return 0
        case [] | ["-m"] | ["--"]:
            return refuse("a program is missing")
        case ["-m", module, *own]:
            return run_module(module, own)
        case ["--", *program]:
            return run_script(program)
        case [option, *own] if option.startswith("-m"):
            return run_module(option.removeprefix("-m"), own)
        case [option, *_] if option.startswith("-"):
            return refuse(f"{option} is not a program: options of python go before `-m ironmap`")
        case program:
            return run_script(program)


def refuse(why: str) -> int:
    print(f"{USAGE}python -m ironmap run: {why}", file=sys.stderr)
    return 2


def run_module(name: str, own: list[str]) -> int:
    sys.argv = ["-m", *own]
    import_first_from(os.getcwd())
    fresh_main()
    with ShownAsPythonDoes():
        run_as_main(name, True)
    return 0


def run_script(program: list[str]) -> int:
    sys.argv = program
    path = os.path.abspath(program[0])
    if is_place_to_import_from(path):
        # Also with -P: `__main__` must come from there.
        sys.path.insert(0, path)
        fresh_main()
        with ShownAsPythonDoes():
            run_as_main("__main__", False)
        return 0
    compiled = path.endswith(".pyc")
    loader = (SourcelessFileLoader if compiled else SourceFileLoader)("__main__", path)
    try:
        content = loader.get_data(path)
    except OSError as error:
        print(f"python -m ironmap run: can't open file {path!r}: {error}", file=sys.stderr)
        return 2
    import_first_from(os.path.dirname(os.path.realpath(path)))
    main = fresh_main()
    vars(main).update(__file__=path, __loader__=loader)
    if sys.version_info < (3, 15):
        vars(main)["__cached__"] = None
    with ShownAsPythonDoes():
        if compiled:
            code = loader.get_code("__main__")
        else:
            code = compile(content, path, "exec", dont_inherit=True)
        # Only built-in modules have no code.
        exec(code, vars(main))  # type: ignore[arg-type]
    return 0


def is_place_to_import_from(path: str) -> bool:
    """Return whether Python can import from the path: a folder or a zip file."""
    for importer in sys.path_hooks:
        try:
            importer(path)
        except ImportError:
            continue
        return True
    return False


def import_first_from(folder: str) -> None:
    if not sys.flags.safe_path:
        sys.path.insert(0, folder)


def fresh_main() -> ModuleType:
    """Install ironmap as mmap, and return a new, empty ``__main__``."""
    install()
    main = ModuleType("__main__")
    vars(main)["__builtins__"] = builtins
    sys.modules["__main__"] = main
    return main


class ShownAsPythonDoes:
    """A context that shows exceptions without the frames outside of it."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _: object, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None or traceback is None:
            return
        show, within = sys.excepthook, traceback.tb_next

        def show_what_is_within(kind: type[BaseException], *_: object) -> None:
            sys.excepthook = show
            show(kind, error.with_traceback(within), within)

        sys.excepthook = show_what_is_within
