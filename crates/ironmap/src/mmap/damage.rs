//! Faults: damage, and its repair.

use super::Mmap;
#[cfg(unix)]
use crate::error::{Cause, Error};
use crate::error::{Fault, Result};
#[cfg(unix)]
use crate::os;

/// # Faults
///
/// A page of a mapped file can be missing when it is touched: another process made
/// the file shorter, or its disk is full or broken. Such a fault (SIGBUS) does not kill the
/// process, as long as this crate's handler has the signal. The page
/// is *damaged* from then on, and every operation that touches it returns a
/// [`Fault`](crate::ErrorKind::Fault) error. Other pages are as before, but pages
/// between two damaged ones count as damaged until the map is restored.
///
/// Windows refuses to make a mapped file shorter. A disk or a network that fails is
/// an exception there, which ends the operation with the same error. No zeros replace
/// the page, so no map is ever damaged, and the next operation on the
/// page tries again. (On x86-64; on other processors the exception ends the process.)
impl Mmap {
    /// Returns whether a part of the map is damaged.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// let file = tempfile::tempfile()?;
    /// file.set_len(10_000)?;
    /// let map = ironmap::MmapOptions::new().map(&file)?;
    /// file.set_len(0)?;
    /// assert!(!map.is_damaged()); // not touched yet
    /// assert!(map.byte(0).is_err());
    /// assert!(map.is_damaged());
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn is_damaged(&self) -> bool {
        self.region.is_damaged()
    }

    /// Returns the first damage, as the error of an access to it would.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// let file = tempfile::tempfile()?;
    /// file.set_len(1 << 20)?;
    /// let map = ironmap::MmapOptions::new().map(&file)?;
    /// file.set_len(100)?;
    /// assert!(map.byte(1_000_000).is_err());
    /// // The whole tail is gone, from the first page without a file on.
    /// let page = ironmap::Mmap::page_size();
    /// assert_eq!(map.damage().unwrap().at, page);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn damage(&self) -> Option<Fault> {
        self.region.first_damage()
    }

    /// Returns how many faults this map has survived. A cut-off tail is one fault.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// let file = tempfile::tempfile()?;
    /// file.set_len(10_000)?;
    /// let map = ironmap::MmapOptions::new().map(&file)?;
    /// file.set_len(0)?;
    /// assert!(map.byte(0).is_err());
    /// assert!(map.byte(1).is_err()); // known, no second fault
    /// assert_eq!(map.faults(), 1);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn faults(&self) -> u64 {
        self.region.faults()
    }

    /// Maps the file again where the map is damaged.
    ///
    /// `mmap` of the file at another address, then `mremap` onto the damage; no call without
    /// damage. The pages get their advice and locks again. Pages that the file still lacks fault
    /// again when they are touched. Writes to damaged pages are lost, as their errors said.
    ///
    /// # Errors
    ///
    /// The map stays damaged, and the call can be repeated.
    ///
    /// * [`Untracked`](crate::ErrorKind::Untracked): the map keeps no
    ///   descriptor of its file.
    /// * [`Unsupported`](crate::ErrorKind::Unsupported): a private map has several damaged
    ///   ranges, and restoring it would undo changes between them; or the map is shared memory
    ///   of huge pages, without a file.
    /// * [`Os`](crate::ErrorKind::Os): a call failed; `EBADF` if other code in this process
    ///   closed the kept descriptor.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// let file = tempfile::tempfile()?;
    /// file.set_len(100)?;
    /// let mut map = ironmap::MmapOptions::new().map(&file)?;
    /// file.set_len(0)?;
    /// let error = map.byte(50).unwrap_err();
    /// assert!(error.is_fault());
    ///
    /// file.set_len(100)?;
    /// map.restore()?;
    /// assert_eq!(map.byte(50)?, 0);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restore(&mut self) -> Result<()> {
        // On Windows no map is ever damaged.
        #[cfg(unix)]
        if self.region.is_damaged() {
            return self.restore_pages();
        }
        Ok(())
    }

    #[cfg(unix)]
    fn restore_pages(&mut self) -> Result<()> {
        if let Some(fault) = self.region.left_behind() {
            return Err(Error::new(Cause::Fault(fault)));
        }
        match &self.file {
            Some(file) => self.region.restore(file.checked()?),
            None if self.region.layout().is_anonymous() => self.restore_memory(),
            None => Err(Error::new(Cause::Untracked)),
        }
    }

    /// Restores anonymous memory whose pool of huge pages ran out.
    #[cfg(unix)]
    fn restore_memory(&mut self) -> Result<()> {
        if self.region.layout().is_private() {
            return self.region.restore(os::NO_FILE);
        }
        let what = "way to restore shared memory without a file";
        Err(Error::new(Cause::Unsupported { what }))
    }
}
