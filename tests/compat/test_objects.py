"""A map as an object: class, subclasses, identity, garbage collection."""

import copy
import gc
import inspect
import pickle
import sys
import weakref

import pytest

from .support import raises, unix_only


@pytest.fixture
def m(make_map):
    return make_map(b"abcdef")


def test_class_name_and_bases_equal_stdlib(mod, m):
    assert type(m) is mod.mmap
    assert mod.mmap.__name__ == mod.mmap.__qualname__ == "mmap"
    assert mod.mmap.__bases__ == (object,)
    assert inspect.isclass(mod.mmap)


def test_repr_open_or_closed_map_shows_state(mod, make_map, granularity):
    m = make_map(b"abcdef")
    m.seek(4)
    assert repr(m) == "<mmap.mmap closed=False, access=ACCESS_DEFAULT, length=6, pos=4, offset=0>"
    assert str(m) == f"{m}" == repr(m)
    for access in ("ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY"):
        m = make_map(bytes(granularity + 3), access=getattr(mod, access), offset=granularity)
        place = f"length=3, pos=0, offset={granularity}"
        assert repr(m) == f"<mmap.mmap closed=False, access={access}, {place}>"
        m.close()
        assert repr(m) == "<mmap.mmap closed=True>"


def test_repr_subclass_shows_own_name(mod):
    class Log(mod.mmap):
        pass

    m = Log(-1, 5)
    assert repr(m) == "<Log closed=False, access=ACCESS_DEFAULT, length=5, pos=0, offset=0>"
    m.close()
    assert repr(m) == "<Log closed=True>"


def test_subclass_new_overridden_passes_arguments(mod):
    class Anonymous(mod.mmap):
        def __new__(cls, *args, **kwargs):
            return super().__new__(cls, -1, *args, **kwargs)

    m = Anonymous(13, access=mod.ACCESS_WRITE)
    assert isinstance(m, Anonymous)
    assert isinstance(m, mod.mmap)
    assert len(m) == 13


@unix_only("Windows has no flags and no prot")
def test_subclass_init_gets_arguments(mod):
    class Labelled(mod.mmap):
        def __init__(self, fileno, length, *, prot):
            self.label = f"{fileno} {length} {prot}"

    m = Labelled(-1, 5, prot=mod.PROT_READ)
    assert m.label == f"-1 5 {mod.PROT_READ}"


def test_subclass_methods_override_and_call_super(mod):
    class Doubling(mod.mmap):
        def read(self, n=None):
            return super().read(n) * 2

        def __getitem__(self, index):
            return ("item", super().__getitem__(index))

        def __len__(self):
            return 99

    m = Doubling(-1, 4)
    m.write(b"abcd")
    m.seek(2)
    assert m.read() == b"cdcd"
    assert m[0] == ("item", ord("a"))
    assert len(m) == 99
    assert bytes(memoryview(m)) == b"abcd"
    m.seek(0, 2)
    assert m.tell() == 4


def test_subclass_attributes_can_be_set(mod):
    class Labelled(mod.mmap):
        pass

    class Slotted(mod.mmap):
        __slots__ = ("label",)

    for cls in (Labelled, Slotted):
        m = cls(-1, 4)
        m.label = "a label"
        assert m.label == "a label"
    with pytest.raises(AttributeError):
        m.other = 1


def test_subclass_multiple_bases(mod):
    class Mixin:
        def first(self):
            return self[0]

    class Mixed(Mixin, mod.mmap):
        pass

    m = Mixed(-1, 4)
    m[0] = 7
    assert m.first() == 7


def test_exit_ignores_subclass_close(mod):
    calls = []

    class Counting(mod.mmap):
        def close(self):
            calls.append(1)
            super().close()

    with Counting(-1, 4) as m:
        pass
    assert m.closed
    assert calls == []


def test_instance_has_no_dict(m):
    assert not hasattr(m, "__dict__")
    with pytest.raises(AttributeError):
        m.label = 1


def test_closed_attribute_read_only(m):
    with raises(AttributeError, "attribute 'closed' of 'mmap.mmap' objects is not writable"):
        m.closed = True
    with raises(AttributeError, "attribute 'closed' of 'mmap.mmap' objects is not writable"):
        del m.closed


@pytest.mark.parametrize("name", ["new", "read", "__len__"])
def test_class_attribute_change_refused(mod, name):
    text = f"cannot set '{name}' attribute of immutable type 'mmap.mmap'"
    with raises(TypeError, text):
        setattr(mod.mmap, name, 1)
    with raises(TypeError, text):
        delattr(mod.mmap, name)


def test_subclass_attribute_change_reaches_instances(mod):
    class Log(mod.mmap):
        pass

    Log.label = 1
    assert Log(-1, 4).label == 1


def test_eq_and_hash_by_identity(mod, make_file):
    file = make_file(b"abcdef")
    one, other = (mod.mmap(file.fileno(), 0) for _ in range(2))
    assert one == one
    assert one != other
    assert one != b"abcdef"
    assert len({one, other, one}) == 2
    assert hash(one) == object.__hash__(one)
    with pytest.raises(TypeError):
        one < other


def test_pickle_every_protocol_refused(m):
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        with raises(TypeError, "cannot pickle 'mmap.mmap' object"):
            pickle.dumps(m, protocol)
    for protocol in range(2):
        with raises(TypeError, "cannot pickle 'mmap' object"):
            pickle.dumps(m, protocol)


def test_copy_and_deepcopy_refused(m):
    for how in (copy.copy, copy.deepcopy):
        with raises(TypeError, "cannot pickle 'mmap.mmap' object"):
            how(m)


def test_copy_subclass_refused(mod):
    class Log(mod.mmap):
        pass

    with raises(TypeError, "cannot pickle 'Log' object"):
        copy.copy(Log(-1, 4))


def test_format_spec_refused(m):
    with raises(TypeError, "unsupported format string passed to mmap.mmap.__format__"):
        format(m, "x")


def test_sizeof_map_covers_object(m):
    assert sys.getsizeof(m) >= object.__basicsize__


def test_weakref_deleted_map_calls_back(mod):
    m = mod.mmap(-1, 4)
    seen = []
    reference = weakref.ref(m, lambda _: seen.append("gone"))
    assert reference() is m
    del m
    gc.collect()
    assert reference() is None
    assert seen == ["gone"]


def test_weakref_closed_map(m):
    reference = weakref.ref(m)
    m.close()
    assert reference() is m


def test_gc_tracks_map(m):
    assert gc.is_tracked(m)


def test_gc_collects_cycle(mod):
    class Node(mod.mmap):
        pass

    node = Node(-1, 4)
    node.myself = node
    reference = weakref.ref(node)
    del node
    gc.collect()
    assert reference() is None


def test_gc_collects_subclass(mod):
    class Log(mod.mmap):
        pass

    reference = weakref.ref(Log)
    Log(-1, 4).close()
    del Log
    gc.collect()
    assert reference() is None


def test_maps_leak_no_type_references(mod):
    before = sys.getrefcount(mod.mmap)
    for _ in range(100):
        m = mod.mmap(-1, 4)
        next(iter(m)), m[:], memoryview(m).release()
        m.close()
    del m
    gc.collect()
    assert sys.getrefcount(mod.mmap) - before < 10
