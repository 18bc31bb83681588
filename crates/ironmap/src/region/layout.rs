//! The use and the origin of a mapping.

use crate::error::{Cause, Error, Result};
use crate::os;

/// The use and the origin of a mapping: with the file, all that is needed to map it again at
/// another address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    protection: i32,
    flags: i32,
    file_offset: u64,
    /// True if the protection allows writing, or ever did.
    ever_writable: bool,
    /// True if the mapping may begin before the file offset.
    rounds: bool,
    /// True if a private mapping may take the place of a shared one that the system refuses, or
    /// has taken it.
    shared_or_private: bool,
    /// True if the system ever got advice by a number of the caller.
    pub(super) advised: bool,
    /// `PROT_EXEC` if the caller asked for it by its number.
    executable: i32,
}

impl Layout {
    /// Refuses flags that ask for a fixed address (S5).
    pub(crate) fn new(protection: i32, flags: i32, file_offset: u64) -> Result<Layout> {
        if flags & os::MAP_AT_ADDRESS == 0 {
            Ok(Layout {
                protection,
                flags,
                file_offset,
                ever_writable: protection & os::PROT_WRITE != 0,
                rounds: false,
                shared_or_private: false,
                advised: false,
                executable: protection & os::PROT_EXEC,
            })
        } else {
            Err(Error::new(Cause::FixedAddress { flags }))
        }
    }

    /// Returns this layout with another protection.
    pub(super) fn with_protection(self, protection: i32) -> Layout {
        Layout {
            protection,
            ever_writable: self.ever_writable || protection & os::PROT_WRITE != 0,
            ..self
        }
    }

    /// Returns this layout for any file offset: the mapping begins before it, at a multiple of
    /// the granularity. Otherwise the system judges the offset.
    pub(crate) fn rounded(self) -> Layout {
        Layout {
            rounds: !self.is_anonymous(),
            ..self
        }
    }

    /// Returns this layout with leave to be private, if it is shared and only reads.
    pub(crate) fn shared_or_private(self) -> Layout {
        Layout {
            shared_or_private: !self.is_private() && !self.is_writable(),
            ..self
        }
    }

    /// Returns the private layout to try after the system has refused this one.
    pub(super) fn stand_in(self, error: &Error) -> Option<Layout> {
        let refused = os::NO_SHARED_MAPPING.contains(&error.raw_os_error()?);
        let may = self.shared_or_private && !self.is_private() && !self.is_writable();
        (refused && may).then_some(Layout {
            flags: self.flags & !os::MAP_TYPE | os::MAP_PRIVATE,
            ..self
        })
    }

    /// Returns whether this is private only because the system has refused a shared mapping.
    pub(crate) fn stands_in(&self) -> bool {
        self.shared_or_private && self.is_private()
    }

    /// Returns whether the file offset may lie between two multiples of the granularity.
    #[cfg(windows)]
    pub(crate) fn rounds(&self) -> bool {
        self.rounds
    }

    /// Returns the distance from the start of the mapping, a multiple of `granularity`, to the
    /// file offset. `granularity` is a power of two.
    pub(super) fn head_padding(&self, granularity: usize) -> usize {
        if self.rounds {
            self.file_offset as usize & (granularity - 1)
        } else {
            0
        }
    }

    #[inline]
    pub(crate) fn protection(&self) -> i32 {
        self.protection
    }

    /// Returns the protection of zeros in place of lost pages: code that runs into them dies by
    /// SIGSEGV, and does not run zeros.
    pub(super) fn protection_of_zeros(&self) -> i32 {
        self.protection & !os::PROT_EXEC
    }

    /// Returns `PROT_EXEC` if the map was made with it, else 0.
    pub(crate) fn executable(&self) -> i32 {
        self.executable
    }

    pub(crate) fn flags(&self) -> i32 {
        self.flags
    }

    pub(crate) fn file_offset(&self) -> u64 {
        self.file_offset
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        self.flags & os::MAP_ANON != 0
    }

    /// Returns whether no other process sees stores. Shared is one bit on every system; private
    /// memory and the droppable memory of Linux lack it.
    pub(crate) fn is_private(&self) -> bool {
        self.flags & os::MAP_SHARED == 0
    }

    /// Returns whether only this process has the bytes, and they stay until it changes them.
    /// Droppable memory is neither shared nor private, and pages freed lazily (`MADV_FREE`)
    /// vanish at any time.
    pub(crate) fn is_exclusive(&self) -> bool {
        self.is_anonymous() && self.flags & os::MAP_TYPE == os::MAP_PRIVATE && !self.advised
    }

    /// Returns whether the bytes can be loaded. On every supported system writable pages can.
    #[inline]
    pub(crate) fn is_readable(&self) -> bool {
        self.protection & (os::PROT_READ | os::PROT_WRITE) != 0
    }

    #[inline]
    pub(crate) fn is_writable(&self) -> bool {
        self.protection & os::PROT_WRITE != 0
    }

    /// Returns whether there can be changes: they stay when writing is forbidden again.
    pub(crate) fn was_ever_writable(&self) -> bool {
        self.ever_writable
    }
}
