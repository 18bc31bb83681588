"""``ironmap.open(advise=…)`` with names."""

import os
import sys
from pathlib import Path

import pytest

import ironmap

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no madvise")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(bytes(100))
    return path


def flags_of(m):
    """Returns the kernel's flags of a map."""
    entry = Path("/proc/self/smaps").read_text().partition(m.path)[2]
    return entry.partition("VmFlags:")[2].splitlines()[0].split()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/smaps is Linux's")
@pytest.mark.parametrize("wanted", ["random", ["random"], [1, "normal", "random"], "sequential"])
def test_open_advise_by_name(path, wanted):
    with ironmap.open(path, advise=wanted) as m:
        assert ("sr" if wanted == "sequential" else "rr") in flags_of(m)


@unix_only
def test_split_part_open_advise_by_name(path):
    (part,) = ironmap.split(path, 1)
    part.open(advise="willneed").close()
    with pytest.raises(ValueError, match="unknown advice 'x'"):
        part.open(advise="x")


@unix_only
@pytest.mark.parametrize("mode", ["r", "w+"])
def test_open_advise_unknown_name_does_nothing(path, mode):
    with pytest.raises(ValueError, match="unknown advice 'Random': must be one of .*random"):
        ironmap.open(path, mode, length=5, advise=["normal", "Random"])
    assert path.read_bytes() == bytes(100)
    assert os.listdir(path.parent) == ["data"]


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows has no madvise")
def test_open_advise_by_name_on_windows(path):
    with pytest.raises(NotImplementedError, match="no madvise"):
        ironmap.open(path, advise="random")
