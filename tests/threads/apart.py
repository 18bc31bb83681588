"""Runs a test in its own process, so that a hang does not stop the whole run.

``@apart("stdlib", "ironmap")`` makes a test of each module, which gets the module as its
argument. The stdlib module's, which show that a test is right, run weekly. A process that hangs
prints the traceback of every thread and ends. ``common.py`` has what the tests share.
"""

import faulthandler
import importlib
import os
import subprocess
import sys

import pytest

from hang import HANG

MODULES = {"stdlib": "mmap", "ironmap": "ironmap"}


def apart(*modules):
    def decorate(body):
        @pytest.mark.parametrize("name", [parameter(name) for name in modules])
        def test(name):
            run_apart(body, MODULES[name])

        test.body = body
        test.__name__ = body.__name__
        test.__doc__ = body.__doc__
        return test

    return decorate


def parameter(name):
    return pytest.param(name, marks=pytest.mark.weekly if name == "stdlib" else [])


def run_apart(body, module):
    command = [sys.executable, "-m", __name__, body.__module__, body.__name__, module]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ended = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=2 * HANG,
    )
    assert ended.returncode == 0, f"exit {ended.returncode}\n{ended.stdout}\n{ended.stderr}"


def main(tests, name, module):
    faulthandler.enable()
    faulthandler.dump_traceback_later(HANG, exit=True)
    body = getattr(importlib.import_module(tests), name).body
    body(importlib.import_module(module))


if __name__ == "__main__":
    main(*sys.argv[1:])
