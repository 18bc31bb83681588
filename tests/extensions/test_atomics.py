"""Numbers that one access loads, stores or changes: by threads and processes at once, too."""

import inspect
import os
import subprocess
import sys
import threading

import pytest

import ironmap
from compat.support import CLOSED, READONLY, raises, unix_only

DATA = bytes(i % 251 for i in range(3 * ironmap.PAGESIZE))
LOADS = {2: "load_u16", 4: "load_u32", 8: "load_u64"}
STORES = {2: "store_u16", 4: "store_u32", 8: "store_u64"}
ADDS = {4: "fetch_add_u32", 8: "fetch_add_u64"}
EXCHANGES = {4: "compare_exchange_u32", 8: "compare_exchange_u64"}
NAMES = [name for kind in (LOADS, STORES, ADDS, EXCHANGES) for name in kind.values()]
CHANGING = [name for name in NAMES if not name.startswith("load")]


class Index:
    """A number that is no int, and calls a function when it is converted."""

    def __init__(self, value, then=lambda: None):
        self.value, self.then = value, then

    def __index__(self):
        self.then()
        return self.value


def call(m, name, offset, value=1):
    """Calls a method with as many arguments as it takes."""
    if name.startswith("load"):
        return getattr(m, name)(offset)
    if name.startswith("compare"):
        return getattr(m, name)(offset, value, value)
    return getattr(m, name)(offset, value)


def number(data, offset, size):
    return int.from_bytes(data[offset : offset + size], sys.byteorder)


@pytest.mark.parametrize("name", NAMES)
def test_atomics_signature_and_docstring_exist(make_map, name):
    arguments = {"load": "offset", "compare": "offset, expected, new"}
    expected = arguments.get(name.partition("_")[0], "offset, value")
    assert str(inspect.signature(getattr(make_map(DATA), name))) == f"({expected}, /)"


@pytest.mark.parametrize("size", LOADS)
def test_load_and_store_agree_with_bytes(make_map, size):
    m = make_map(DATA)
    load, store = getattr(m, LOADS[size]), getattr(m, STORES[size])
    expected = bytearray(DATA)
    highest = 2 ** (8 * size) - 1
    for offset in range(0, len(DATA), size):
        assert load(offset) == number(DATA, offset, size)
        new = highest - offset
        assert store(offset, new) is None
        expected[offset : offset + size] = new.to_bytes(size, sys.byteorder)
    assert bytes(m) == expected
    assert load(Index(8)) == highest - 8
    store(Index(8), Index(7))
    assert load(8) == 7
    assert m.tell() == 0


@pytest.mark.parametrize("size", ADDS)
def test_fetch_add_returns_before_and_wraps(make_map, size):
    m = make_map(bytes(64))
    load, add = getattr(m, LOADS[size]), getattr(m, ADDS[size])
    bits = 8 * size
    model = 0
    for value in (1, 5, -2, 2**bits - 1, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1, -9, True):
        assert add(8, value) == model
        model = (model + value) % 2**bits
        assert load(8) == model
    assert m[:8] == bytes(8)
    assert m[8 + size :] == bytes(56 - size)


@pytest.mark.parametrize("size", EXCHANGES)
def test_compare_exchange_stores_only_over_expected(make_map, size):
    m = make_map(DATA)
    load, exchange = getattr(m, LOADS[size]), getattr(m, EXCHANGES[size])
    before, highest = number(DATA, 8, size), 2 ** (8 * size) - 1
    assert exchange(8, before + 1, 5) == before
    assert load(8) == before
    assert exchange(8, before, highest) == before
    assert load(8) == highest
    assert exchange(8, highest, 0) == highest
    assert load(8) == 0


@pytest.mark.parametrize("name", NAMES)
def test_atomics_offset_between_numbers_is_error(make_map, name):
    m = make_map(DATA)
    size = int(name[-2:]) // 8
    for offset in range(16, 16 + size):
        if offset % size == 0:
            call(m, name, offset)
            continue
        with raises(ValueError, f"offset {offset} must be a multiple of {size}"):
            call(m, name, offset)


