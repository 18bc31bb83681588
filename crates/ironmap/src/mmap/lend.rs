//! Addresses that outlive a map.

use super::Mmap;
use crate::region::Reserved;

/// # Lending
///
/// Foreign code that was given an address may use it longer than it says. For its
/// sake the addresses of a map can stay the map's own for as long as somebody holds
/// on to them. No Rust code needs that which keeps its promises: `as_ptr`'s address
/// holds until the map is resized or dropped.
impl Mmap {
    /// The address of the first byte, for those who may go on using it when the map
    /// is resized or [retired](Mmap::retire).
    ///
    /// From now on `resize` never gives back an address that the map has had: it
    /// reads as zeros where it shows the file no more. To store through it asks for
    /// what [`as_mut_ptr`](Mmap::as_mut_ptr) asks for. All addresses are given back
    /// when the map is dropped.
    ///
    /// No system call. A `resize` that has to move the map maps it anew, which takes
    /// longer, and copies memory that has no file. The oldest addresses are given
    /// back when there are more than a TiB of them (in 32 bits, 64 MiB), and all when
    /// a resize would find no room otherwise. On Windows they are given back at once.
    #[inline]
    pub fn lend_address(&self) -> *mut u8 {
        self.region.lend_address()
    }

    /// Closes the map, and keeps the addresses that it has lent: they read as zeros
    /// until the result is dropped.
    ///
    /// `mmap` with `MAP_FIXED` if an address was [lent](Mmap::lend_address), else
    /// `munmap`. The file is let go of at once in any case. Where the system has no
    /// room for zeros that can be stored to (`RLIMIT_DATA`, strict overcommit), a store
    /// there is SIGSEGV; where it has none at all, and on Windows, the addresses are
    /// given back at once.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use ironmap::{FaultReason, Mmap};
    ///
    /// let mut map = Mmap::anonymous(5000)?;
    /// map.write_at(0, b"hello")?;
    /// let address = map.lend_address();
    /// let reserved = map.retire();
    /// assert!(reserved.first_use().is_none());
    /// // SAFETY: reserved, and nobody stores to it.
    /// assert_eq!(unsafe { address.read_volatile() }, 0);
    /// # #[cfg(target_os = "linux")]
    /// assert_eq!(reserved.first_use().unwrap().reason, FaultReason::Unmapped);
    /// # }
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn retire(mut self) -> Reserved {
        self.region.retire()
    }

    /// The addresses that were lent and that the map had to leave by resizes.
    pub fn reserved(&self) -> &Reserved {
        self.region.reserved()
    }
}
