"""A fault in another library's memory in a thread with a 64 KiB stack."""

import foreign
from prelude import cut_map, dies, in_threads, threading

threading.stack_size(64 * 1024)
file, m = cut_map()
address = foreign.cut_mapping(1)
dies(lambda: in_threads(lambda: foreign.load(address)))
