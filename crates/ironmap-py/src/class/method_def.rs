//! Entries of a table of methods.

use std::ffi::{CStr, c_int};

use pyo3_ffi as ffi;

pub(crate) fn method(
    name: &'static CStr,
    function: ffi::PyMethodDefPointer,
    flags: c_int,
    doc: &'static CStr,
) -> ffi::PyMethodDef {
    ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: function,
        ml_flags: flags,
        ml_doc: doc.as_ptr(),
    }
}

macro_rules! methods {
    ($($name:literal $kind:ident $function:ident $doc:ident;)*) => {
        vec![
            $($crate::class::method_def::methods!(@$kind $name, $function, $crate::class::docstrings::$doc),)*
        ]
    };
    (@none $name:literal, $function:ident, $doc:expr) => {
        $crate::class::method_def::method($name, ffi::PyMethodDefPointer { PyCFunction: $function }, ffi::METH_NOARGS, $doc)
    };
    (@one $name:literal, $function:ident, $doc:expr) => {
        $crate::class::method_def::method($name, ffi::PyMethodDefPointer { PyCFunction: $function }, ffi::METH_O, $doc)
    };
    (@some $name:literal, $function:ident, $doc:expr) => {
        $crate::class::method_def::method($name, ffi::PyMethodDefPointer { PyCFunctionFast: $function }, ffi::METH_FASTCALL, $doc)
    };
    (@named $name:literal, $function:ident, $doc:expr) => {
        $crate::class::method_def::method(
            $name,
            ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: $function },
            ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
            $doc,
        )
    };
}

pub(crate) use methods;
