"""The class `Follower` of docs/growing.md, where files come and go at the worst moment."""

import os
import re
import sys
from pathlib import Path

import pytest

import ironmap

PAGE = Path(__file__).parents[2] / "docs" / "growing.md"
pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows does not replace a file that is mapped"
)


@pytest.fixture
def follower():
    text = PAGE.read_text(encoding="utf-8")
    class_ = re.search(r"^class Follower:\n.*?(?=^\S)", text, re.MULTILINE | re.DOTALL)
    imports = "\n".join(re.findall(r"^(?:import|from) .*$", text, re.MULTILINE))
    names = {}
    exec(f"{imports}\n{class_[0]}", names)
    return names["Follower"]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"")
    return path


def append(path, data):
    with open(path, "ab") as file:
        file.write(data)


def test_follower_started_in_a_line_returns_all_of_it(follower, path):
    append(path, b"old\npart")
    log = follower(path)
    append(path, b"ial\n")
    assert log.new_lines() == [b"partial\n"]


def test_follower_keeps_its_lines_while_the_new_file_cannot_be_opened(follower, path, monkeypatch):
    log = follower(path)
    append(path, b"one\nlast")
    path.rename(path.with_suffix(".1"))
    path.write_bytes(b"new\n")
    with monkeypatch.context() as patched:
        patched.setattr(ironmap, "open", refuses(FileNotFoundError))
        assert log.new_lines() == [b"one\n"]
        patched.setattr(ironmap, "open", refuses(PermissionError))
        with pytest.raises(PermissionError):
            log.new_lines()
    assert log.new_lines() == [b"last", b"new\n"]


def refuses(error):
    def refuse(path):
        raise error(path)

    return refuse


def test_follower_ends_the_old_file_before_an_empty_one(follower, path):
    log = follower(path)
    append(path, b"last")
    path.rename(path.with_suffix(".1"))
    path.write_bytes(b"")
    assert log.new_lines() == [b"last"]
    append(path, b"half")
    assert log.new_lines() == []
    append(path, b" and half\n")
    assert log.new_lines() == [b"half and half\n"]


def test_follower_starts_again_after_a_cut(follower, path):
    append(path, b"a\nb\n")
    log = follower(path)
    os.truncate(path, 0)
    append(path, b"c\n")
    assert log.new_lines() == [b"c\n"]
