"""Runs programs in their own processes, because the order of imports matters."""

import subprocess
import sys
import textwrap

import pytest

from hang import HANG

INSTALLED = """\
import ironmap
ironmap.install()
"""


@pytest.fixture
def runs(tmp_path):
    """Runs a program with ironmap installed; returns the words that it prints."""

    def runs(program: str) -> list[str]:
        (tmp_path / "program.py").write_text(INSTALLED + textwrap.dedent(program))
        done = subprocess.run(
            [sys.executable, "program.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=HANG,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.split()

    return runs
