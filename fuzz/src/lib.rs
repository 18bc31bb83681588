//! What the fuzzer runs on the bytes that it makes up.

pub mod operations;
pub mod options;
pub mod search;

use arbitrary::{Arbitrary, Unstructured};

/// A value of `T` from the fuzzer's bytes; none if there are too few.
fn value<'a, T: Arbitrary<'a>>(bytes: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(Unstructured::new(bytes)).ok()
}
