"""What every test may ask for: the module under test, by its name.

``mod`` is the stdlib module and ironmap in turn: a test that takes it pins
what a program sees of both.
"""

import importlib
import signal
import types

import pytest

# Who is started in the background by a shell ignores Ctrl-C, and so do its children.
signal.signal(signal.SIGINT, signal.default_int_handler)

MODULES = {"stdlib": "mmap", "ironmap": "ironmap"}


@pytest.fixture(params=MODULES)
def mod(request: pytest.FixtureRequest) -> types.ModuleType:
    return importlib.import_module(MODULES[request.param])
