"""``python -m ironmap COMMAND``: what ironmap does for a person at a shell."""

import argparse
import sys
from collections.abc import Sequence
from types import ModuleType

from ironmap import _pages, _run

# A command is a module: its HELP, add_arguments(parser) and main(arguments), which
# gives the exit status.
COMMANDS: dict[str, ModuleType] = {
    "pages": _pages,
    "run": _run,
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ironmap")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        command = commands.add_parser(name, help=module.HELP, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(main=module.main)
    given = parser.parse_args(arguments)
    return int(given.main(given))


if __name__ == "__main__":
    sys.exit(main())
