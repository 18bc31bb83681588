//! `getrlimit` and `setrlimit`: the limits of the process.
//!
//! A signal handler and a child in `fork` call these, so nothing is allocated here.
//!
//! # Safety
//!
//! The calls fill in or read a structure, for which there is room.
#![allow(unsafe_code)]

/// The number of a limit.
#[cfg(not(all(target_os = "linux", any(target_env = "gnu", target_env = "uclibc"))))]
pub use std::ffi::c_int as Resource;
use std::mem::MaybeUninit;

/// The number of a limit.
#[cfg(all(target_os = "linux", any(target_env = "gnu", target_env = "uclibc")))]
pub use libc::__rlimit_resource_t as Resource;

/// Returns whether private writable memory is limited (RLIMIT_DATA).
pub(crate) fn data_is_limited() -> bool {
    soft_limit(libc::RLIMIT_DATA).is_some()
}

/// OpenBSD has no limit of address space.
#[cfg(not(target_os = "openbsd"))]
const OF_MEMORY: [Resource; 2] = [libc::RLIMIT_AS, libc::RLIMIT_DATA];
#[cfg(target_os = "openbsd")]
const OF_MEMORY: [Resource; 1] = [libc::RLIMIT_DATA];

/// Runs `f` while RLIMIT_AS and RLIMIT_DATA are as high as this process may set them. Other
/// threads and signal handlers would have these limits too, so the process has one thread and
/// runs no handler meanwhile.
pub(crate) fn with_room<R>(f: impl FnOnce() -> R) -> R {
    let before = OF_MEMORY.map(|resource| (resource, get(resource)));
    for (resource, limit) in before {
        let highest = limit.map(|limit| libc::rlimit {
            rlim_cur: limit.rlim_max,
            ..limit
        });
        set(resource, highest);
    }
    let result = f();
    for (resource, limit) in before {
        set(resource, limit);
    }
    result
}

fn set(resource: Resource, limit: Option<libc::rlimit>) {
    if let Some(limit) = limit {
        // SAFETY: setrlimit reads one `rlimit`.
        unsafe { libc::setrlimit(resource, &raw const limit) };
    }
}

/// Returns the limit that holds now; `None` where there is none, or it cannot be told.
pub fn soft_limit(resource: Resource) -> Option<u64> {
    let limit = get(resource)?.rlim_cur;
    // Whether it has 64 bits, and a sign, differs from system to system.
    #[allow(clippy::unnecessary_cast)]
    (limit != libc::RLIM_INFINITY).then_some(limit as u64)
}

/// Returns a limit; `None` if the system does not tell.
fn get(resource: Resource) -> Option<libc::rlimit> {
    let mut limit = MaybeUninit::<libc::rlimit>::uninit();
    // SAFETY: getrlimit writes one `rlimit`, for which there is room.
    if unsafe { libc::getrlimit(resource, limit.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: getrlimit has succeeded and so has filled it in.
    Some(unsafe { limit.assume_init() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "a system call")]
    fn soft_limit_of_unknown_resource_is_none() {
        assert_eq!(soft_limit(Resource::MAX), None);
        assert_eq!(super::super::replace::last_errno(), libc::EINVAL);
    }
}
