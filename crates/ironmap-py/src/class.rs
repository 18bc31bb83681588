//! The class `mmap.mmap`, a heap type made from a spec: one table of methods, one of slots.
//!
//! # Safety
//!
//! * T1: every table is a static or leaked once, terminated by an empty entry,
//!   and each entry's function has the signature that its flag or slot number
//!   asks for.
#![allow(unsafe_code)]

mod atomic_docs;
pub(crate) mod docstrings;
pub(crate) mod iterator;
pub(crate) mod method_def;
pub(crate) mod needles;
pub(crate) mod trampoline;

use std::ffi::{CStr, c_void};
use std::mem::offset_of;
use std::ptr;
use std::sync::OnceLock;

use pyo3_ffi as ffi;

use self::docstrings as docs;
use self::method_def::methods;
use self::trampoline::*;
use crate::errors::PyResult;
use crate::interpreter::{Owned, Python, capi, object_header, owned};
use crate::object::MapObject;
use crate::platform;

fn method_table() -> Vec<ffi::PyMethodDef> {
    let mut table = methods! {
        c"close" none close CLOSE;
        c"compare_exchange_u32" some compare_exchange_u32 COMPARE_EXCHANGE_U32;
        c"compare_exchange_u64" some compare_exchange_u64 COMPARE_EXCHANGE_U64;
        c"count" named count COUNT;
        c"endswith" some endswith ENDSWITH;
        c"fetch_add_u32" some fetch_add_u32 FETCH_ADD_U32;
        c"fetch_add_u64" some fetch_add_u64 FETCH_ADD_U64;
        c"fileno" none fileno FILENO;
        c"find" some find_ FIND;
        c"find_all" named find_all FIND_ALL;
        c"find_any" named find_any FIND_ANY;
        c"flush" named flush FLUSH;
        c"index" some index INDEX;
        c"isatty" none isatty ISATTY;
        c"line_offsets" named line_offsets LINE_OFFSETS;
        c"lines" named lines LINES;
        c"load_u16" one load_u16 LOAD_U16;
        c"load_u32" one load_u32 LOAD_U32;
        c"load_u64" one load_u64 LOAD_U64;
        c"lock" named lock LOCK;
        c"move" some move_ MOVE;
        c"populate" named populate POPULATE;
        c"protect" one protect PROTECT;
        c"read" some read READ;
        c"read_byte" none read_byte READ_BYTE;
        c"readable" none readable READABLE;
        c"readinto" one readinto READINTO;
        c"readline" none readline READLINE;
        c"readlines" some readlines READLINES;
        c"refresh" none refresh REFRESH;
        c"release" none release RELEASE;
        c"resident" named resident RESIDENT;
        c"resize" named resize RESIZE;
        c"restore" none restore RESTORE;
        c"rfind" some rfind RFIND;
        c"rindex" some rindex RINDEX;
        c"seek" some seek SEEK;
        c"seekable" none seekable SEEKABLE;
        c"size" none size SIZE;
        c"startswith" some startswith STARTSWITH;
        c"store_u16" some store_u16 STORE_U16;
        c"store_u32" some store_u32 STORE_U32;
        c"store_u64" some store_u64 STORE_U64;
        c"tell" none tell TELL;
        c"truncate" some truncate TRUNCATE;
        c"unlock" some unlock UNLOCK;
        c"writable" none writable WRITABLE;
        c"write" one write WRITE;
        c"write_byte" one write_byte WRITE_BYTE;
        c"writelines" one writelines WRITELINES;
        c"__bytes__" none bytes BYTES;
        c"__enter__" none enter ENTER;
        c"__exit__" some exit EXIT;
    };
    table.extend(platform::own_methods::methods());
    table.push(ffi::PyMethodDef::zeroed());
    table
}

