//! `getrlimit`: the limits of the process.
//!
//! A signal handler asks, too, so nothing is allocated here.
//!
//! # Safety
//!
//! The call fills in a structure, for which there is room.
#![allow(unsafe_code)]

#[cfg(not(all(target_os = "linux", any(target_env = "gnu", target_env = "uclibc"))))]
use std::ffi::c_int as Resource;
use std::mem::MaybeUninit;

#[cfg(all(target_os = "linux", any(target_env = "gnu", target_env = "uclibc")))]
use libc::__rlimit_resource_t as Resource;

/// RLIMIT_FSIZE: how long this process may make a file, in bytes.
pub(crate) fn longest_file() -> u64 {
    limit(libc::RLIMIT_FSIZE).unwrap_or(u64::MAX)
}

/// RLIMIT_DATA: whether private memory that can be stored to is limited.
pub(crate) fn data_is_limited() -> bool {
    limit(libc::RLIMIT_DATA).is_some()
}

/// RLIMIT_MEMLOCK: how many bytes this process may lock, unless it is privileged.
pub(super) fn lockable() -> Option<u64> {
    limit(libc::RLIMIT_MEMLOCK)
}

/// None where there is no limit, or none can be told.
fn limit(resource: Resource) -> Option<u64> {
    let mut limit = MaybeUninit::<libc::rlimit>::uninit();
    // SAFETY: getrlimit writes one `rlimit`, for which there is room.
    if unsafe { libc::getrlimit(resource, limit.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: getrlimit has succeeded and so has filled it in.
    let limit = unsafe { limit.assume_init() }.rlim_cur;
    // Whether it has 64 bits, and a sign, differs from system to system.
    #[allow(clippy::unnecessary_cast)]
    (limit != libc::RLIM_INFINITY).then_some(limit as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_that_there_is_not_has_no_limit() {
        assert_eq!(limit(Resource::MAX), None);
        assert_eq!(super::super::replace::last_errno(), libc::EINVAL);
    }
}
