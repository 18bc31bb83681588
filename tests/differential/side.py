"""A namespace that runs the lines of a script on one module."""

import functools
import importlib
import os
import pathlib
import types

from .expected import promised_module

SCRIPT = pathlib.Path(__file__).with_name("script.py").read_text()
SCRIPT_CODE = compile(SCRIPT, "script.py", "exec")


@functools.lru_cache(maxsize=4000)
def compiled(line):
    try:
        return compile(line, "<line>", "eval")
    except SyntaxError:
        return compile(line, "<line>", "exec")


def described(result):
    """Returns the comparable part of a result: objects of two modules are never equal."""
    if isinstance(result, (bytes, bytearray, int, str, tuple, list, type(None))):
        return type(result).__name__, result
    return type(result).__name__, ""


def outcome_of(action):
    """Returns ("returned", type, value) or ("raised", type, text)."""
    try:
        return ("returned", *described(action()))
    except Exception as error:
        return "raised", type(error).__name__, str(error)


class Side:
    def __init__(self, module):
        self.names = {"mmap": module, "__name__": "script"}
        exec(SCRIPT_CODE, self.names)

    def run(self, line):
        return outcome_of(lambda: eval(compiled(line), self.names))

    @property
    def closed(self):
        return "m" in self.names and self.names["m"].closed

    def state(self):
        """Returns the state that a line can change and a program can see."""
        if "m" not in self.names:
            return {}
        m, file = self.names["m"], self.names["file"]
        state = {"repr": repr(m), "closed": m.closed}
        if not m.closed:
            state |= {"len": len(m), "position": m.tell(), "content": m[:]}
        if file is not None:
            state |= {"file": content_of(file)}
        for number, view in enumerate(self.names["views"]):
            state[f"views[{number}]"] = outcome_of(lambda: bytes(view)) + (view_shape(view),)
        return state

    def finish(self):
        for view in self.names["views"]:
            view.release()
        if "m" in self.names:
            self.names["m"].close()
        # Its functions refer to the namespace: this breaks the cycle.
        self.names.clear()


def content_of(file):
    """Reads the file without moving its position. Windows has no pread."""
    descriptor = file.fileno()
    at = os.lseek(descriptor, 0, os.SEEK_CUR)
    os.lseek(descriptor, 0, os.SEEK_SET)
    content = os.read(descriptor, os.fstat(descriptor).st_size)
    os.lseek(descriptor, at, os.SEEK_SET)
    return content


def view_shape(view):
    return outcome_of(lambda: (view.readonly, view.format, view.shape, view.strides))


def promised_side():
    return Side(promised_module())


def ironmap_side():
    return Side(importlib.import_module("ironmap"))


def side_of(map_type):
    """Returns a side with the map class ``map_type``, a subclass of the expected one."""
    module = types.SimpleNamespace(**vars(promised_module()))
    module.mmap = map_type
    return Side(module)
