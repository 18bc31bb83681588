"""examples/dask_count.py: workers of a Dask cluster count in parts of a file.

IRONMAP_DASK_BYTES sets the size of the file; the default is 128 MiB.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ironmap
from hang import HANG

pytest.importorskip("distributed", reason="distributed is not installed: make interop")

EXAMPLE = Path(__file__).parents[2] / "examples" / "dask_count.py"
SIZE = int(os.environ.get("IRONMAP_DASK_BYTES", 128 << 20))


def counts(path: Path, *options: str) -> None:
    command = [sys.executable, EXAMPLE, path, "--make", str(SIZE), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stdout + done.stderr
    assert path.stat().st_size >= SIZE
    assert "by 2 worker processes" in done.stdout
    lines, errors, needles = seen(path)
    assert len(needles) == 3
    assert f"\n{lines:,} lines, {errors:,} with status 500; " in done.stdout
    assert done.stdout.endswith(f" at {needles}\n")


def seen(path: Path) -> tuple[int, int, list[int]]:
    """Counts the same without a map, line by line."""
    lines = errors = at = 0
    needles = []
    with path.open("rb") as file:
        for line in file:
            lines += 1
            errors += b'" 500 ' in line
            if (place := line.find(b"GET /needle ")) >= 0:
                needles.append(at + place)
            at += len(line)
    return lines, errors, needles


def test_dask_two_workers(tmp_path):
    counts(tmp_path / "access.log")


def test_dask_existing_cluster(tmp_path):
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        counts(tmp_path / "access.log", "--scheduler", cluster.scheduler_address)
        with Client(cluster) as client, ironmap.open(tmp_path / "access.log", offset=7) as m:
            assert client.submit(len, m).result() == len(m)
            assert client.submit(getattr, m, "path").result() == m.path
