"""Files and maps for the tests of both modules."""

import itertools
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

FileMaker = Callable[[bytes], IO[bytes]]


@pytest.fixture
def page(mod: types.ModuleType) -> int:
    return mod.PAGESIZE


@pytest.fixture
def granularity(mod: types.ModuleType) -> int:
    """The unit of file offsets: the page size, but more on Windows."""
    return mod.ALLOCATIONGRANULARITY


@pytest.fixture
def make_file(tmp_path: Path) -> Iterator[FileMaker]:
    """Make a file of the given content, unbuffered, open for update."""
    numbers = itertools.count()
    files: list[IO[bytes]] = []

    def make(content: bytes) -> IO[bytes]:
        path = tmp_path / f"file-{next(numbers)}"
        path.write_bytes(content)
        files.append(open(path, "r+b", buffering=0))
        return files[-1]

    yield make
    for file in files:
        file.close()


@pytest.fixture
def make_map(mod: types.ModuleType, make_file: FileMaker) -> Callable[..., object]:
    """Map a file of the given content; keywords go to the constructor."""

    def make(content: bytes, **arguments: object) -> object:
        return mod.mmap(make_file(content).fileno(), 0, **arguments)

    return make
