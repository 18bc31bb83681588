"""The complaints of the conformance run."""

from conformance import Run, complaints

STDLIB = Run(passed={"a", "b"}, skipped={"c": "only on Windows"})


def test_complaints_same_outcome():
    assert complaints(STDLIB, Run({"a", "b"}, {"c": "only on Windows"})) == {}


def test_complaints_more_passed():
    assert complaints(STDLIB, Run({"a", "b", "c"})) == {}


def test_complaints_new_failure_listed():
    assert complaints(STDLIB, Run({"a", "c"}, failed={"b": "1 != 2"})) == {"b": "1 != 2"}


def test_complaints_shared_failure():
    stdlib = Run({"a"}, failed={"b": "1 != 2"})
    ironmap = Run({"a"}, failed={"b": "1 != 2"})
    assert complaints(stdlib, ironmap) == {"b": "1 != 2"}
    assert complaints(stdlib, ironmap, forgive_shared=True) == {}
    assert complaints(STDLIB, ironmap, forgive_shared=True).keys() == {"b", "c"}


def test_complaints_skip_of_ironmap_only():
    wrong = complaints(STDLIB, Run({"a"}, {"b": "later", "c": "only on Windows"}))
    assert wrong == {"b": "skipped with ironmap only: later"}


def test_complaints_missing_test():
    assert complaints(STDLIB, Run({"b", "c"})) == {"a": "not run with ironmap"}


def test_complaints_dead_process_listed():
    died = Run(broken="died of SIGBUS")
    assert complaints(STDLIB, died) == {"test_mmap with ironmap": "died of SIGBUS"}
    assert complaints(died, STDLIB) == {"test_mmap with the stdlib module": "died of SIGBUS"}
