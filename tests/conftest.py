"""The fixture ``mod``, which is the stdlib module and ironmap in turn, and the markers ``slow`` and
``weekly``."""

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


# The tests that take most of the processor time. A change needs them, `make test` leaves them out.
SLOW = (
    "tests/compat/test_gil.py",
    "tests/differential/test_constructor.py",
    "tests/differential/test_machine.py",
    "tests/differential/test_planted_defects.py",
    "tests/docs/test_examples.py::test_rust_examples",
    "tests/docs/test_types.py",
    "tests/extensions/test_atomics.py::test_fetch_add_two_processes_lose_nothing",
    "tests/extensions/test_interrupts.py",
    "tests/extensions/test_iterators.py::test_find_all_memory_use",
    "tests/extensions/test_threads.py",
    "tests/grid",
    "tests/memory/test_memory.py",
    "tests/regressions/test_programs.py::test_program_with_ironmap_survives[many_maps",
    "tests/regressions/test_programs.py::test_program_with_ironmap_survives[out_of_memory",
    "tests/regressions/test_programs.py::test_program_with_ironmap_survives[resize_in_signal_handler",
    "tests/regressions/test_programs.py::test_program_with_ironmap_survives[threads",
    "tests/shutdown",
    "tests/sigbus/test_programs.py::test_program_with_faults_survives[shrinking_and_growing",
    "tests/sigbus/test_pytest.py",
    "tests/sigbus/test_runtimes.py",
    "tests/sigbus/test_table.py",
    "tests/stress",
    "tests/subinterpreters",
    "tests/threads",
    "tests/tools/test_site.py",
)
COMMANDS = {"weekly": "make check WHAT=pytest-weekly", "slow": "make pytest-slow"}
deselected = []


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.nodeid.startswith(SLOW):
        item.add_marker("slow")


def pytest_deselected(items: list[pytest.Item]) -> None:
    deselected.extend(items)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    left = {name: [] for name in COMMANDS if f"not {name}" in config.getoption("markexpr")}
    for item in deselected:
        for name in left:
            if item.get_closest_marker(name):
                left[name].append(item)
                break
    for name, items in left.items():
        if items:
            terminalreporter.section(f"{name} tests")
            terminalreporter.write_line(f"{len(items)} left out, which `{COMMANDS[name]}` runs:")
            terminalreporter.write_line("\n".join(sorted({item.location[0] for item in items})))
