"""The mirror of the chroot, what its steps need, and what they print."""

import os
import sys
from pathlib import Path

import pytest

import chroot
import cross
import newest_pythons
from newest_pythons import Build

LISTED = """\
'http://security.example/debian-security/dists/bookworm-security/InRelease' a 0
'http://mirror.example/debian/dists/bookworm/InRelease' b 0
'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' c 0
"""


def test_mirror_is_that_of_apt(monkeypatch):
    monkeypatch.setattr(cross, "output", lambda command: LISTED)
    assert chroot.mirror() == "http://mirror.example/debian"


def test_mirror_missing_is_refused(monkeypatch):
    monkeypatch.setattr(cross, "output", lambda command: "")
    with pytest.raises(SystemExit, match="no address of a Debian mirror"):
        chroot.mirror()


def test_setup_without_root_is_refused(monkeypatch):
    if not hasattr(os, "geteuid"):
        pytest.skip("Windows has no root")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="needs root"):
        newest_pythons.setup()


def test_setup_ready_uses_no_network(monkeypatch, tmp_path):
    made = f"{newest_pythons.SUITE} {' '.join(newest_pythons.packages())}\n"
    (tmp_path / "root.txt").write_text(made)
    monkeypatch.setattr(newest_pythons, "CHROOT", tmp_path / "root")
    monkeypatch.setattr(cross, "output", lambda command: pytest.fail(f"runs {command}"))
    newest_pythons.make_chroot()


def ran(said: str, status: int) -> tuple[int, str]:
    return newest_pythons.run([sys.executable, "-c", f"print({said!r}); exit({status})"])


def test_run_failed_shows_everything():
    said = "F\n=== short test summary info ===\nFAILED a\n1 failed"
    assert ran(said, 1) == (1, f"{said}\n")


def test_run_passed_shows_reasons_of_skips():
    said = "s\n=== short test summary info ===\nSKIPPED [1] a: no\n2 passed, 1 skipped"
    assert ran(said, 0) == (0, "SKIPPED [1] a: no\n2 passed, 1 skipped\n")
    assert ran("..\n2 passed", 0) == (0, "2 passed\n")


def test_run_without_selected_tests_passes():
    assert ran("\n3 deselected", 5) == (0, "3 deselected\n")


def test_build_imports_its_extension():
    assert Build("3.15").package == Path("/ironmap/python")
    assert Build("3.15", "abi3t").package == Path("/ironmap/target/abis/python")
