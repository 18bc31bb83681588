"""Random operations have the same outcomes on ironmap and on the expected module.

IRONMAP_DIFFERENTIAL_OPERATIONS sets the number of operations,
IRONMAP_DIFFERENTIAL_SEED selects others.
"""

import itertools
import os

import pytest

from .machine import Differential, run_round

WANTED = int(os.environ.get("IRONMAP_DIFFERENTIAL_OPERATIONS", "10000"))
SEED = int(os.environ.get("IRONMAP_DIFFERENTIAL_SEED", "0"))
# Rounds of the weekly test begin here, so that it compares others.
WEEKLY_SEED = 1 << 20


def compare(wanted, seed):
    end = Differential.operations.total() + wanted
    for number in itertools.count(seed):
        if Differential.operations.total() >= end:
            break
        run_round(Differential, number)


def test_random_operations_same_outcomes():
    compare(WANTED, SEED)


@pytest.mark.weekly
def test_many_random_operations_same_outcomes():
    compare(100_000, SEED + WEEKLY_SEED)
