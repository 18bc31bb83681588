"""The mirror of the chroot, and what its steps need."""

import os

import pytest

import cross
import newest_pythons

LISTED = """\
'http://security.example/debian-security/dists/bookworm-security/InRelease' a 0
'http://mirror.example/debian/dists/bookworm/InRelease' b 0
'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' c 0
"""


def test_mirror_is_that_of_apt(monkeypatch):
    monkeypatch.setattr(cross, "output", lambda command: LISTED)
    assert newest_pythons.mirror() == "http://mirror.example/debian"


def test_mirror_missing_is_refused(monkeypatch):
    monkeypatch.setattr(cross, "output", lambda command: "")
    with pytest.raises(SystemExit, match="no address of a Debian mirror"):
        newest_pythons.mirror()


def test_setup_without_root_is_refused(monkeypatch):
    if not hasattr(os, "geteuid"):
        pytest.skip("Windows has no root")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="needs root"):
        newest_pythons.setup()


def test_setup_ready_uses_no_network(monkeypatch, tmp_path):
    made = f"{newest_pythons.SUITE} {' '.join(newest_pythons.packages())}\n"
    (tmp_path / "root.txt").write_text(made)
    monkeypatch.setattr(newest_pythons, "HERE", tmp_path)
    monkeypatch.setattr(cross, "output", lambda command: pytest.fail(f"runs {command}"))
    newest_pythons.make_chroot()
