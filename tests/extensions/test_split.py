"""``ironmap.split``: parts that end with a record."""

import errno
import os
import pickle
import time

import pytest

import ironmap


@pytest.fixture
def make(tmp_path):
    def make(content: bytes):
        (tmp_path / "data").write_bytes(content)
        return tmp_path / "data"

    return make


def pieces(parts) -> list[bytes]:
    found = []
    for part in parts:
        with part.open() as m:
            assert (len(m), m.path) == (part.length, part.path)
            found.append(m[:])
    return found


LINES = b"".join(b"%d: %s\n" % (number, b"x" * (number * 37 % 101)) for number in range(500))
CONTENTS = {
    "empty": b"",
    "one line": b"line\n",
    "no end": b"line",
    "last line without an end": LINES + b"rest",
    "lines": LINES,
    "only ends": b"\n" * 50,
    "one long line": b"a\n" + b"b" * 1000 + b"\nc\nd\n",
    "crlf": LINES.replace(b"\n", b"\r\n"),
    "stray": b"\r\n\r\r\n\n\r\n" * 30,
    "overlapping": b"ababa;aba;bababab" * 9 + b"ab" * 70 + b"\r\n" * 70 + b"\n" * 71,
    "paragraphs": b"a\n\nb\n\n\nc\n\n\n\nd\n\n\n\n\ne\n" * 20,
}


ENDS = [b"\n", b"\r\n", b"\n\n", b"\r\n\r\n", b"\n\n\n", b": ", b"aba", b"ababa"]


@pytest.mark.parametrize("at", ENDS)
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_split_parts_are_whole_records(make, content, at):
    path = make(content)
    whole = content.split(at)
    for wish in [{"parts": n} for n in (1, 2, 3, 7, 50, 1000)] + [
        {"size": n} for n in (1, 10, 100, 10_000)
    ]:
        found = pieces(ironmap.split(path, **wish, at=at))
        assert b"".join(found) == content
        assert all(found)
        # The records of all parts are those of the file.
        records = [piece.split(at) for piece in found]
        assert [r for split in records[:-1] for r in split[:-1]] + [
            r for split in records[-1:] for r in split
        ] == (whole if content else [])


