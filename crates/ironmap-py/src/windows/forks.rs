//! Windows' processes are not forked.

use std::io;

#[inline]
pub(crate) fn count() -> u32 {
    0
}

/// There is nothing to watch.
pub(crate) fn watch() -> io::Result<()> {
    Ok(())
}
