//! Cached objects: the ints from 0 to 255 and the `bytes` of one byte.
//!
//! The interpreter caches them too, but behind a call that costs more than the rest of `m[i]`.

use crate::errors::PyResult;
use crate::interpreter::{Owned, Python, StaticRef, objects};
use crate::results::output::bytes_of;

type Table = [StaticRef; 256];

static INTS: Table = [const { StaticRef::empty() }; 256];
static BYTES: Table = [const { StaticRef::empty() }; 256];

/// Called at import.
pub(crate) fn init(py: Python<'_>) -> PyResult<()> {
    for byte in u8::MIN..=u8::MAX {
        INTS[usize::from(byte)].set(objects::int(py, byte.into())?);
        BYTES[usize::from(byte)].set(bytes_of(py, &[byte])?);
    }
    Ok(())
}

/// Returns a byte as an int.
#[inline]
pub(crate) fn int(py: Python<'_>, byte: u8) -> Owned<'_> {
    INTS[usize::from(byte)].get(py).to_owned()
}

/// Returns a byte as a `bytes`.
#[inline]
pub(crate) fn bytes(py: Python<'_>, byte: u8) -> Owned<'_> {
    BYTES[usize::from(byte)].get(py).to_owned()
}
