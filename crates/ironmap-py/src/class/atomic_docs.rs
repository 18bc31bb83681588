//! Docstrings of the methods for numbers.

use std::ffi::CStr;

const fn text(bytes: &[u8]) -> &CStr {
    match CStr::from_bytes_with_nul(bytes) {
        Ok(text) => text,
        Err(_) => panic!("a text has one zero, at its end"),
    }
}

macro_rules! load {
    ($name:ident $method:literal $bits:literal $bytes:literal) => {
        pub(crate) const $name: &CStr = text(
            concat!(
                $method, "($self, offset, /)\n--\n\n",
                "Return the unsigned number of ", $bits, " bits at offset, loaded by one access.\n\n",
                "offset: int, in bytes, a multiple of ", $bytes, ".\n\n",
                "The number is in native byte order. What its writer stored before it is seen by\n",
                "later loads: an acquire load. Raises IndexError for an offset outside of the map,\n",
                "ValueError for one between two numbers.\0",
            )
            .as_bytes(),
        );
    };
}

macro_rules! store {
    ($name:ident $method:literal $bits:literal $bytes:literal) => {
        pub(crate) const $name: &CStr = text(
            concat!(
                $method, "($self, offset, value, /)\n--\n\n",
                "Store an unsigned number of ", $bits, " bits at offset, by one access.\n\n",
                "offset: int, in bytes, a multiple of ", $bytes, ".\n",
                "value: int, from 0 to 2**", $bits, " - 1.\n\n",
                "The number is in native byte order. Who loads it sees what was stored before it:\n",
                "a release store. Raises IndexError for an offset outside of the map, ValueError\n",
                "for one between two numbers, OverflowError for another value, and TypeError if\n",
                "the map is read-only.\0",
            )
            .as_bytes(),
        );
    };
}

macro_rules! change {
    ($add:ident $add_method:literal $exchange:ident $exchange_method:literal
     $bits:literal $signed:literal $bytes:literal) => {
        pub(crate) const $add: &CStr = text(
            concat!(
                $add_method,
                "($self, offset, value, /)\n--\n\n",
                "Add value to the unsigned number of ",
                $bits,
                " bits at offset, in one step for all\n",
                "threads and processes. Return the number from before.\n\n",
                "offset: int, in bytes, a multiple of ",
                $bytes,
                ".\n",
                "value: int, from -2**",
                $signed,
                " to 2**",
                $bits,
                " - 1; a negative one is subtracted.\n\n",
                "The sum wraps around at 2**",
                $bits,
                ". Raises what store_u",
                $bits,
                "() raises.\0",
            )
            .as_bytes(),
        );
        pub(crate) const $exchange: &CStr = text(
            concat!(
                $exchange_method,
                "($self, offset, expected, new, /)\n--\n\n",
                "Store new at offset if the unsigned number of ",
                $bits,
                " bits there is expected, in one\n",
                "step for all threads and processes. Return the number from before, which is\n",
                "expected if new was stored.\n\n",
                "offset: int, in bytes, a multiple of ",
                $bytes,
                ".\n",
                "expected, new: int, from 0 to 2**",
                $bits,
                " - 1.\n\n",
                "Raises what store_u",
                $bits,
                "() raises.\0",
            )
            .as_bytes(),
        );
    };
}

load! { LOAD_U16 "load_u16" "16" "2" }
load! { LOAD_U32 "load_u32" "32" "4" }
load! { LOAD_U64 "load_u64" "64" "8" }
store! { STORE_U16 "store_u16" "16" "2" }
store! { STORE_U32 "store_u32" "32" "4" }
store! { STORE_U64 "store_u64" "64" "8" }
change! {
    FETCH_ADD_U32 "fetch_add_u32" COMPARE_EXCHANGE_U32 "compare_exchange_u32" "32" "31" "4"
}
change! {
    FETCH_ADD_U64 "fetch_add_u64" COMPARE_EXCHANGE_U64 "compare_exchange_u64" "64" "63" "8"
}
