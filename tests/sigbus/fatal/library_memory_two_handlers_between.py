"""Two handlers above ours that call their predecessors: each one is called once."""

import foreign
from prelude import cut_map, dies, expect, must_fault, new_map

calls = []


def chaining(name):
    found = foreign.Handler(foreign.installed())

    def handler(*arguments):
        calls.append(name)
        expect(calls == ["second", "first"][: len(calls)], f"called: {calls}")
        found(*arguments)

    return foreign.install(handler)


maps = [new_map()]
first = chaining("first")
maps.append(new_map())
second = chaining("second")
maps.append(cut_map())
must_fault("item", maps[-1][1], lambda: maps[-1][1][0], 0, 0)
address = foreign.cut_mapping(1)
dies(lambda: foreign.load(address))
