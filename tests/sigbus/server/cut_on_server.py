"""A file is cut on its server while it is mapped here. `tools/uml.py` runs this in its guest, which
is the server too: IRONMAP_SERVED is the served folder.
"""

import os
from pathlib import Path

import pytest

import ironmap as mmap
from ironmap import PAGESIZE as PAGE

CLIENT = Path("/srv/tmp")


@pytest.fixture(params=["r", "r+"])
def cut(request):
    """Returns a map of four pages, of which the server has cut three after they were read."""
    path = CLIENT / f"{request.node.name}.bin"
    path.write_bytes(b"x" * 4 * PAGE)
    with mmap.open(path, request.param) as m:
        assert m[:] == b"x" * 4 * PAGE
        os.truncate(Path(os.environ["IRONMAP_SERVED"]) / "tmp" / path.name, PAGE)
        yield m


def test_refresh_after_the_file_was_opened_ends_with_it(cut):
    os.close(os.open(cut.path, os.O_RDONLY))
    assert cut.refresh() == PAGE
    assert cut[:] == b"x" * PAGE


def test_new_map_is_as_long_as_the_file(cut):
    with mmap.open(cut.path) as new:
        assert new[:] == b"x" * PAGE


@pytest.mark.parametrize("forget", ["drop", "madvise"])
def test_old_bytes_are_shown_until_the_pages_are_asked_for_again(cut, forget):
    # Opening asks the server. Mapping would ask for the pages, too.
    os.close(os.open(cut.path, os.O_RDONLY))
    assert cut.size() == PAGE
    assert cut[2 * PAGE] == ord("x")
    if forget == "drop":
        cut.drop()
    else:
        cut.madvise(mmap.MADV_DONTNEED)
    with pytest.raises(mmap.FaultError) as caught:
        cut[2 * PAGE]
    assert caught.value.file_size == PAGE
    assert cut[:PAGE] == b"x" * PAGE
