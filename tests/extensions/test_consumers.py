"""Libraries that take a file take a map."""

import bz2
import configparser
import contextlib
import csv
import gzip
import hashlib
import io
import json
import lzma
import pickle
import shutil
import tarfile
import tomllib
import wave
import zipfile

import pytest

import ironmap

ROWS = [[str(i), f"row, {i}", "é\n"] for i in range(3000)]
TEXT = "".join(f"line {i}, é\r\n" for i in range(20_000)).encode()


@pytest.fixture(params=["read-only", "writable"])
def mapped(request, tmp_path):
    """Maps a file that a function has written."""
    access = {"read-only": ironmap.ACCESS_READ, "writable": ironmap.ACCESS_WRITE}[request.param]

    def make(write):
        with open(tmp_path / "file", "wb") as file:
            write(file)
        with open(tmp_path / "file", "r+b") as file:
            return ironmap.mmap(file.fileno(), 0, access=access)

    return make


@pytest.fixture
def text(mapped):
    return mapped(lambda file: file.write(TEXT))


def test_buffered_reader_on_map_reads_and_seeks(text):
    reader = io.BufferedReader(text)
    assert reader.readline() == b"line 0, \xc3\xa9\r\n"
    assert reader.peek(4)[:4] == b"line"
    assert reader.tell() == 12
    reader.seek(-12, io.SEEK_END)
    assert reader.read(6) == TEXT[-12:-6]
    reader.seek(0)
    assert reader.read() == TEXT
    reader.seek(0)
    assert list(reader) == TEXT.splitlines(keepends=True)
    reader.seek(5)
    target = bytearray(100_000)
    assert reader.readinto(target) == 100_000
    assert target == TEXT[5:100_005]
    assert (reader.readable(), reader.writable(), reader.seekable()) == (True, False, True)
    assert reader.isatty() is False


def test_buffered_reader_detach_and_close(text):
    reader = io.BufferedReader(text)
    reader.read(3)
    assert reader.detach() is text
    assert not text.closed
    with io.BufferedReader(text):
        pass
    assert text.closed


def test_buffered_reader_dealloc_closes_map(text):
    io.BufferedReader(text)
    assert text.closed


@pytest.mark.parametrize("wrap", [io.BufferedReader, lambda m: m], ids=["buffered", "raw"])
def test_text_io_read(text, wrap):
    lines = io.TextIOWrapper(wrap(text), encoding="utf-8")
    expected = TEXT.decode().replace("\r\n", "\n")
    assert lines.readline() == "line 0, é\n"
    place = lines.tell()
    assert lines.read() == expected.partition("\n")[2]
    lines.seek(place)
    assert next(lines) == "line 1, é\n"
    lines.seek(0)
    assert lines.read() == expected
    lines.close()
    assert text.closed


def test_text_io_write(tmp_path):
    m = ironmap.mmap(-1, 100)
    file = io.TextIOWrapper(io.BufferedRandom(m), encoding="utf-8", newline="\n")
    file.write("première\n")
    file.flush()
    assert m[:10] == "première\n".encode()
    file.detach().detach()


def test_buffered_writer_past_end_refused():
    m = ironmap.mmap(-1, 100)
    writer = io.BufferedWriter(m)
    writer.write(b"abc")
    writer.writelines([b"def", b"ghi"])
    writer.flush()
    assert m[:10] == b"abcdefghi\0"
    writer.write(b"x" * 92)
    with pytest.raises(ValueError, match="data out of range"):
        writer.flush()
    with contextlib.suppress(ValueError):
        writer.close()


def test_csv_reader_on_map_returns_rows(mapped):
    def write(file):
        with io.TextIOWrapper(file, encoding="utf-8", newline="") as lines:
            csv.writer(lines).writerows(ROWS)

    lines = io.TextIOWrapper(mapped(write), encoding="utf-8", newline="")
    assert list(csv.reader(lines)) == ROWS


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_load_from_map_returns_values(mapped, protocol):
    value = [ROWS, bytearray(b"x" * 300_000), {"key": b"y" * 100_000}]

    def write(file):
        pickle.dump(value, file, protocol)
        pickle.dump("the second", file, protocol)

    m = mapped(write)
    assert pickle.load(m) == value
    assert pickle.load(m) == "the second"
    assert m.tell() == len(m)
    m.seek(0)
    assert pickle._Unpickler(m).load() == value


