//! Restore: maps the file again where zeros have replaced it.
//!
//! # Safety
//!
//! The damage is whole pages of the region's mapping (S7), and `&mut self` excludes our own
//! accesses (SAFETY.md: G4). If the system fails halfway, and other memory has the addresses
//! then, the region gives its whole mapping up.

#![allow(unsafe_code)]

use std::ops::Range;
use std::ptr::NonNull;

use super::Region;
use crate::error::{Cause, Error, Fault, FaultReason, Result};
use crate::os::{self, Left, RawFile, Source};
use crate::range;

/// A part, the error, and what that leaves in the place of the part.
type PartFailed = (Range<usize>, (Error, Left));

impl Region {
    /// Maps the file `fd` again where zeros have replaced it.
    ///
    /// Pages that the file does not have become damage again when they are touched. An error
    /// leaves the damage as it was, except [`FaultReason::AddressTaken`]: then the region is
    /// empty.
    pub(crate) fn restore(&mut self, fd: RawFile) -> Result<()> {
        let Some(damaged) = self.guard.lost_pages() else {
            return Ok(());
        };
        if damaged.scattered && self.layout.is_private() {
            let what = "way to tell damaged pages of a private map from changed ones";
            return Err(Error::new(Cause::Unsupported { what }));
        }
        let page = self.backing.page;
        let from = damaged.pages.start * page;
        let to = if damaged.is_open_ended() {
            self.mapped
        } else {
            self.mapped.min(damaged.pages.end * page)
        };
        let end = self.end_to_show(fd, to)?;
        let changes_lost = self.guard.has_lost_changes();
        self.guard.forget_damage();
        let shown = if from < end {
            self.show_file(fd, from..end)
        } else {
            Ok(())
        };
        self.guard.await_handlers();
        match shown {
            Ok(()) if end < to => self.guard.note_damage(end.max(from) / page..to / page),
            Ok(()) => {}
            Err((lost, (_, Left::Lost))) => {
                self.disown(lost);
                return Err(address_taken(from));
            }
            Err((_, (error, _))) => {
                self.guard.note_damage(damaged.pages);
                if changes_lost {
                    self.guard.note_lost_changes();
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Returns the end of the part to restore. On hugetlbfs `mmap` would make the file as long as
    /// the mapping, so pages that it does not have stay damaged there.
    fn end_to_show(&self, fd: RawFile, to: usize) -> Result<usize> {
        if fd == os::NO_FILE || self.backing.page == os::page_size() {
            return Ok(to);
        }
        let offset = self.layout.file_offset() - self.head_padding as u64;
        let shown = os::status(fd)?.size.saturating_sub(offset);
        let shown = usize::try_from(shown).unwrap_or(usize::MAX);
        Ok(to.min(range::page_floor(shown, self.backing.page)))
    }

    /// Maps the file over a block, counted from `base` on, in parts of the same settings: before
    /// Linux 6.17 `mremap` moves no others. An error comes with the part that it is about.
    fn show_file(&self, fd: RawFile, block: Range<usize>) -> Result<(), PartFailed> {
        let mut start = block.start;
        while start < block.end {
            let part = start..self.advised.next_change(start..block.end);
            start = part.end;
            self.show_part(fd, part.clone())
                .map_err(|failed| (part, failed))?;
        }
        Ok(())
    }

    /// Maps the file over a part.
    fn show_part(&self, fd: RawFile, block: Range<usize>) -> Result<(), (Error, Left)> {
        let source = Source {
            len: block.len(),
            protection: self.layout.protection(),
            flags: self.layout.flags(),
            fd,
            file_offset: self.layout.file_offset() - self.head_padding as u64 + block.start as u64,
        };
        let place = self.base().wrapping_add(block.start);
        // SAFETY: S7: the block has the advice that it had before.
        let advise = |start| unsafe { self.advised.repeat(start, block.clone()) };
        // SAFETY: S7: whole pages of our mapping, by S5 without a fixed address; G4: the
        // caller has the region alone.
        let shown = unsafe { os::replace_by_file(place, &source, advise) };
        if let Err((_, Left::Old)) = &shown {
            // Pages between two places of damage still show the file.
            let _ = advise(place);
        }
        shown
    }

    /// Gives up the whole mapping, because other memory has a block of it. That block is neither
    /// touched nor unmapped.
    fn disown(&mut self, block: Range<usize>) {
        self.give_up_from(block.end);
        self.mapped = block.start;
        self.give_up_from(0);
        self.guard.suspend();
        self.mapped = 0;
        self.len = 0;
        self.head_padding = 0;
        self.start = NonNull::dangling();
    }

    /// Gives up all but the first `keep` bytes from `base`: to the quarantine if they were lent.
    fn give_up_from(&mut self, keep: usize) {
        self.quarantine_from(keep);
        // A mapping that cannot be unmapped stays, and does no harm.
        let _ = self.unmap_from(keep);
    }
}

#[cold]
fn address_taken(at: usize) -> Error {
    Error::new(Cause::Fault(Fault {
        at,
        file_size: None,
        reason: FaultReason::AddressTaken,
        changes_lost: false,
        code: os::EIO,
    }))
}
