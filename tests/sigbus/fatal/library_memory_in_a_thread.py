"""A fault in another library's memory in a thread with a small stack."""

import foreign
from prelude import cut_map, dies, in_threads

from stacks import use_small_stacks

use_small_stacks(64)
file, m = cut_map()
address = foreign.cut_mapping(1)
dies(lambda: in_threads(lambda: foreign.load(address)))
