//! `getrlimit`: the limits of the process.

use sigbus_guard::os::limit::soft_limit;

/// RLIMIT_FSIZE: how long this process may make a file, in bytes.
pub(crate) fn longest_file() -> u64 {
    soft_limit(libc::RLIMIT_FSIZE).unwrap_or(u64::MAX)
}

/// RLIMIT_MEMLOCK: how many bytes this process may lock, unless it is privileged.
pub(super) fn lockable() -> Option<u64> {
    soft_limit(libc::RLIMIT_MEMLOCK)
}
