//! Memory for tests, whose first or last byte is next to a page without access.
//!
//! # Safety
//!
//! The memory between two pages that cannot be accessed belongs to one [`GuardedPage`],
//! which is borrowed for as long as bytes in it are (S3), and no more than fits is held.

#![allow(unsafe_code)]

#[cfg(not(miri))]
pub(crate) use pages::GuardedPage;
#[cfg(miri)]
pub(crate) use vectors::GuardedPage;

#[cfg(not(miri))]
mod pages {
    use std::ptr;

    use crate::volatile_slice::VolatileSlice;

    /// A multiple of every system's page size.
    const PAGE: usize = 64 << 10;

    /// Memory that can be accessed, between two pages that cannot.
    pub(crate) struct GuardedPage {
        start: *mut u8,
    }

    impl GuardedPage {
        /// The values of `at_end` that make a difference.
        pub(crate) const ENDS: &[bool] = &[false, true];

        pub(crate) fn new() -> GuardedPage {
            let start = GuardedPage::map().wrapping_add(PAGE);
            GuardedPage { start }
        }

        #[cfg(unix)]
        fn map() -> *mut u8 {
            let (none, flags) = (libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANON);
            // SAFETY: a new mapping touches no memory of others.
            let start = unsafe { libc::mmap(ptr::null_mut(), 3 * PAGE, none, flags, -1, 0) };
            assert_ne!(start, libc::MAP_FAILED);
            let middle = start.wrapping_byte_add(PAGE);
            let open = libc::PROT_READ | libc::PROT_WRITE;
            // SAFETY: a part of the mapping just made.
            assert_eq!(unsafe { libc::mprotect(middle, PAGE, open) }, 0);
            start.cast()
        }

        #[cfg(windows)]
        fn map() -> *mut u8 {
            use windows_sys::Win32::System::Memory as win;
            let none = win::PAGE_NOACCESS;
            // SAFETY: new memory is not in use.
            let start = unsafe { win::VirtualAlloc(ptr::null(), 3 * PAGE, win::MEM_RESERVE, none) };
            assert!(!start.is_null());
            let (middle, open) = (start.wrapping_byte_add(PAGE), win::PAGE_READWRITE);
            // SAFETY: a part of the memory just reserved.
            let middle = unsafe { win::VirtualAlloc(middle, PAGE, win::MEM_COMMIT, open) };
            assert!(!middle.is_null());
            start.cast()
        }

        /// Holds the bytes, as the first ones of the memory or as the last.
        pub(crate) fn hold(&mut self, bytes: &[u8], at_end: bool) -> VolatileSlice<'_> {
            let offset = if at_end { PAGE - bytes.len() } else { 0 };
            let at = self.start.wrapping_add(offset);
            // SAFETY: as many bytes of the memory, which is ours.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len()) };
            // SAFETY: S3 for as long as `self` is borrowed.
            unsafe { VolatileSlice::new(at, bytes.len()) }
        }
    }

    impl Drop for GuardedPage {
        fn drop(&mut self) {
            let start = self.start.wrapping_sub(PAGE).cast();
            #[cfg(unix)]
            // SAFETY: our mapping, which is not borrowed.
            unsafe {
                libc::munmap(start, 3 * PAGE)
            };
            #[cfg(windows)]
            // SAFETY: our memory, which is not borrowed.
            unsafe {
                windows_sys::Win32::System::Memory::VirtualFree(
                    start,
                    0,
                    windows_sys::Win32::System::Memory::MEM_RELEASE,
                )
            };
        }
    }
}

/// Miri does not know protection, but it knows where each allocation begins and ends.
#[cfg(miri)]
mod vectors {
    use crate::volatile_slice::VolatileSlice;

    pub(crate) struct GuardedPage {
        held: Box<[u8]>,
    }

    impl GuardedPage {
        pub(crate) const ENDS: &[bool] = &[true];

        pub(crate) fn new() -> GuardedPage {
            GuardedPage { held: [].into() }
        }

        /// Holds the bytes, and none around them.
        pub(crate) fn hold(&mut self, bytes: &[u8], _at_end: bool) -> VolatileSlice<'_> {
            self.held = bytes.into();
            VolatileSlice::from(&*self.held)
        }
    }
}
