"""A fixture that makes maps."""

from collections.abc import Callable

import pytest

import ironmap


@pytest.fixture
def make_map(tmp_path) -> Callable[..., ironmap.mmap]:
    """Map a new file of the given content; keywords go to the constructor."""

    def make(content: bytes, **arguments: object) -> ironmap.mmap:
        path = tmp_path / f"file-{len(list(tmp_path.iterdir()))}"
        path.write_bytes(content)
        with open(path, "r+b") as file:
            return ironmap.mmap(file.fileno(), 0, **arguments)

    return make
