//! The system's own numbers, in the place of names.
//!
//! # Safety
//!
//! Flags are kept as they are given; who gives them promises for them (S5).

#![allow(unsafe_code)]

use super::MmapOptions;

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::MmapOptions {}
}

/// What bindings to other languages need of [`MmapOptions`]: the system's own numbers.
pub trait MmapOptionsExt: sealed::Sealed + Sized {
    /// [`file_offset`](MmapOptions::file_offset) for the system as it is: an offset that
    /// is not a multiple of
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

    /// Lets the length reach past the end of the file: until the file is that long, bytes
    /// there are [faults](crate::ErrorKind::Fault). (On Windows a map makes its file longer,
    /// as it does without this.)
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

    /// The `PROT_*` bits for `mmap(2)`, in place of those that
    /// [`access`](MmapOptions::access) stands for. Unix.
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

    /// The `MAP_*` bits for `mmap(2)`, in place of those that
    /// [`access`](MmapOptions::access) stands for. Unix.
    ///
    /// With `MAP_ANONYMOUS` a map of a file is anonymous memory: the file only
    /// says how long it may be. `MAP_FIXED` and its like are
    /// [`ErrorKind::FixedAddress`](crate::ErrorKind::FixedAddress) errors.
    ///
    /// # Safety
    ///
    /// With these flags the system makes a mapping of its own choice of address, whose
    /// pages can be accessed for as long as it is there, but for those that the file
    /// has lost. That is so for all flags that are known today; who passes on a number
    /// from elsewhere cannot know of tomorrow's.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use ironmap::{MmapOptions, raw::MmapOptionsExt};
    ///
    /// const MAP_SHARED_VALIDATE: i32 = 3; // of libc
    /// // SAFETY: as MAP_SHARED, but that unknown flags are an error.
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
