//! Large reads of a file that is not in memory.
//!
//! A page fault reads as much as the disk's read-ahead says, often 128 KiB, and the thread waits for
//! it. `pread` of more makes the system ask the disk for more at once. So a thread that waits often
//! on its way through a region reads each piece before it touches it. What it reads is dropped: the
//! bytes that count are the map's, which then need no disk.
//!
//! The system's counts say if that is worth it: what each thread has read from disks, and how often
//! it has waited. A thread looks at the counts every [`STEP`]. Some file systems, such as FUSE, count
//! the faults and not the reads: there it goes on while reads wait.

use std::cmp::{max, min};
use std::mem;
use std::ops::Range;
use std::sync::atomic::Ordering;

use super::Region;
use crate::os::{self, DiskCounts};
use crate::range::Direction;

/// Bytes between two looks.
const STEP: usize = 4 << 20;

/// A thread that waits once for so many bytes, or more often, waits often.
const BYTES_A_WAIT: usize = 1 << 20;

/// Bytes of a request, at least.
const REQUEST: usize = 1 << 20;

/// Bytes of a way that is worth a look.
const WORTH: usize = 4 * STEP;

/// The state of a thread's way through a region.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LargeReads {
    last: Option<Look>,
    /// True while pieces are read before they are touched.
    active: bool,
    /// True if one of those reads has waited since the last look.
    has_waited: bool,
    /// Bytes at the end of the way that were not read.
    unread: usize,
}

#[derive(Clone, Copy, Debug)]
struct Look {
    counts: DiskCounts,
    /// The bytes of the way that were left.
    left: usize,
}

impl LargeReads {
    /// Returns whether to look when so many bytes are left.
    #[inline]
    fn is_due(&self, left: usize) -> bool {
        match self.last {
            Some(last) => left.saturating_add(STEP) <= last.left,
            None => left >= WORTH,
        }
    }

    /// Decides by a look. `before` is what was decided before the first.
    fn decide(&mut self, now: Look, before: bool) {
        let has_waited = mem::take(&mut self.has_waited);
        self.active = match self.last.replace(now) {
            None => before,
            Some(last) => {
                let waits = now.counts.waits.wrapping_sub(last.counts.waits) as usize;
                let often = waits >= (last.left - now.left) / BYTES_A_WAIT;
                let has_read = now.counts.reads != last.counts.reads;
                if self.active {
                    has_read || has_waited
                } else {
                    has_read && often
                }
            }
        };
    }
}

impl Region {
    /// Called by a thread that goes through `rest`, before it touches the next `piece` bytes: reads
    /// them in one request if the file is not in memory and faults wait often.
    #[inline]
    pub(crate) fn read_first(
        &self,
        reads: &mut LargeReads,
        rest: &Range<usize>,
        direction: Direction,
        piece: usize,
    ) {
        if reads.active || reads.is_due(rest.len()) {
            self.look_and_read(reads, rest, direction, piece);
        }
    }

    #[inline(never)]
    fn look_and_read(
        &self,
        reads: &mut LargeReads,
        rest: &Range<usize>,
        direction: Direction,
        piece: usize,
    ) {
        let Some(file) = self.backing.file.filter(|_| !self.backing.is_device) else {
            return;
        };
        let left = rest.len();
        if reads.is_due(left) {
            let Some(counts) = os::disk_counts() else {
                return;
            };
            let known = self.reads_first.load(Ordering::Relaxed);
            reads.decide(Look { counts, left }, known);
            self.reads_first.store(reads.active, Ordering::Relaxed);
            reads.unread = left;
        }
        let from = min(left, reads.unread);
        if !reads.active || left.saturating_sub(piece) >= from {
            return;
        }
        let to = left.saturating_sub(max(piece, REQUEST));
        reads.unread = to;
        let next = match direction {
            Direction::Forward => rest.end - from..rest.end - to,
            Direction::Backward => rest.start + to..rest.start + from,
        };
        // Another file's bytes would be read for nothing (S6).
        if os::status(file.fd).is_ok_and(|status| status.id == file.id) {
            let at = self.layout.file_offset() + next.start as u64;
            let waits = || os::disk_counts().map(|counts| counts.waits);
            let before = waits();
            os::read_and_drop(file.fd, at, next.len());
            reads.has_waited |= waits() != before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(left: usize, reads: u64, waits: u64) -> Look {
        let counts = DiskCounts { reads, waits };
        Look { counts, left }
    }

    #[test]
    fn decide_needs_reads_and_waits_to_begin_and_reads_to_go_on() {
        let decided = |steps: &[(u64, u64)]| {
            let (mut reads, mut left) = (LargeReads::default(), 100 * STEP);
            for &(count, waits) in steps {
                assert!(reads.is_due(left));
                reads.decide(look(left, count, waits), false);
                left -= STEP;
            }
            reads.active
        };
        assert!(!decided(&[(1, 1)]));
        assert!(!decided(&[(1, 1), (1, 100)]));
        assert!(!decided(&[(1, 1), (100, 2)]));
        assert!(decided(&[(1, 1), (100, 5)]));
        assert!(decided(&[(1, 1), (100, 5), (101, 5)]));
        assert!(!decided(&[(1, 1), (100, 5), (100, 50)]));
    }

    #[test]
    fn decide_goes_on_after_a_read_that_waited() {
        let mut reads = LargeReads::default();
        reads.decide(look(3 * STEP, 1, 1), true);
        reads.has_waited = true;
        reads.decide(look(2 * STEP, 1, 1), true);
        assert!(reads.active);
        reads.decide(look(STEP, 1, 1), true);
        assert!(!reads.active);
    }

    #[test]
    fn first_look_decides_what_was_decided_before() {
        let mut reads = LargeReads::default();
        reads.decide(look(WORTH, 1, 1), true);
        assert!(reads.active);
        reads.decide(look(WORTH - STEP, 1, 1), true);
        assert!(!reads.active);
    }

    #[test]
    fn looks_are_far_apart_and_a_short_way_has_none() {
        let mut reads = LargeReads::default();
        assert!(!reads.is_due(WORTH - 1));
        reads.decide(look(WORTH, 1, 1), false);
        assert!(!reads.is_due(WORTH - STEP + 1) && reads.is_due(WORTH - STEP));
        // A job that starts again.
        assert!(!reads.is_due(usize::MAX));
    }
}
