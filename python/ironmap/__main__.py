"""``python -m ironmap COMMAND``: what ironmap does for a person at a shell.

A command is a module, ``_COMMAND``: its main(arguments) gives the exit status. What
it does not need is not imported: a program that ``run`` runs may have a module of its
own by the same name.
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
        print(f"{USAGE}\n\ncommands (--help behind one tells more):{commands}")
        return 0
    wrong = f"there is no command {name!r}" if name else "a command is missing"
    print(f"{USAGE}\npython -m ironmap: {wrong}; there are:{commands}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    # The current folder, put there by `-m`: its files are not modules of ours.
    if not sys.flags.safe_path:
        del sys.path[0]
    sys.exit(main(sys.argv[1:]))
