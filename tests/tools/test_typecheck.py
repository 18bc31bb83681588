"""What the type-check of other systems takes for right."""

from typecheck import System, outcome

DARWIN = System("aarch64-apple-darwin")
WASI = System("wasm32-wasip1", refused="error: ironmap needs")


def test_outcome_supported():
    assert outcome(DARWIN, 0, "") == ("core and Python module", "")
    assert outcome(DARWIN, 101, "error: no") == ("FAILED", "error: no")


def test_outcome_refused():
    assert outcome(WASI, 101, "error: ironmap needs mmap") == ("refused, as it should be", "")


def test_outcome_not_refused():
    assert outcome(WASI, 0, "")[0] == "NOT REFUSED"
    result, reason = outcome(WASI, 101, "error: can't find crate for `std`")
    assert result == "NOT REFUSED"
    assert "can't find crate" in reason
