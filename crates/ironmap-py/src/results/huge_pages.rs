//! Huge pages for large results.
//!
//! A new block of more than 32 MiB is a mapping of its own. The system makes its pages one by
//! one at their first access, which takes several times as long as filling them. A huge page
//! replaces 512 of them.
//!
//! Where the system has none at hand it makes one: it moves other pages, or a virtual machine asks
//! its host for memory. That can take longer than 512 small pages. Later blocks then get the page
//! at once, so it is paid for, but with little: a block takes no more than a tenth longer than on
//! small pages.
//!
//! # Safety
//!
//! The advice is about memory that the caller has borrowed mutably, and changes
//! none of its bytes. Time and counts of the thread are read into memory that has room for them.
#![allow(unsafe_code)]

#[cfg(target_os = "linux")]
use std::cmp::max;
use std::mem::MaybeUninit;
use std::sync::OnceLock;
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(target_os = "linux")]
use std::time::Duration;

/// False with `IRONMAP_HUGE_PAGES=0`.
static WANTED: OnceLock<bool> = OnceLock::new();

/// Called at import: reads the environment once.
pub(crate) fn init() {
    let refused = std::env::var_os("IRONMAP_HUGE_PAGES").is_some_and(|value| value == "0");
    // Already set if the import is repeated.
    let _ = WANTED.set(!refused);
}

/// Size from which every allocator maps a block by itself, so that the advice ends with the
/// block. (glibc: `DEFAULT_MMAP_THRESHOLD_MAX`.)
#[cfg(target_os = "linux")]
const BLOCK: usize = 32 * MIB;
#[cfg(target_os = "linux")]
const MIB: usize = 1 << 20;

/// Nanoseconds to fill a MiB on small pages: at least, and as last measured. Each block takes a
/// quarter off what was measured, because a busy machine becomes idle again.
#[cfg(target_os = "linux")]
const LEAST_COST: u64 = 500_000;
#[cfg(target_os = "linux")]
static MEASURED_COST: AtomicU64 = AtomicU64::new(0);

/// The huge pages of a block that is filled from its start on.
#[derive(Debug)]
pub(crate) struct HugePages {
    /// Processor time that filling the rest may take; `None` if no more huge pages are wanted.
    #[cfg(target_os = "linux")]
    left: Option<Duration>,
    /// Nanoseconds to fill a MiB on small pages.
    #[cfg(target_os = "linux")]
    cost: u64,
    /// True if the rest is on small pages, because huge ones took too long.
    #[cfg(target_os = "linux")]
    left_early: bool,
}

#[cfg(target_os = "linux")]
impl HugePages {
    /// Asks for huge pages for a block that is about to be filled.
    pub(crate) fn of(block: &mut [MaybeUninit<u8>]) -> HugePages {
        let mut pages = HugePages {
            left: None,
            cost: 0,
            left_early: false,
        };
        if block.len() >= BLOCK && WANTED.get().is_some_and(|&wanted| wanted) {
            advise(block, libc::MADV_HUGEPAGE);
            let measured = MEASURED_COST.load(Ordering::Relaxed);
            MEASURED_COST.store(measured - measured / 4, Ordering::Relaxed);
            pages.cost = max(measured, LEAST_COST);
            pages.left = Some(pages.time_of(block.len() / 10));
        }
        pages
    }

    /// Runs `fill`, which fills the first part of `rest`, `count` bytes. If all so far has taken
    /// too long, the others get small pages; not if a part was read from a disk.
    pub(crate) fn watch<R>(
        &mut self,
        count: usize,
        rest: &mut [MaybeUninit<u8>],
        fill: impl FnOnce(&mut [MaybeUninit<u8>]) -> R,
    ) -> R {
        let (part, rest) = rest.split_at_mut(count);
        if self.left.is_none() && !self.left_early {
            return fill(part);
        }
        let (begun, reads) = (thread_time(), disk_reads());
        let filled = fill(part);
        if disk_reads() != reads {
            // The time was the disk's.
            (self.left, self.left_early) = (None, false);
            return filled;
        }
        let took = thread_time().saturating_sub(begun);
        if let Some(left) = self.left {
            self.left = (left + self.time_of(count)).checked_sub(took);
            self.left_early = self.left.is_none();
            if self.left_early {
                advise(rest, libc::MADV_NOHUGEPAGE);
            }
        } else if count >= MIB {
            let cost = took.as_nanos() as u64 / (count / MIB) as u64;
            MEASURED_COST.store(cost, Ordering::Relaxed);
        }
        filled
    }

    fn time_of(&self, bytes: usize) -> Duration {
        Duration::from_nanos((bytes as u64 >> 10) * (self.cost >> 10))
    }
}

/// `madvise` on the whole pages of a block. Errors are ignored: it can be filled in any case.
#[cfg(target_os = "linux")]
fn advise(block: &mut [MaybeUninit<u8>], advice: std::ffi::c_int) {
    let page = ironmap::Mmap::page_size();
    let start = block.as_mut_ptr();
    let skipped = start.addr().next_multiple_of(page) - start.addr();
    let len = block.len().saturating_sub(skipped) / page * page;
    // SAFETY: whole pages inside the borrowed block.
    unsafe { libc::madvise(start.wrapping_add(skipped).cast(), len, advice) };
}

/// Returns the faults of this thread that have waited for a disk, and its reads; `None` if the system
/// does not say.
#[cfg(target_os = "linux")]
fn disk_reads() -> Option<[std::ffi::c_long; 2]> {
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: there is room for the counts.
    if unsafe { libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call has succeeded and so has filled them in.
    let usage = unsafe { usage.assume_init() };
    Some([usage.ru_majflt, usage.ru_inblock])
}

/// Returns the processor time of this thread: waiting does not count.
#[cfg(target_os = "linux")]
fn thread_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: there is room for the time; if the call fails, that stays 0.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Other systems have no such advice, or use huge pages by themselves.
#[cfg(not(target_os = "linux"))]
impl HugePages {
    pub(crate) fn of(_block: &mut [MaybeUninit<u8>]) -> HugePages {
        HugePages {}
    }

    pub(crate) fn watch<R>(
        &mut self,
        count: usize,
        rest: &mut [MaybeUninit<u8>],
        fill: impl FnOnce(&mut [MaybeUninit<u8>]) -> R,
    ) -> R {
        fill(&mut rest[..count])
    }
}
