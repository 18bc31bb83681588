"""Checks that the path of an unpickled map or part leads to the same file."""

import errno
import os
import pickle
import subprocess
import sys

import pytest

import ironmap
from ironmap._descriptor import status_of
from ironmap._identity import Identity

HERE = Identity("kernel", mount=1, device=2, inode=3)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"line\n" * 1000)
    return path


def replace_file(path):
    new = path.with_name("new")
    new.write_bytes(path.read_bytes().upper())
    os.replace(new, path)


@pytest.mark.parametrize(
    "found",
    [
        HERE,
        HERE._replace(mount=9),
        HERE._replace(mount=0),
        # Another file system can number the same file in another way.
        HERE._replace(mount=9, device=9),
        HERE._replace(mount=9, device=9, inode=9),
        HERE._replace(machine="another", device=9, inode=9),
    ],
)
def test_identity_check_same_file(found):
    HERE.check(found, "path")
    found.check(HERE, "path")


@pytest.mark.parametrize(
    "found",
    [
        HERE._replace(inode=9),
        # One mount, and two mounts of one file system.
        HERE._replace(device=9),
        HERE._replace(mount=9, inode=9),
        # A system without numbers of mounts.
        HERE._replace(mount=0, device=9),
    ],
)
def test_identity_check_another_file(found):
    for one, other in [(HERE, found), (found, HERE)]:
        with pytest.raises(OSError, match="expected device .*, found device") as raised:
            one.check(other, "path")
        assert (raised.value.errno, raised.value.filename) == (errno.ESTALE, "path")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux numbers its mounts")
def test_identity_mount_of_file(path):
    with open(path) as file, open(__file__) as other, open("/proc/self/status") as process:
        mounts = [status_of(each.fileno())[2][0] for each in (file, other, process)]
    assert all(mounts)
    assert mounts[0] != mounts[2]


def test_open_check_false_accepts_replaced_file(path):
    checked = pickle.dumps(ironmap.open(path))
    unchecked = pickle.dumps(ironmap.open(path, check=False))
    replace_file(path)
    with pytest.raises(OSError, match="expected device .*, found device"):
        pickle.loads(checked)[0]
    arrived = pickle.loads(unchecked)
    assert arrived[:4] == b"LINE"
    # An unpickled map is pickled without the check, too.
    sent_on = pickle.dumps(arrived)
    arrived.close()
    replace_file(path)
    assert pickle.loads(sent_on)[:4] == b"LINE"
    os.truncate(path, 10)
    with pytest.raises(ValueError, match="which has 10 bytes"):
        pickle.loads(unchecked)[:]


def test_split_check_false_accepts_replaced_file(path):
    checked, unchecked = ironmap.split(path, 2), ironmap.split(path, 2, check=False)
    replace_file(path)
    with pytest.raises(OSError, match="expected device .*, found device"):
        checked[1].open()
    assert pickle.loads(pickle.dumps(unchecked[1])).open()[:4] == b"LINE"


IN_CONTAINERS = """
base=$(mktemp -d)
mkdir "$base/lower" "$base/path"
yes line | head -n 1000 > "$base/lower/data"
in_container() {
    unshare --mount sh -c '
        mount --make-rprivate / && mount -t tmpfs none "$0/path" &&
        mkdir "$0/path/upper" "$0/path/work" "$0/path/root" &&
        mount -t overlay overlay -o \\
            "lowerdir=$0/lower,upperdir=$0/path/upper,workdir=$0/path/work" "$0/path/root" ||
            exit 77
        exec "$1" -c "$2" "$0"' "$base" "$python" "$1"
}
in_container '
import sys, os, pickle, time, ironmap
base = sys.argv[1]
path = base + "/path/root/data"
with open(base + "/new", "wb") as file:
    pickle.dump((ironmap.split(path, 3), ironmap.open(path)), file)
os.rename(base + "/new", base + "/sent")
parts, m = pickle.load(open(base + "/sent", "rb"))
print(sum(part.open().count(b"\\n") for part in parts), m.count(b"\\n"))
with open(path + "2", "wb") as file:
    file.write(m[:])
os.replace(path + "2", path)
try:
    parts[0].open()
except OSError as error:
    print(error.strerror.partition(":")[0])
while not os.path.exists(base + "/done"):
    time.sleep(0.01)
' &
while [ ! -e "$base/sent" ]; do
    kill -0 $! 2>/dev/null || { wait $!; exit 77; }
    sleep 0.05
done
in_container '
import sys, pickle, ironmap
parts, m = pickle.load(open(sys.argv[1] + "/sent", "rb"))
print(sum(part.open().count(b"\\n") for part in parts), m.count(b"\\n"))
' > "$base/second"
touch "$base/done"
wait
cat "$base/second"
rm -r "$base"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="overlayfs is Linux's")
def test_identity_overlayfs_replaced_file_is_stale():
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount file systems")
    environment = os.environ | {
        "python": sys.executable,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    done = subprocess.run(
        ["sh", "-c", IN_CONTAINERS], env=environment, capture_output=True, text=True
    )
    if done.returncode == 77:
        pytest.skip(f"no overlays can be mounted here: {done.stderr}")
    assert done.stdout.splitlines() == ["1000 1000", os.strerror(errno.ESTALE), "1000 1000"], done
