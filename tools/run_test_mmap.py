"""Runs this interpreter's own test.test_mmap on one module, and reports as JSON.

    python run_test_mmap.py mmap|ironmap

Started by conformance.py under each interpreter in turn. The last line of
standard output is the report: ``{"passed": [name…], "skipped": {name: reason},
"failed": {name: traceback}}``.
"""

import importlib
import json
import sys
import types
import unittest


class Outcomes(unittest.TestResult):
    """The outcome of each test, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.started: set[str] = set()
        self.skips: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.started.add(test.id())

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.skips[test.id()] = reason

    def report(self) -> dict[str, object]:
        failed = {test.id(): text for test, text in self.failures + self.errors}
        failed.update(
            (test.id(), "passed, and was expected to fail") for test in self.unexpectedSuccesses
        )
        passed = self.started - self.skips.keys() - failed.keys()
        return {"passed": sorted(passed), "skipped": self.skips, "failed": failed}


def install(name: str) -> types.ModuleType:
    """Makes every later ``import mmap`` import ``name``."""
    if "mmap" in sys.modules:
        raise SystemExit("mmap was imported before it could be replaced")
    module = importlib.import_module(name)
    if name == "ironmap" and "mmap" in sys.modules:
        raise SystemExit("ironmap imported the stdlib module")
    sys.modules["mmap"] = module
    return module


def check_under_test(module: types.ModuleType, tests: types.ModuleType) -> None:
    """Exits unless the tests run on the given module and its own map type."""
    if tests.mmap is not module or sys.modules["mmap"] is not module:
        raise SystemExit(f"test_mmap runs on {tests.mmap!r}, not on {module!r}")
    if module.__name__ == "ironmap":
        extension = sys.modules["ironmap._ironmap"]
        if module.mmap is not extension.mmap:
            raise SystemExit(f"ironmap.mmap is {module.mmap!r}, not the extension's")


def main() -> None:
    module = install(sys.argv[1])
    tests = importlib.import_module("test.test_mmap")
    check_under_test(module, tests)
    outcomes = Outcomes()
    unittest.defaultTestLoader.loadTestsFromModule(tests).run(outcomes)
    check_under_test(module, tests)
    print(json.dumps(outcomes.report()))


if __name__ == "__main__":
    main()
