"""The bindings call the interpreter where an unwinding stops: by `capi.rs`, but for
what runs no Python code, does not wait and makes no exception."""

import re
from pathlib import Path

from rust_source import code

BINDINGS = Path(__file__).parents[2] / "crates" / "ironmap-py"
CAPI = "interpreter/capi.rs"

# Functions that may be called as pyo3-ffi declares them. Each reads a field of an object, or
# makes an object that the garbage collector does not track.
HARMLESS = {
    # Types and flags
    *("Py_TYPE", "PyType_GetFlags", "PyType_GetSlot", "PyType_IsSubtype", "PyType_Check"),
    *("PyBool_Check", "PyBytes_Check", "PyBytes_CheckExact", "PyByteArray_CheckExact"),
    *("PyLong_CheckExact", "PyIndex_Check", "PyObject_CheckBuffer", "PySlice_Check"),
    *("PyTuple_Check", "PyUnicode_Check", "PyExceptionInstance_Check", "PyCallable_Check"),
    # Fields of objects of a known type
    *("PyBytes_AsString", "PyBytes_AsStringAndSize", "PyBytes_Size", "PyByteArray_AsString"),
    *("PyByteArray_Size", "PyTuple_GetItem", "PyTuple_SetItem", "PyTuple_Size"),
    *("PyUnicode_CompareWithASCIIString",),
    # New objects
    *("PyBytes_FromStringAndSize", "PyFloat_FromDouble"),
    *("PyLong_FromLongLong", "PyLong_FromSize_t", "PyLong_FromSsize_t"),
    *("PyLong_FromUnsignedLongLong", "PyUnicode_FromStringAndSize", "PyUnicode_InternFromString"),
    # References and the error indicator
    *("Py_NewRef", "Py_None", "Py_True", "Py_False", "PyErr_Occurred", "PyErr_Fetch"),
    # Threads, garbage collection and memory
    *("PyEval_SaveThread", "PyObject_GC_UnTrack", "PyMem_Free", "PyModuleDef_Init"),
    *("PyInterpreterState_Get", "PyList_GetItem", "Py_REFCNT"),
    *("PyObject_GetTypeData",),
}

CALL = re.compile(r"\bffi::(\w+)\(")


def harmful(source: str) -> list[str]:
    return sorted(set(CALL.findall(code(source))) - HARMLESS)


def bindings() -> dict[str, str]:
    src = BINDINGS / "src"
    return {path.relative_to(src).as_posix(): path.read_text() for path in src.rglob("*.rs")}


def test_calls_running_code_are_guarded():
    found = {file: calls for file, source in bindings().items() if (calls := harmful(source))}
    found.pop(CAPI, None)
    assert found == {}


def test_harmless_list_has_no_unused_function():
    called = {name for source in bindings().values() for name in CALL.findall(code(source))}
    assert HARMLESS - called == set()


def test_bindings_depend_on_pyo3_ffi_only():
    """The types of PyO3 panic without memory, and defer drops in detached threads."""
    manifest = (BINDINGS / "Cargo.toml").read_text()
    assert re.findall(r"^pyo3\S*", manifest, re.MULTILINE) == ["pyo3-ffi"]


def test_harmful_call_found():
    assert harmful("unsafe { ffi::PyObject_Repr(it) }") == ["PyObject_Repr"]
    assert harmful("unsafe { capi::PyObject_Call(it) }; ffi::Py_TYPE(it)") == []
    assert harmful("// ffi::PyObject_Repr(it)") == []
