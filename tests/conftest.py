"""The fixture ``mod``, which is the stdlib module and ironmap in turn, and the marker ``weekly``."""

import importlib
import signal
import types

import pytest

# A shell makes a program in the background, and its children, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

MODULES = {"stdlib": "mmap", "ironmap": "ironmap"}


@pytest.fixture(params=MODULES)
def mod(request: pytest.FixtureRequest) -> types.ModuleType:
    return importlib.import_module(MODULES[request.param])


WEEKLY = "make check WHAT=pytest-weekly"
deselected = []


def pytest_deselected(items: list[pytest.Item]) -> None:
    deselected.extend(item for item in items if item.get_closest_marker("weekly"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if deselected:
        files = sorted({item.location[0] for item in deselected})
        terminalreporter.section("weekly tests")
        terminalreporter.write_line(f"{len(deselected)} left out, which `{WEEKLY}` runs:")
        terminalreporter.write_line("\n".join(files))
