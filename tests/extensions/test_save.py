"""``FileMap.save``: a file that appears whole or not at all."""

import errno
import os
import stat
import sys

import pytest

import ironmap
from ironmap import _save

DATA = bytes(i % 251 for i in range(3 * ironmap.PAGESIZE + 10))
unix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
own_file = pytest.mark.skipif(sys.platform == "win32", reason="Windows replaces no mapped file")


@pytest.fixture
def m(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(DATA)
    with ironmap.open(path, "c") as m:
        m[:3] = b"new"
        yield m


CHANGED = b"new" + DATA[3:]


def names(folder):
    """Returns the names in a folder, but for those of open files that were removed: FUSE and NFS
    keep such a file under a name of their own.
    """
    own = (".fuse_hidden", ".nfs")
    return sorted(name for name in os.listdir(folder) if not name.startswith(own))


@pytest.mark.parametrize("make", [str, os.fsencode, lambda path: path])
def test_save_new_file(m, tmp_path, make):
    m.save(make(tmp_path / "saved"))
    assert (tmp_path / "saved").read_bytes() == CHANGED
    assert (tmp_path / "data").read_bytes() == DATA
    assert names(tmp_path) == ["data", "saved"]


def test_save_in_steps(m, tmp_path, monkeypatch):
    monkeypatch.setattr(_save, "STEP", 1000)
    m.save(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == CHANGED


def test_save_part_and_empty_map(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(DATA)
    with ironmap.open(path, offset=5, length=10) as m:
        m.save(tmp_path / "part")
    with ironmap.open(path, offset=len(DATA)) as m:
        m.save(tmp_path / "empty")
    assert (tmp_path / "part").read_bytes() == DATA[5:15]
    assert (tmp_path / "empty").read_bytes() == b""


@own_file
@pytest.mark.parametrize(
    ("given", "first", "end"),
    [
        ({"offset": 4, "length": 2}, 4, 6),
        ({"length": 10}, 0, 10),
        ({"offset": 5}, 5, len(DATA)),
        ({"offset": len(DATA)}, len(DATA), len(DATA)),
        ({"length": 10, "check": False}, 0, 10),
    ],
)
def test_save_part_over_its_own_file_is_refused(tmp_path, given, first, end):
    path = tmp_path / "data"
    path.write_bytes(DATA)
    with ironmap.open(path, "c", **given) as m:
        with pytest.raises(ValueError, match="save it to another path") as raised:
            m.save(path)
        assert f"bytes {first} to {end} of" in str(raised.value)
        assert f"has {len(DATA)} bytes" in str(raised.value)
    assert path.read_bytes() == DATA
    assert names(tmp_path) == ["data"]


@own_file
def test_save_part_over_another_name_of_its_file_is_refused(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(DATA)
    os.link(path, tmp_path / "link")
    with ironmap.open(path, "c", length=10) as m, pytest.raises(ValueError, match="another path"):
        m.save(tmp_path / "link")
    assert (tmp_path / "link").read_bytes() == DATA


@own_file
def test_save_part_of_removed_file_replaces_another(tmp_path):
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "old").write_bytes(b"old")
    with ironmap.open(tmp_path / "data", length=10) as m:
        (tmp_path / "data").unlink()
        m.save(tmp_path / "old")
    assert (tmp_path / "old").read_bytes() == DATA[:10]


@own_file
def test_save_over_its_own_file_that_has_grown_is_refused(m, tmp_path):
    with open(tmp_path / "data", "ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match="the whole file"):
        m.save(m.path)
    assert (tmp_path / "data").read_bytes() == DATA + b"more"
    assert names(tmp_path) == ["data"]


@unix_only
def test_save_over_its_own_file_keeps_map(m, tmp_path):
    m.save(m.path)
    assert (tmp_path / "data").read_bytes() == CHANGED
    assert m[:] == CHANGED
    assert names(tmp_path) == ["data"]


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows keeps a mapped file")
def test_save_over_mapped_file_is_refused_with_advice(m, tmp_path):
    with pytest.raises(PermissionError) as raised:
        m.save(m.path)
    assert "another name" in raised.value.__notes__[0]
    assert (tmp_path / "data").read_bytes() == DATA
    assert names(tmp_path) == ["data"]


@unix_only
def test_save_keeps_rights_and_follows_links(m, tmp_path):
    (tmp_path / "folder").mkdir()
    target = tmp_path / "folder" / "old"
    target.write_bytes(b"old")
    target.chmod(0o640)
    (tmp_path / "link").symlink_to(target)
    m.save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert target.read_bytes() == CHANGED
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert names(tmp_path / "folder") == ["old"]


@unix_only
def test_save_new_file_has_rights_of_umask(m, tmp_path):
    before = os.umask(0o027)
    try:
        m.save(tmp_path / "saved")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "saved").stat().st_mode) == 0o640


def test_save_failed_write_leaves_old_file(m, tmp_path, monkeypatch):
    target = tmp_path / "old"
    target.write_bytes(b"old")

    def full(_fd, _piece):
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="no space") as raised:
        m.save(target)
    assert raised.value.filename == target.__fspath__()
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["data", "old"]


@unix_only
def test_save_damaged_map_raises_and_leaves_old_file(tmp_path):
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "old").write_bytes(b"old")
    with ironmap.open(tmp_path / "data") as m:
        os.truncate(tmp_path / "data", 0)
        with pytest.raises(ironmap.FaultError):
            m.save(tmp_path / "old")
    assert (tmp_path / "old").read_bytes() == b"old"
    assert names(tmp_path) == ["data", "old"]