def test_split_part_count_and_size(make):
    path = make(LINES)
    longest = max(map(len, LINES.splitlines(keepends=True)))
    for parts in (1, 2, 5, 20):
        found = ironmap.split(path, parts)
        assert len(found) == parts
        assert all(abs(part.length - len(LINES) / parts) <= longest for part in found)
    for size in (500, 5000, 1 << 30):
        found = ironmap.split(path, size=size)
        assert len(found) == -(-len(LINES) // size)
        assert all(part.length <= size + longest for part in found)


def lengths(parts) -> list[int]:
    return [part.length for part in parts]


def test_split_record_ends_at_boundary(make):
    path = make(b"9 letters\n" * 100)
    assert lengths(ironmap.split(path, 4)) == [250] * 4
    assert lengths(ironmap.split(path, size=250)) == [250] * 4
    assert lengths(ironmap.split(path, size=249)) == [200] * 5


def test_split_run_of_terminators(make):
    path = make(b"\n" * 1000)
    assert lengths(ironmap.split(path, 4, at=b"\n\n")) == [250] * 4
    assert lengths(ironmap.split(path, 4, at=b"\n\n\n")) == [252, 249, 249, 250]


def test_split_record_longer_than_part(make):
    found = pieces(ironmap.split(make(CONTENTS["one long line"]), 10))
    assert found == [b"a\n" + b"b" * 1000 + b"\n", b"c\nd\n"]


def test_split_fewer_records_than_parts(make):
    assert pieces(ironmap.split(make(b"a\nb\nc"), 1000)) == [b"a\n", b"b\n", b"c"]


def test_split_cost_independent_of_file_size(tmp_path):
    # A sparse terabyte, with a line end near each boundary.
    size = 1 << 40
    with open(tmp_path / "large", "wb") as file:
        file.truncate(size)
        for number in range(1, 8):
            file.seek(size * number // 8 + 1000)
            file.write(b"\n")
    start = time.process_time()
    parts = ironmap.split(tmp_path / "large", 8)
    assert time.process_time() - start < 5
    assert [part.offset for part in parts[1:]] == [size * n // 8 + 1001 for n in range(1, 8)]


def test_split_cost_independent_of_parts_asked(make):
    path = make(b"a\nb\nc\n")
    start = time.process_time()
    assert pieces(ironmap.split(path, 10**15)) == [b"a\n", b"b\n", b"c\n"]
    assert time.process_time() - start < 1


@pytest.mark.parametrize("at", [b"\n\n", b"\n\n\n"])
def test_split_cost_of_terminator_runs(make, at):
    # One more byte, so that the boundaries are not at terminators.
    length = 20_000_003
    path = make(b"x\n" + b"\n" * length + b"y")
    start = time.process_time()
    found = ironmap.split(path, 3, at=at)
    assert time.process_time() - start < 1
    first, second, last = lengths(found)
    assert (first - 1) % len(at) == second % len(at) == 0
    assert abs(first - length // 3) <= len(at) >= abs(second - length // 3)
    assert first + second + last == length + 3


def test_split_wrong_arguments(make):
    path = make(LINES)
    for arguments, text in [
        ({"parts": 0}, "parts must be 1 or more, not 0"),
        ({"size": -1}, "size must be 1 or more, not -1"),
        ({"parts": 2, "at": b""}, "at must not be empty"),
    ]:
        with pytest.raises(ValueError, match=text):
            ironmap.split(path, **arguments)
    with pytest.raises(
        TypeError, match=r"needs a number of parts, or their size: split\(path, size="
    ):
        ironmap.split(path)
    with pytest.raises(TypeError, match="takes parts or size, not both"):
        ironmap.split(path, 2, size=2)
    for arguments, text in [
        ({"parts": "2"}, "parts must be an int, not '2'"),
        ({"size": 2.5}, r"size must be an int, not 2\.5"),
        ({"parts": 2, "at": 10}, "at must be a bytes-like object, not 10"),
        ({"parts": 2, "at": "\n"}, r"at must be a bytes-like object, not '\\n'"),
    ]:
        with pytest.raises(TypeError, match=text):
            ironmap.split(path, **arguments)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        ironmap.split(path.with_name("nowhere"), 2)


def test_part_is_small_value(make):
    path = make(LINES)
    part = ironmap.split(path, 3)[1]
    arrived = pickle.loads(pickle.dumps(part))
    assert arrived == part
    assert len({arrived, part}) == 1
    assert len(pickle.dumps(part)) < 1024
    real = os.path.realpath(path)
    assert repr(part) == f"Part(path={real!r}, offset={part.offset}, length={part.length})"
    with pytest.raises(AttributeError):
        part.offset = 0


def test_part_open_modes_map_part(make):
    path = make(LINES)
    part = ironmap.split(path, 3)[1]
    with part.open("r+", populate=True, huge_pages=True, trackfd=False) as m:
        m[:1] = b"!"
    with part.open("c") as m:
        m[:2] = b"??"
    content = path.read_bytes()
    assert content[part.offset : part.offset + 1] == b"!"
    assert content.count(b"?") == 0
    with pytest.raises(ValueError, match=r"invalid mode 'w\+' for a part"):
        part.open("w+")


def test_part_open_file_replaced(make):
    path = make(LINES)
    part = ironmap.split(path, 3)[1]
    new = path.with_name("new")
    new.write_bytes(LINES)
    os.replace(new, path)
    with pytest.raises(OSError, match="expected device .*, found device") as raised:
        part.open()
    assert raised.value.errno == errno.ESTALE
