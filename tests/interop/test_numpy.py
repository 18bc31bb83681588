"""numpy.memmap on ironmap, and arrays over maps."""

import sys

import pytest

pytest.importorskip("numpy", reason="numpy is not installed: make interop")


def test_memmap_every_mode_uses_ironmap(runs):
    program = """
        import numpy as np
        made = np.memmap("data", dtype="<i4", mode="w+", offset=100, shape=(50, 20))
        assert isinstance(made._mmap, ironmap.mmap), type(made._mmap)
        made[:] = np.arange(1000).reshape(50, 20)
        made.flush()
        del made
        for mode in ("r", "r+", "c"):
            array = np.memmap("data", dtype="<i4", mode=mode, offset=100, shape=(50, 20))
            assert isinstance(array._mmap, ironmap.mmap)
            print(array.sum())
            if mode != "r":
                array[0, 0] = 7
            del array
        print(np.memmap("data", dtype="<i4", mode="r", offset=100)[0])
        np.save("saved", np.ones(5))
        print(np.load("saved.npy", mmap_mode="r").sum())
    """
    assert runs(program) == ["499500", "499500", "499507", "7", "5.0"]


@pytest.mark.skipif(sys.platform == "win32", reason="no file is cut under its map")
def test_memmap_truncated_file(runs):
    program = """
        import os
        import numpy as np
        array = np.memmap("data", dtype="u1", mode="w+", shape=1 << 20)
        array[:] = 1
        os.truncate("data", ironmap.PAGESIZE)
        print(array.sum() == ironmap.PAGESIZE)
        try:
            array.flush()
        except ironmap.FaultError as error:
            print(error.offset == ironmap.PAGESIZE)
    """
    assert runs(program) == ["True", "True"]


def test_frombuffer_unaligned_offset(runs):
    program = """
        import numpy as np
        with open("data", "wb") as file:
            file.write(b"head" + np.arange(1000, dtype="<f4").tobytes())
        m = ironmap.open("data", offset=4)
        print(np.frombuffer(m, dtype="<f4").sum())
        with ironmap.open("data", "r+", offset=4) as m:
            array = np.frombuffer(m, dtype="<f4")
            array[0] = 10
            del array
        print(np.fromfile("data", dtype="<f4", offset=4)[0])
    """
    assert runs(program) == ["499500.0", "10.0"]


def test_fromfile_uses_position(runs):
    program = """
        import numpy as np
        np.arange(1000, dtype="<i4").tofile("data")
        with open("data", "r+b") as file:
            for m in (ironmap.open("data", "r+"), ironmap.mmap(file.fileno(), 0)):
                m.seek(40)
                print(np.fromfile(m, "<i4", count=3), m.tell(), file.tell())
                m.seek(0)
                print(np.fromfile(m, "<i4").sum(), m.tell())
                m.seek(8)
                np.array([7, 8], dtype="<i4").tofile(m)
                print(np.frombuffer(m, "<i4")[:5], m.tell())
                m[8:16] = np.arange(2, 4, dtype="<i4").tobytes()
    """
    once = ["[10", "11", "12]", "52", "0", "499500", "4000", "[0", "1", "7", "8", "4]", "16"]
    assert runs(program) == once * 2