def test_save_to_no_regular_file(m, tmp_path):
    with pytest.raises(OSError, match="regular files") as raised:
        m.save(tmp_path)
    assert raised.value.errno == errno.EISDIR
    with pytest.raises(FileNotFoundError):
        m.save(tmp_path / "absent" / "saved")
    assert names(tmp_path) == ["data"]


def test_save_syncs_file_then_renames_then_syncs_folder(m, tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)

        def noting(*arguments, name=name, real=real):
            calls.append(name)
            return real(*arguments)

        monkeypatch.setattr(os, name, noting)
    m.save(tmp_path / "saved")
    folder = [] if sys.platform == "win32" else ["fsync"]
    assert calls == ["fsync", "replace", *folder]


def test_save_of_closed_map(m, tmp_path):
    m.close()
    with pytest.raises(ValueError, match="closed"):
        m.save(tmp_path / "saved")
    assert names(tmp_path) == ["data"]


@unix_only
def test_save_over_private_file_is_private_from_the_start(m, tmp_path, monkeypatch):
    target = tmp_path / "private"
    target.write_bytes(b"old")
    target.chmod(0o4600)
    rights = []

    def write_all(fd, m):
        rights.append(stat.S_IMODE(os.fstat(fd).st_mode))
        os.write(fd, b"new")

    monkeypatch.setattr(_save, "write_all", write_all)
    m.save(target)
    assert rights == [0o600]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_save_of_map_resized_meanwhile_leaves_target(tmp_path, monkeypatch):
    (tmp_path / "target").write_bytes(b"old")
    with ironmap.open(tmp_path / "data", "w+", length=len(DATA)) as m:
        monkeypatch.setattr(_save, "STEP", 100)
        real = os.write

        def write(fd, piece):
            if len(m) == len(DATA):
                m.resize(50)
            return real(fd, piece)

        monkeypatch.setattr(os, "write", write)
        text = f"the map was resized from {len(DATA)} to 50 bytes while it was saved"
        with pytest.raises(ValueError, match=text):
            m.save(tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"old"
    assert names(tmp_path) == ["data", "target"]


def test_save_into_missing_folder_names_path(m, tmp_path):
    with pytest.raises(FileNotFoundError) as refused:
        m.save(tmp_path / "none" / "saved")
    assert refused.value.filename == os.path.realpath(tmp_path / "none" / "saved")
