"""Prints at the end how many operations the differential test has compared."""

from .machine import Differential


def pytest_terminal_summary(terminalreporter):
    operations = Differential.operations
    if not operations:
        return
    counts = ", ".join(f"{name} {count}" for name, count in operations.most_common())
    terminalreporter.section("differential test")
    terminalreporter.write_line(f"{operations.total()} operations compared: {counts}")
