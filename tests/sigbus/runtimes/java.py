"""A JVM in the process, whose handler for SIGBUS delegates to the previous one.

Arguments: libjvm.so, the folder of the compiled Mapped.java, and "before" or "after" for
the order of JVM and first map.
"""

import ctypes
import sys

from prelude import PAGE, expect, grow, in_threads, ironmap, must_fault, new_map, os, survived

libjvm, classes, order = sys.argv[1:]
JNI_VERSION_1_8 = 0x00010008
FIND_CLASS, GET_STATIC_METHOD, CALL_STATIC_INT_METHOD = 6, 113, 131


class Option(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char_p), ("extra", ctypes.c_void_p)]


class Arguments(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_int),
        ("count", ctypes.c_int),
        ("options", ctypes.POINTER(Option)),
        ("ignore_unknown", ctypes.c_ubyte),
    ]


class Java:
    def __init__(self):
        texts = [f"-Djava.class.path={classes}", "-Xmx64m", "-XX:ErrorFile=/dev/null"]
        options = (Option * len(texts))(*[(text.encode(), None) for text in texts])
        arguments = Arguments(JNI_VERSION_1_8, len(texts), options, 0)
        machine, self.environment = ctypes.c_void_p(), ctypes.c_void_p()
        create = ctypes.CDLL(libjvm).JNI_CreateJavaVM
        made = create(*map(ctypes.byref, (machine, self.environment, arguments)))
        expect(made == 0, f"JNI_CreateJavaVM: {made}")

    def call(self, number, result, *arguments):
        table = ctypes.cast(self.environment, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))
        types = [ctypes.c_void_p] * (1 + len(arguments))
        return ctypes.CFUNCTYPE(result, *types)(table[0][number])(self.environment, *arguments)

    def fault_of_its_own(self):
        found = self.call(FIND_CLASS, ctypes.c_void_p, b"Mapped")
        method = self.call(GET_STATIC_METHOD, ctypes.c_void_p, found, b"faults", b"()I")
        faults = self.call(CALL_STATIC_INT_METHOD, ctypes.c_int, found, method, None)
        expect(faults == 1, "Java has not thrown the InternalError of its map")


java = Java() if order == "before" else None
file, m = new_map()
m[0]
java = java or Java()


def fault():
    file, m = new_map()
    m[0]
    os.ftruncate(file.fileno(), PAGE)
    must_fault("map", m, lambda: m[2 * PAGE], 2 * PAGE, PAGE)
    grow(m, file)


os.ftruncate(file.fileno(), 0)
must_fault("first map", m, lambda: m[0], 0, 0)
java.fault_of_its_own()
fault()
in_threads(fault, fault)
ironmap.ensure_fault_guard()
java.fault_of_its_own()
fault()
survived()