def test_json_load_from_map_returns_rows(mapped):
    assert json.load(mapped(lambda file: file.write(json.dumps(ROWS).encode()))) == ROWS


def test_tomllib_load_from_map_returns_tables(mapped):
    assert tomllib.load(mapped(lambda file: file.write(b"a = 1\n[b]\nc = 'd'\n"))) == {
        "a": 1,
        "b": {"c": "d"},
    }


def test_configparser_read_file(mapped):
    parser = configparser.ConfigParser()
    m = mapped(lambda file: file.write(b"[section]\nkey = value\n"))
    parser.read_file(io.TextIOWrapper(m, encoding="utf-8"))
    assert parser["section"]["key"] == "value"


@pytest.mark.parametrize("module", [gzip, bz2, lzma])
def test_gzip_bz2_lzma_open(mapped, module):
    m = mapped(lambda file: file.write(module.compress(TEXT)))
    with module.open(m) as file:
        assert file.readline() == b"line 0, \xc3\xa9\r\n"
        file.seek(0)
        assert file.read() == TEXT
    assert not m.closed
    m.seek(0)
    with module.open(m, "rt", encoding="utf-8", newline="") as file:
        assert file.read() == TEXT.decode()


def test_zipfile_read_from_map_returns_members(mapped):
    def write(file):
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.txt", TEXT)
            archive.writestr("stored", TEXT[:1000], zipfile.ZIP_STORED)

    m = mapped(write)
    assert zipfile.is_zipfile(m)
    with zipfile.ZipFile(m) as archive:
        assert archive.testzip() is None
        assert archive.read("a.txt") == TEXT
        with archive.open("stored") as member:
            member.seek(500)
            assert member.read() == TEXT[500:1000]
    assert not m.closed


def test_zipfile_write_then_truncate(tmp_path):
    path = tmp_path / "file.zip"
    with open(path, "w+b") as file:
        file.truncate(1 << 20)
        m = ironmap.mmap(file.fileno(), 0)
    with zipfile.ZipFile(m, "w") as archive:
        archive.writestr("a.txt", TEXT)
    m.truncate()
    m.seek(0)
    m.resize(len(m) + (1 << 20))
    m.resize(len(m) - (1 << 20))
    m.close()
    with zipfile.ZipFile(path) as archive:
        assert archive.read("a.txt") == TEXT


def test_tarfile_open_map_reads_members(mapped, tmp_path):
    (tmp_path / "a.txt").write_bytes(TEXT)

    def write(file):
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(tmp_path / "a.txt", "a.txt")

    m = mapped(write)
    with tarfile.open(fileobj=m) as archive:
        assert archive.getnames() == ["a.txt"]
        assert archive.extractfile("a.txt").read() == TEXT
    m.seek(0)
    with tarfile.open(fileobj=m, mode="r|") as archive:
        assert [member.size for member in archive] == [len(TEXT)]


def test_tarfile_open_gzip(mapped, tmp_path):
    (tmp_path / "a.txt").write_bytes(TEXT)

    def write(file):
        with tarfile.open(fileobj=file, mode="w:gz") as archive:
            archive.add(tmp_path / "a.txt", "a.txt")

    with tarfile.open(fileobj=mapped(write)) as archive:
        assert archive.extractfile("a.txt").read() == TEXT


def test_tarfile_addfile_map_archives_content(text):
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w") as archive:
        member = tarfile.TarInfo("a.txt")
        member.size = len(text)
        archive.addfile(member, text)
    into.seek(0)
    with tarfile.open(fileobj=into) as archive:
        assert archive.extractfile("a.txt").read() == TEXT


def test_shutil_copyfileobj_map_copies_content(text):
    into = io.BytesIO()
    shutil.copyfileobj(text, into)
    assert into.getvalue() == TEXT


def test_hashlib_file_digest(text):
    assert hashlib.file_digest(text, "sha256").digest() == hashlib.sha256(TEXT).digest()
    assert text.tell() == len(TEXT)


def test_wave_open_map_reads_frames(mapped):
    frames = bytes(range(256)) * 100

    def write(file):
        with wave.open(file, "wb") as sound:
            sound.setparams((1, 1, 8000, 0, "NONE", None))
            sound.writeframes(frames)

    with wave.open(mapped(write)) as sound:
        assert sound.readframes(len(frames)) == frames
