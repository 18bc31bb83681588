//! For tests: bytes that end, or begin, where memory does.
//!
//! # Safety
//!
//! The page between two that cannot be accessed belongs to one [`Fenced`], which is
//! borrowed for as long as bytes in it are (S3), and no more than a page is held.

#![allow(unsafe_code)]

#[cfg(not(miri))]
pub(super) use pages::Fenced;
#[cfg(miri)]
pub(super) use vectors::Fenced;

#[cfg(not(miri))]
mod pages {
    use std::ptr;

    use crate::copy::Mapped;
    use crate::os;

    /// One page that can be read, between two that cannot.
    pub(in super::super) struct Fenced {
        start: *mut u8,
        page: usize,
    }

    impl Fenced {
        /// Whether bytes are held at the end of the page: each way to hold them.
        pub(in super::super) const ENDS: &[bool] = &[false, true];

        pub(in super::super) fn new() -> Fenced {
            let page = os::page_size();
            let start = Fenced::map(page).wrapping_add(page);
            Fenced { start, page }
        }

        #[cfg(unix)]
        fn map(page: usize) -> *mut u8 {
            let (none, flags) = (libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANON);
            // SAFETY: a new mapping touches nobody's memory.
            let start = unsafe { libc::mmap(ptr::null_mut(), 3 * page, none, flags, -1, 0) };
            assert_ne!(start, libc::MAP_FAILED);
            let middle = start.wrapping_byte_add(page);
            let open = libc::PROT_READ | libc::PROT_WRITE;
            // SAFETY: a page of the mapping just made.
            assert_eq!(unsafe { libc::mprotect(middle, page, open) }, 0);
            start.cast()
        }

        #[cfg(windows)]
        fn map(page: usize) -> *mut u8 {
            use windows_sys::Win32::System::Memory as win;
            let none = win::PAGE_NOACCESS;
            // SAFETY: new memory is nobody's.
            let start = unsafe { win::VirtualAlloc(ptr::null(), 3 * page, win::MEM_RESERVE, none) };
            assert!(!start.is_null());
            let (middle, open) = (start.wrapping_byte_add(page), win::PAGE_READWRITE);
            // SAFETY: a page of the memory just reserved.
            let middle = unsafe { win::VirtualAlloc(middle, page, win::MEM_COMMIT, open) };
            assert!(!middle.is_null());
            start.cast()
        }

        /// The bytes, as the first ones of the page or as the last.
        pub(in super::super) fn hold(&mut self, bytes: &[u8], at_end: bool) -> Mapped<'_> {
            let offset = if at_end { self.page - bytes.len() } else { 0 };
            let at = self.start.wrapping_add(offset);
            // SAFETY: as many bytes of the page, which is ours.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len()) };
            // SAFETY: S3 for as long as `self` is borrowed.
            unsafe { Mapped::new(at, bytes.len()) }
        }
    }

    impl Drop for Fenced {
        fn drop(&mut self) {
            let start = self.start.wrapping_sub(self.page).cast();
            #[cfg(unix)]
            // SAFETY: our mapping, which nobody borrows.
            unsafe {
                libc::munmap(start, 3 * self.page)
            };
            #[cfg(windows)]
            // SAFETY: our memory, which nobody borrows.
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

/// Miri knows no protection, and where each allocation begins and ends.
#[cfg(miri)]
mod vectors {
    use crate::copy::Mapped;

    pub(in super::super) struct Fenced {
        held: Box<[u8]>,
    }

    impl Fenced {
        pub(in super::super) const ENDS: &[bool] = &[true];

        pub(in super::super) fn new() -> Fenced {
            Fenced { held: [].into() }
        }

        /// The bytes, and none around them.
        pub(in super::super) fn hold(&mut self, bytes: &[u8], _at_end: bool) -> Mapped<'_> {
            self.held = bytes.into();
            Mapped::private(&self.held)
        }
    }
}