fn getset_table() -> Vec<ffi::PyGetSetDef> {
    let attribute = |name: &'static CStr, get: ffi::getter, doc: &'static CStr| ffi::PyGetSetDef {
        name: name.as_ptr(),
        get: Some(get),
        set: None,
        doc: doc.as_ptr(),
        closure: ptr::null_mut(),
    };
    vec![
        attribute(c"closed", closed, docs::CLOSED),
        attribute(c"faults", faults, docs::FAULTS),
        ffi::PyGetSetDef::default(),
    ]
}

fn member_table() -> Vec<ffi::PyMemberDef> {
    vec![
        ffi::PyMemberDef {
            name: c"__weaklistoffset__".as_ptr(),
            type_code: ffi::Py_T_PYSSIZET,
            offset: offset_of!(MapObject, weakrefs) as isize,
            flags: ffi::Py_READONLY | object_header::OFFSET_FLAG,
            doc: ptr::null(),
        },
        ffi::PyMemberDef::default(),
    ]
}

/// Leaks a table: the slots, which use it, are never dropped.
fn leaked<T>(table: Vec<T>) -> *mut c_void {
    table.leak().as_mut_ptr().cast()
}

fn slot_table() -> Vec<ffi::PyType_Slot> {
    let slot = |slot, pfunc| ffi::PyType_Slot { slot, pfunc };
    vec![
        slot(ffi::Py_tp_doc, docs::MMAP.as_ptr().cast_mut().cast()),
        slot(ffi::Py_tp_methods, leaked(method_table())),
        slot(ffi::Py_tp_getset, leaked(getset_table())),
        slot(ffi::Py_tp_members, leaked(member_table())),
        slot(ffi::Py_tp_new, tp_new as *mut c_void),
        slot(ffi::Py_tp_dealloc, dealloc as *mut c_void),
        slot(ffi::Py_tp_traverse, traverse as *mut c_void),
        slot(ffi::Py_tp_clear, clear as *mut c_void),
        slot(ffi::Py_tp_repr, repr as *mut c_void),
        slot(ffi::Py_sq_length, length as *mut c_void),
        slot(ffi::Py_sq_item, item as *mut c_void),
        slot(ffi::Py_sq_ass_item, assign_item as *mut c_void),
        slot(ffi::Py_mp_length, length as *mut c_void),
        slot(ffi::Py_mp_subscript, subscript as *mut c_void),
        slot(ffi::Py_mp_ass_subscript, assign_subscript as *mut c_void),
        slot(ffi::Py_bf_getbuffer, get_buffer as *mut c_void),
        slot(ffi::Py_bf_releasebuffer, release_buffer as *mut c_void),
        ffi::PyType_Slot::default(),
    ]
}

/// The slots, made once: they and their tables are the same for the classes of all interpreters,
/// which use them until the process ends.
struct Slots(Vec<ffi::PyType_Slot>);

// SAFETY: T1: nothing changes them.
unsafe impl Send for Slots {}
// SAFETY: T1: nothing changes them.
unsafe impl Sync for Slots {}

static SLOTS: OnceLock<Slots> = OnceLock::new();

/// Makes the class.
pub(crate) fn make(py: Python<'_>) -> PyResult<Owned<'_>> {
    let flags = ffi::Py_TPFLAGS_DEFAULT
        | ffi::Py_TPFLAGS_BASETYPE
        | ffi::Py_TPFLAGS_HAVE_GC
        | ffi::Py_TPFLAGS_IMMUTABLETYPE;
    let Slots(slots) = SLOTS.get_or_init(|| Slots(slot_table()));
    let mut spec = ffi::PyType_Spec {
        name: c"mmap.mmap".as_ptr(),
        basicsize: object_header::basic_size::<MapObject>(),
        itemsize: 0,
        flags: flags as _,
        slots: slots.as_ptr().cast_mut(),
    };
    // SAFETY: T1; attached.
    owned(py, unsafe { capi::PyType_FromSpec(&raw mut spec) })
}
