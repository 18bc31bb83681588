"""Random operations have the same outcomes on ironmap and on the expected module.

IRONMAP_DIFFERENTIAL_OPERATIONS sets the number of operations,
IRONMAP_DIFFERENTIAL_SEED selects others.
"""

import itertools
import os

from .machine import Differential, run_round

WANTED = int(os.environ.get("IRONMAP_DIFFERENTIAL_OPERATIONS", "40000"))
SEED = int(os.environ.get("IRONMAP_DIFFERENTIAL_SEED", "0"))


def test_random_operations_same_outcomes():
    for number in itertools.count(SEED):
        if Differential.operations.total() >= WANTED:
            break
        run_round(Differential, number)
