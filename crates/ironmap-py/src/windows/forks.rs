//! Windows' processes are not forked.

#[inline]
pub(crate) fn count() -> u32 {
    0
}

/// There is nothing to watch.
pub(crate) fn watch() -> Result<(), i32> {
    Ok(())
}
