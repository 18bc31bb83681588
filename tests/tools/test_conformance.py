"""What the conformance run complains about."""

from conformance import Run, complaints

STDLIB = Run(passed={"a", "b"}, skipped={"c": "only on Windows"})


def test_the_same_outcome_is_right():
    assert complaints(STDLIB, Run({"a", "b"}, {"c": "only on Windows"})) == {}


def test_more_is_right():
    assert complaints(STDLIB, Run({"a", "b", "c"})) == {}


def test_a_failure():
    assert complaints(STDLIB, Run({"a", "c"}, failed={"b": "1 != 2"})) == {"b": "1 != 2"}


def test_a_failure_that_the_stdlib_module_shares():
    stdlib = Run({"a"}, failed={"b": "1 != 2"})
    ironmap = Run({"a"}, failed={"b": "1 != 2"})
    assert complaints(stdlib, ironmap) == {"b": "1 != 2"}
    assert complaints(stdlib, ironmap, forgive_shared=True) == {}
    assert complaints(STDLIB, ironmap, forgive_shared=True).keys() == {"b", "c"}


def test_a_skip_of_ironmap_alone():
    wrong = complaints(STDLIB, Run({"a"}, {"b": "later", "c": "only on Windows"}))
    assert wrong == {"b": "skipped with ironmap only: later"}


def test_a_missing_test():
    assert complaints(STDLIB, Run({"b", "c"})) == {"a": "not run with ironmap"}


def test_a_run_that_died():
    died = Run(broken="died of SIGBUS")
    assert complaints(STDLIB, died) == {"test_mmap with ironmap": "died of SIGBUS"}
    assert complaints(died, STDLIB) == {"test_mmap with the stdlib module": "died of SIGBUS"}
