//! Options by the system's own numbers.
//!
//! # Safety
//!
//! Flags are kept as they are given; the caller promises that they are allowed (S5).

#![allow(unsafe_code)]

use super::MmapOptions;

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::MmapOptions {}
}

/// Options that only bindings to other languages need: the system's own numbers.
pub trait MmapOptionsExt: sealed::Sealed + Sized {
    /// Sets the [file offset](MmapOptions::file_offset), and passes it to the system without
    /// rounding: an offset that is not a multiple of
    /// [`Mmap::allocation_granularity`](crate::Mmap::allocation_granularity) is
    /// `EINVAL`, on Windows `ERROR_MAPPED_ALIGNMENT`.
    ///
    /// ```
    /// use ironmap::{Mmap, MmapOptions, raw::MmapOptionsExt};
    ///
    /// let file = tempfile::tempfile()?;
    /// file.set_len(1 << 20)?;
    /// assert!(MmapOptions::new().raw_file_offset(1).map(&file).is_err());
    ///
    /// let granularity = Mmap::allocation_granularity();
    /// let map = MmapOptions::new().raw_file_offset(granularity as u64).map(&file)?;
    /// assert_eq!(map.len(), (1 << 20) - granularity);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn raw_file_offset(self, file_offset: u64) -> Self;

    /// Allows a length past the end of the file: until the file is that long, accesses
    /// there are [faults](crate::ErrorKind::Fault). (No effect on Windows, where a map always
    /// lengthens its file.)
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use ironmap::{MmapOptions, raw::MmapOptionsExt};
    ///
    /// let file = tempfile::tempfile()?;
    /// let mut map = MmapOptions::new().len(5).past_end().map(&file)?;
    /// assert!(map.byte(0).unwrap_err().is_fault());
    /// file.set_len(5)?;
    /// map.restore()?;
    /// assert_eq!(map.byte(0)?, 0);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn past_end(self) -> Self;

    /// Allows a private map where the system refuses a shared one (`ENODEV` from FUSE with direct
    /// I/O, `EACCES`), if the map only reads. [`protect`](crate::Mmap::protect) treats it as a
    /// shared map of a file opened for reading. No effect on Windows.
    ///
    /// ```
    /// use ironmap::{MmapOptions, raw::{MmapExt, MmapOptionsExt}};
    ///
    /// let map = MmapOptions::new().shared_or_private().open("Cargo.toml")?;
    /// assert!(!map.is_private() && !map.stands_in_for_shared());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn shared_or_private(self) -> Self;

    /// Sets the `PROT_*` bits for `mmap(2)`; they override [`access`](MmapOptions::access).
    /// Unix.
    ///
    /// ```
    /// use ironmap::{MmapOptions, raw::MmapOptionsExt};
    ///
    /// const PROT_NONE: i32 = 0;
    /// let map = MmapOptions::new().raw_protection(PROT_NONE).open("Cargo.toml")?;
    /// assert!(map.byte(0).unwrap_err().is_protected());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[cfg(unix)]
    fn raw_protection(self, protection: i32) -> Self;

    /// Sets the `MAP_*` bits for `mmap(2)`; they override [`access`](MmapOptions::access). Unix.
    ///
    /// With `MAP_ANONYMOUS` a map of a file is anonymous memory: the file only limits its
    /// length. `MAP_FIXED` and similar flags return
    /// [`ErrorKind::FixedAddress`](crate::ErrorKind::FixedAddress).
    ///
    /// # Safety
    ///
    /// With these flags the system must choose the address of the mapping, and the mapping's
    /// pages must be accessible as long as it exists, except those that the file has lost. All
    /// flags known today keep this; flags of later systems may not.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use ironmap::{MmapOptions, raw::MmapOptionsExt};
    ///
    /// const MAP_SHARED_VALIDATE: i32 = 3; // of libc
    /// // SAFETY: like MAP_SHARED, but unknown flags are an error.
    /// let options = unsafe { MmapOptions::new().raw_flags(MAP_SHARED_VALIDATE) };
    /// assert_eq!(options.open("Cargo.toml")?.byte(0)?, b'[');
    /// # }
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[cfg(unix)]
    unsafe fn raw_flags(self, flags: i32) -> Self;
}

impl MmapOptionsExt for MmapOptions {
    fn raw_file_offset(mut self, file_offset: u64) -> MmapOptions {
        self.file_offset = file_offset;
        self.rounded = false;
        self
    }

    fn past_end(mut self) -> MmapOptions {
        self.past_end = true;
        self
    }

    fn shared_or_private(mut self) -> MmapOptions {
        self.shared_or_private = true;
        self
    }

    #[cfg(unix)]
    fn raw_protection(mut self, protection: i32) -> MmapOptions {
        self.protection = Some(protection);
        self
    }

    #[cfg(unix)]
    unsafe fn raw_flags(mut self, flags: i32) -> MmapOptions {
        self.flags = Some(flags);
        self
    }
}
