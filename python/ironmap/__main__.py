"""``python -m ironmap COMMAND``: commands for the shell.

A command is a module, ``_COMMAND``, whose main(arguments) returns the exit status. It
imports only what it needs: a program that ``run`` runs may have modules of the same names.
"""

import sys
from importlib import import_module

COMMANDS = {
    "pages": "show which parts of files are in memory",
    "run": "run a program with ironmap for its mmap",
}

USAGE = "usage: python -m ironmap COMMAND ..."


def main(arguments: list[str]) -> int:
    name, *rest = arguments or [""]
    if name in COMMANDS:
        return int(import_module(f"ironmap._{name}").main(rest))
    commands = "".join(f"\n  {name:9} {does}" for name, does in COMMANDS.items())
    if name in ("-h", "--help"):
        print(f"{USAGE}\n\ncommands (COMMAND --help shows more):{commands}")
        return 0
    wrong = f"unknown command {name!r}" if name else "a command is missing"
    print(f"{USAGE}\npython -m ironmap: {wrong}; the commands are:{commands}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    # `-m` has added the current folder: its files must not replace modules of ours.
    if not sys.flags.safe_path:
        del sys.path[0]
    sys.exit(main(sys.argv[1:]))
