"""The error if a package cannot be installed."""

import os
import shutil

import pytest

import cross

MISSING = "no-such-package"


def refusal(monkeypatch: pytest.MonkeyPatch, programs: set[str]) -> str:
    monkeypatch.setattr(shutil, "which", lambda name: name if name in programs else None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit) as ended:
        cross.need(MISSING)
    return str(ended.value)


def test_need_without_apt_get(monkeypatch):
    assert refusal(monkeypatch, set()).endswith(f"no apt-get to do it: {MISSING}")


def test_need_without_root(monkeypatch):
    said = refusal(monkeypatch, {"apt-get"})
    assert said.endswith(f"only root may do it: apt-get install {MISSING}")
