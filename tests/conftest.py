"""What every test may ask for: the module under test, by its name.

``mod`` is the stdlib module and ironmap in turn: a test that takes it pins
what a program sees of both.
"""

import importlib
import types

import pytest

MODULES = {"stdlib": "mmap", "ironmap": "ironmap"}


@pytest.fixture(params=MODULES)
def mod(request: pytest.FixtureRequest) -> types.ModuleType:
    return importlib.import_module(MODULES[request.param])
