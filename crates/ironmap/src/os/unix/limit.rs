//! `getrlimit`: the limits of the process.

use sigbus_guard::os::limit::soft_limit;

/// Returns RLIMIT_FSIZE: the bytes to which this process may lengthen a file.
pub(crate) fn longest_file() -> u64 {
    soft_limit(libc::RLIMIT_FSIZE).unwrap_or(u64::MAX)
}

/// Returns RLIMIT_MEMLOCK: the bytes that this process may lock, unless it is privileged.
pub(super) fn lockable() -> Option<u64> {
    soft_limit(libc::RLIMIT_MEMLOCK)
}