def test_atomics_offset_in_file_is_aligned(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(DATA)
    with ironmap.open(path, offset=3) as m:
        assert m.load_u32(5) == number(DATA, 8, 4)
        with raises(ValueError, "offset 4 is byte 7 of the file, which must be a multiple of 4"):
            m.load_u32(4)


@pytest.mark.parametrize("name", NAMES)
def test_atomics_offset_outside_is_error(make_map, name):
    m = make_map(DATA[:1001])
    for offset in (1000, 1001, 1 << 40):
        with pytest.raises(IndexError, match=r"is out of bounds of a map of 1001 bytes"):
            call(m, name, offset)
    with raises(IndexError, "offset must be 0 or more, not -8"):
        call(m, name, -8)
    with pytest.raises(IndexError, match="cannot fit 'int' into an index-sized integer"):
        call(m, name, 1 << 70)
    for wrong in (8.0, "8", None):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            call(m, name, wrong)
    assert bytes(m) == DATA[:1001]


@pytest.mark.parametrize("name", CHANGING)
def test_atomics_value_outside_is_error(make_map, name):
    m = make_map(DATA)
    bits = int(name[-2:])
    lowest = -(2 ** (bits - 1)) if name in ADDS.values() else 0
    what = "expected" if name in EXCHANGES.values() else "value"
    for value in (lowest - 1, 2**bits, 2**64, -(2**63) - 1, 1 << 200, -1 << 200):
        with raises(OverflowError, f"{what} must be from {lowest} to {2**bits - 1}"):
            call(m, name, 8, value)
    with pytest.raises(TypeError, match="'float' object cannot be interpreted as an integer"):
        call(m, name, 8, 1.0)
    assert bytes(m) == DATA


@pytest.mark.parametrize("name", NAMES)
def test_atomics_wrong_number_of_arguments_is_error(make_map, name):
    m = make_map(DATA)
    with pytest.raises(TypeError, match=name):
        getattr(m, name)()
    with pytest.raises(TypeError, match=name):
        getattr(m, name)(1, 2, 3, 4)
    with pytest.raises(TypeError, match="keyword"):
        getattr(m, name)(offset=8)


@pytest.mark.parametrize("name", NAMES)
def test_atomics_closed_map_is_error(make_map, name):
    m = make_map(DATA)
    with raises(ValueError, CLOSED):
        call(m, name, Index(8, m.close))
    with raises(ValueError, CLOSED):
        call(m, name, 8)


def test_atomics_read_only_map_is_loaded_from_alone(make_map):
    m = make_map(DATA, access=ironmap.ACCESS_READ)
    for size, name in LOADS.items():
        assert call(m, name, 8) == number(DATA, 8, size)
    for name in CHANGING:
        with raises(TypeError, READONLY):
            call(m, name, 8)
    assert bytes(m) == DATA


@pytest.mark.parametrize("name", CHANGING)
def test_atomics_private_map_keeps_file(tmp_path, name):
    path = tmp_path / "data"
    path.write_bytes(DATA)
    with ironmap.open(path, "c") as m:
        call(m, name, 8, number(DATA, 8, int(name[-2:]) // 8))
        assert path.read_bytes() == DATA


@pytest.mark.parametrize("name", NAMES)
@unix_only("Windows refuses to make a mapped file shorter")
def test_atomics_file_cut_is_fault(tmp_path, name):
    path = tmp_path / "data"
    path.write_bytes(DATA)
    with ironmap.open(path, "r+") as m:
        os.truncate(path, 0)
        with pytest.raises(ironmap.FaultError) as caught:
            call(m, name, ironmap.PAGESIZE + 8)
        assert caught.value.offset == ironmap.PAGESIZE + 8
        assert caught.value.filename == str(path)
        os.truncate(path, len(DATA))
        call(m, name, ironmap.PAGESIZE + 8)


COUNT = 1_000_000
ADDER = """
import sys, ironmap
with ironmap.open(sys.argv[1], "r+") as m:
    m.fetch_add_u64(0, 1)
    while m.load_u64(0) < 2:  # Until the other one is there.
        pass
    add = m.fetch_add_u32
    for _ in range(int(sys.argv[2])):
        add(8, 1)
"""


def test_fetch_add_two_processes_lose_nothing(tmp_path):
    path = tmp_path / "counter"
    path.write_bytes(bytes(64))
    command = [sys.executable, "-c", ADDER, path, str(COUNT)]
    adders = [subprocess.Popen(command) for _ in range(2)]
    assert [adder.wait() for adder in adders] == [0, 0]
    with ironmap.open(path) as m:
        assert m.load_u32(8) == 2 * COUNT


def test_compare_exchange_two_threads_lose_nothing(make_map):
    # They take turns where there is a GIL, between any two calls.
    each, threads = 20_000, 4
    m = make_map(bytes(64))
    interval = sys.getswitchinterval()

    def increment():
        for _ in range(each):
            seen = m.load_u64(8)
            while (now := m.compare_exchange_u64(8, seen, seen + 1)) != seen:
                seen = now

    sys.setswitchinterval(1e-6)
    try:
        running = [threading.Thread(target=increment) for _ in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert m.load_u64(8) == threads * each
