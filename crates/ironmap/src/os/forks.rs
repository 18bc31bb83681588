//! The calls about forks, and those that a child makes before it goes on.
//!
//! The latter return plain values, as those of `signal.rs` do.
//!
//! # Safety
//!
//! As in `unix.rs`: a function that takes an address asks for a block that one of our
//! regions has, or had before the fork (SAFETY.md: S4).
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::{io, ptr};

use libc::{MAP_ANON, MAP_PRIVATE, PROT_READ};

use crate::error::{Error, Result};

/// The advice after which a forked child does not have the pages.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const UNFORKING_ADVICE: &[c_int] = &[libc::MADV_DONTFORK];
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const UNFORKING_ADVICE: &[c_int] = &[];

/// Where nothing is reserved for pages that are never stored to.
#[cfg(any(target_os = "linux", target_os = "android"))]
const IF_FREE: c_int = libc::MAP_FIXED_NOREPLACE | libc::MAP_NORESERVE;
/// The address is a wish here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const IF_FREE: c_int = 0;

/// `pthread_atfork(NULL, NULL, f)`: every child runs `f` first.
pub(crate) fn on_fork(f: extern "C" fn()) -> Result<()> {
    // SAFETY: F1: `f` does only what a child may do.
    match unsafe { libc::pthread_atfork(None, None, Some(f)) } {
        0 => Ok(()),
        errno => Err(Error::os("pthread_atfork".to_owned(), errno)),
    }
}

/// What became of an attempt to fill a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hole {
    /// It has zeros of the process's own.
    Filled,
    /// Something is mapped there, or in a part of it.
    Taken,
    /// The system has no memory for it.
    NoRoom,
}

/// `mmap(start, len, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE)`: maps
/// zeros where nothing is mapped. Where the system has no room for memory that can be
/// stored to (`RLIMIT_DATA`, strict overcommit), they can only be read.
///
/// # Safety
///
/// The block is whole pages of one region's, or was before the fork.
pub(crate) unsafe fn fill_hole(start: usize, len: usize, protection: c_int) -> Hole {
    let flags = MAP_PRIVATE | MAP_ANON | IF_FREE;
    for protection in [protection, PROT_READ] {
        let place = ptr::without_provenance_mut(start);
        // SAFETY: S5: it replaces nothing.
        let at = unsafe { libc::mmap(place, len, protection, flags, -1, 0) };
        if at == place {
            return Hole::Filled;
        }
        if at != libc::MAP_FAILED {
            // A kernel that does not know the flag (before 4.17).
            // SAFETY: S4: it was mapped just now.
            unsafe { libc::munmap(at, len) };
            return Hole::Taken;
        }
        if io::Error::last_os_error().raw_os_error() == Some(libc::EEXIST) {
            return Hole::Taken;
        }
    }
    Hole::NoRoom
}

/// `msync(start, len, MS_ASYNC)`, which fails where a page of the block is not mapped.
///
/// # Safety
///
/// The block is whole pages of one region's, or was before the fork.
pub(crate) unsafe fn is_mapped(start: usize, len: usize) -> bool {
    let place = ptr::without_provenance_mut(start);
    // SAFETY: S4, the caller's promise; no byte is changed.
    let result = unsafe { libc::msync(place, len, libc::MS_ASYNC) };
    result == 0 || io::Error::last_os_error().raw_os_error() != Some(libc::ENOMEM)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    use libc::PROT_WRITE;

    use super::*;
    use crate::os::{self, NO_FILE};

    #[cfg_attr(miri, ignore = "addresses by number")]
    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn only_a_hole_is_filled() {
        let page = os::page_size();
        let flags = MAP_PRIVATE | MAP_ANON;
        let map = unsafe { os::map(3 * page, PROT_READ, flags, NO_FILE, 0) }.unwrap();
        let start = map.addr().get();
        let [whole, middle] = [(start, 3 * page), (start + page, page)];
        assert!(unsafe { is_mapped(whole.0, whole.1) });
        assert_eq!(
            unsafe { fill_hole(whole.0, whole.1, PROT_WRITE) },
            Hole::Taken
        );
        unsafe { os::unmap(map.as_ptr().wrapping_add(page), page) }.unwrap();
        assert!(!unsafe { is_mapped(whole.0, whole.1) });
        assert!(!unsafe { is_mapped(middle.0, middle.1) });
        assert_eq!(
            unsafe { fill_hole(whole.0, whole.1, PROT_WRITE) },
            Hole::Taken
        );
        assert_eq!(
            unsafe { fill_hole(middle.0, middle.1, PROT_WRITE) },
            Hole::Filled
        );
        assert!(unsafe { is_mapped(whole.0, whole.1) });
        unsafe { os::unmap(map.as_ptr(), 3 * page) }.unwrap();
    }

    #[cfg_attr(miri, ignore = "addresses by number")]
    #[test]
    fn there_is_no_room_for_more_than_all_addresses() {
        let most = usize::MAX & !(os::page_size() - 1);
        assert_eq!(unsafe { fill_hole(0, most, PROT_WRITE) }, Hole::NoRoom);
    }
}
