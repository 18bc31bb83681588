"""Jobs on files of numbers, and on numbers in memory. Each takes the file's path."""

import bisect
import csv
import io
import json
import math
import mmap
import multiprocessing
import random
import struct
from multiprocessing.sharedctypes import Synchronized

import numpy as np
import pandas
import polars
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import ironmap

TENSORS = 32
ROWS = 500_000
RECORDS = 1_000_000
RECORD = struct.Struct("<Qd")
WANTED = random.Random(1).sample(range(0, 3 * RECORDS, 3), 5_000)
ADDED = 200_000
FORK = multiprocessing.get_context("fork")


def write_tensors(path: str) -> None:
    tensor = np.arange(1 << 21, dtype="<f4").reshape(2048, 1024)
    save_file({f"layer.{n}": tensor + n for n in range(TENSORS)}, path)


def write_records(path: str) -> None:
    with open(path, "wb") as file:
        file.writelines(RECORD.pack(3 * n, n / 100) for n in range(RECORDS))


def write_table(path: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write("number,price,word\n")
        file.writelines(f"{n},{n % 1000 / 4},word{n % 7}\n" for n in range(ROWS))


def write_nothing(path: str) -> None:
    with open(path, "wb"):
        pass


def sum_tensor(path: str) -> float:
    with ironmap.open(path) as m:
        (size,) = struct.unpack("<Q", m[:8])
        tensor = json.loads(m[8 : 8 + size])["layer.17"]
        start = 8 + size + tensor["data_offsets"][0]
        total = float(m.array("<f4", tensor["shape"], start).sum(dtype="f8"))
        m.check()
        return total


def sum_tensor_of_all(path: str) -> float:
    return float(load_file(path)["layer.17"].sum(dtype="f8"))


def sum_tensor_by_name(path: str) -> float:
    with safe_open(path, "np") as file:
        return float(file.get_tensor("layer.17").sum(dtype="f8"))


def add(m: ironmap.SharedMap) -> None:
    for _ in range(ADDED):
        m.fetch_add_u64(0, 1)


def count_together(path: str) -> int:
    with ironmap.shared(8) as m:
        workers = [FORK.Process(target=add, args=(m,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return m.load_u64(0)


def add_to_value(value: "Synchronized[int]") -> None:
    for _ in range(ADDED):
        with value.get_lock():
            value.value += 1


def count_by_value(path: str) -> int:
    value = FORK.Value("Q", 0)
    workers = [FORK.Process(target=add_to_value, args=(value,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return value.value


class Records:
    """The records of a map, as a sequence."""

    def __init__(self, m: mmap.mmap) -> None:
        self.m = m

    def __len__(self) -> int:
        return len(self.m) // RECORD.size

    def __getitem__(self, number: int) -> tuple[int, float]:
        return RECORD.unpack_from(self.m, number * RECORD.size)


def find_records(path: str) -> float:
    with ironmap.open(path) as m:
        records = Records(m)
        found = (bisect.bisect_left(records, key, key=lambda r: r[0]) for key in WANTED)
        return math.fsum(records[number][1] for number in found)


def find_records_by_mmap(path: str) -> float:
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as m:
        records = Records(m)
        found = (bisect.bisect_left(records, key, key=lambda r: r[0]) for key in WANTED)
        return math.fsum(records[number][1] for number in found)


def sum_column_pandas(path: str) -> float:
    with ironmap.open(path) as m:
        return float(pandas.read_csv(m).price.sum())


def sum_column_pandas_by_path(path: str) -> float:
    return float(pandas.read_csv(path).price.sum())


def sum_column_polars(path: str) -> float:
    with ironmap.open(path) as m:
        return float(polars.read_csv(m)["price"].sum())


def sum_column_polars_by_path(path: str) -> float:
    return float(polars.read_csv(path)["price"].sum())


def sum_column_csv(path: str) -> float:
    with ironmap.open(path) as m:
        text = io.TextIOWrapper(m, encoding="utf-8", newline="")
        return math.fsum(float(row["price"]) for row in csv.DictReader(text))


def sum_column_csv_by_path(path: str) -> float:
    with open(path, encoding="utf-8", newline="") as file:
        return math.fsum(float(row["price"]) for row in csv.DictReader(file))
