//! The handler for SIGBUS.
//!
//! The kernel sends a thread SIGBUS when it touches a mapped page that is not
//! available: the file has become shorter, its disk is full, or could not be
//! read. If the page is one of our regions', the handler puts zeros in its
//! place and notes that as damage; the instruction is then repeated, whoever's
//! it is, and the region's user gets an error. What is not about our regions
//! is *foreign* and goes on to whoever had the signal before.
//!
//! A handler interrupts its thread anywhere, so it calls nothing but what
//! `os::signal` has, looks at nothing but atomics, and neither allocates,
//! locks, panics, nor touches thread-local storage.
//!
//! # Safety
//!
//! * G1: a region is in a slot from before its first access until after its
//!   last, so an address in a slot is that region's.
//! * G2: damage is noted before zeros are put in place, so whoever sees the
//!   zeros and then looks sees the damage.
//! * G4: it is noted again afterwards, and the slot is told before and after.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::sync::atomic::Ordering;

use libc::siginfo_t;

use super::os::{
    self,
    replace::{self, Left},
    signal,
};
use super::previous_handlers::{self as previous, Entry, Foreign, MAX_HANDLERS};
use super::registry;
use super::spares;
use crate::guarded_region::GuardedRegion;
use crate::slots::Slot;

/// The handler of each level: `previous_handlers` says why there are several.
pub(super) static ENTRIES: [Entry; MAX_HANDLERS] = [
    on_sigbus::<0>,
    on_sigbus::<1>,
    on_sigbus::<2>,
    on_sigbus::<3>,
    on_sigbus::<4>,
    on_sigbus::<5>,
    on_sigbus::<6>,
    on_sigbus::<7>,
];

unsafe extern "C" fn on_sigbus<const LEVEL: usize>(
    signal: c_int,
    info: *mut siginfo_t,
    context: *mut c_void,
) {
    let errno = Errno::save();
    // SAFETY: the kernel passes the signal's information, and who calls us as
    // the handler before his passes on what he got, or null.
    let facts = unsafe { info.as_ref() };
    let made_by_kernel = facts.is_some_and(|facts| facts.si_code > 0);
    // SAFETY: the kernel fills in the address of a SIGBUS that it makes.
    let address = facts.map(|facts| unsafe { facts.si_addr() } as usize);
    let is_misaligned = facts.is_some_and(|facts| facts.si_code == MISALIGNED);
    let survived = made_by_kernel && !is_misaligned && address.is_some_and(survive);
    if !survived && !facts.is_some_and(is_about_to_come_back) {
        let foreign = Foreign {
            signal,
            info,
            context,
            made_by_kernel,
        };
        // SAFETY: these are the arguments of a signal handler.
        unsafe { previous::go_on(LEVEL, &foreign) };
    }
    errno.restore();
}

/// `BUS_ADRALN`: the page is there, but not for this instruction. What other
/// systems say of a page that is not there is not known here.
const MISALIGNED: c_int = if cfg!(any(target_os = "linux", target_os = "android")) {
    1
} else {
    c_int::MIN
};

/// R2: a handler on top of us may have got one of our faults, and now gives us
/// the signal and raises it. To return repeats the instruction, and brings the
/// fault here.
fn is_about_to_come_back(facts: &siginfo_t) -> bool {
    is_raised_here(facts) && !previous::is_handing_on() && some_region_is_short()
}

/// Covers the damage at an address of ours; false if it is not ours.
fn survive(address: usize) -> bool {
    registry::MOVES.look(|| {
        registry::any_with(address, |slot| {
            region_at(slot, address).is_some() && survive_in(slot, address)
        })
    })
}

/// The same for one slot, which may have given the address away by now.
fn survive_in(slot: &Slot, address: usize) -> bool {
    // Who is interrupted now and jumps away would never leave the slot.
    let before = signal::change_mask(libc::SIG_BLOCK, &signal::those_that_wait());
    slot.enter(signal::process());
    // Looked at again: from here on nobody gives the region's address away.
    let covered = region_at(slot, address).is_some_and(|watched| cover(slot, &watched, address));
    slot.leave();
    signal::change_mask(libc::SIG_SETMASK, &before);
    covered
}

fn region_at(slot: &Slot, address: usize) -> Option<GuardedRegion> {
    let watched = slot.read()?;
    watched.addresses().contains(&address).then_some(watched)
}

/// Covers what is damaged.
///
/// The system can refuse that: it has no memory for so much, no area more, or the process
/// has used up its address space. Then the page alone is covered, zeros are moved to its
/// place, or an area is given back, until one of them succeeds.
///
/// When no area is left, all pages of the region are covered as one, which takes none: a
/// part would take the last one of the limit, and the next fault would find nothing.
fn cover(slot: &Slot, watched: &GuardedRegion, address: usize) -> bool {
    let page = page_of(watched, address);
    let block = damaged_block(slot, watched, page.start);
    slot.faults.fetch_add(1, Ordering::Relaxed);
    let cover_part = || {
        put_zeros(slot, watched, &block)
            .or_else(|left| unless_lost(left, || put_zeros(slot, watched, &page)))
            .or_else(|left| unless_lost(left, || move_zeros(slot, watched, &page, &block)))
    };
    while spares::has_area() {
        match cover_part() {
            Ok(()) => return true,
            Err(Left::Lost) => return false,
            Err(_) if spares::give_back_area() => {}
            Err(_) => break,
        }
    }
    cover_all(slot, watched, &page)
        .or_else(|left| unless_lost(left, cover_part))
        .is_ok()
}

/// A private region loses its changes.
fn cover_all(slot: &Slot, watched: &GuardedRegion, page: &Range<usize>) -> Result<(), Left> {
    let all = watched.start..watched.end();
    if watched.private && all != *page {
        slot.note_lost_changes();
    }
    put_zeros(slot, watched, &all)
}

/// Runs `next`, but not on addresses that may be another thread's.
fn unless_lost(left: Left, next: impl FnOnce() -> Result<(), Left>) -> Result<(), Left> {
    if left == Left::Lost {
        Err(left)
    } else {
        next()
    }
}

fn page_of(watched: &GuardedRegion, address: usize) -> Range<usize> {
    let start = watched.start + (address - watched.start) / watched.page * watched.page;
    start..start + watched.page
}

/// Maps zeros over a block. Shared ones do not count for `RLIMIT_DATA`. They are not tried
/// without that limit: a kernel that has no memory for them leaves a hole.
fn put_zeros(slot: &Slot, watched: &GuardedRegion, block: &Range<usize>) -> Result<(), Left> {
    let (start, len) = (block.start, block.len());
    let map = |sharing| {
        // SAFETY: S4, G1: whole pages of that region; G2: the slot notes them first.
        unsafe { replace::cover(start, len, watched.protection, sharing) }
    };
    let put = || match map(libc::MAP_PRIVATE) {
        Err(failed) if failed.left == Left::Old && os::limit::data_is_limited() => {
            map(libc::MAP_SHARED)
        }
        done => done,
    };
    slot.cover(watched.pages_of(block), put)
        .map_err(|failed| failed.left)
}

/// Moves zeros that are kept to the place of a page, and of those after it in the block if
/// the ones before it were covered just now.
fn move_zeros(
    slot: &Slot,
    watched: &GuardedRegion,
    page: &Range<usize>,
    block: &Range<usize>,
) -> Result<(), Left> {
    let count = slot.recent.next(watched.pages_of(page).start);
    let end = page
        .start
        .saturating_add(count.saturating_mul(watched.page));
    let more = page.start..end.min(block.end).max(page.end);
    let move_to = |pages: &Range<usize>| {
        slot.cover(watched.pages_of(pages), || {
            // SAFETY: S4, G1: pages of that region; G2: the slot notes them first.
            unsafe { spares::move_zeros(pages.clone(), watched.protection) }
        })
    };
    move_to(&more).or_else(|left| unless_lost(left, || move_to(page)))
}

/// Where the damage is: all that lies past the file's end, if the address
/// does; else its page alone. One block for a cut-off tail, because the kernel
/// allows a process only so many areas.
fn damaged_block(slot: &Slot, watched: &GuardedRegion, page: usize) -> Range<usize> {
    match size_now(watched) {
        Some(size) => {
            let shown = size.saturating_sub(watched.file_offset);
            let shown = usize::try_from(shown).unwrap_or(usize::MAX);
            if shown >= watched.len {
                return page..page + watched.page;
            }
            let end_of_file = watched.start + shown.next_multiple_of(watched.page);
            if page < end_of_file {
                return page..page + watched.page;
            }
            end_of_file..watched.end()
        }
        // Where the file ends is not known. Pages before it may hold private
        // changes, and those after it will fault by themselves.
        None if watched.private => page..page + watched.page,
        None => {
            let first = (page - watched.start) / watched.page;
            let count = slot.recent.next(first);
            page..watched.end().min(page + count * watched.page)
        }
    }
}

/// How long the file is, if there is still a descriptor of it.
fn size_now(watched: &GuardedRegion) -> Option<u64> {
    let file = watched.file?;
    let (id, size) = os::size(file.fd)?;
    (id == file.id).then_some(size)
}

/// Whether a thread of this process sent the signal to itself.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_raised_here(facts: &siginfo_t) -> bool {
    // SAFETY: the kernel fills in the sender of a signal that a process makes.
    let sender = || unsafe { facts.si_pid() };
    facts.si_code == libc::SI_TKILL && sender() as u32 == signal::process()
}

/// How other systems mark a signal that was raised is not known here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_raised_here(_facts: &siginfo_t) -> bool {
    false
}

/// Whether there is a region that could have faulted just now.
fn some_region_is_short() -> bool {
    let regions = registry::all().filter_map(Slot::read);
    // A file that has many maps is asked once for those that follow one another.
    let mut long_enough = None;
    regions.filter(|watched| watched.at_risk).any(|watched| {
        let end = watched.file_offset + watched.len as u64;
        let id = watched.file.map(|file| file.id);
        if id.is_some() && long_enough.is_some_and(|(file, size)| file == id && end <= size) {
            return false;
        }
        let is_full = || watched.file.is_some_and(|file| os::is_full(file.fd));
        // Where it is not known it can be.
        let size = size_now(&watched).filter(|&size| end <= size && !is_full());
        long_enough = size.map(|size| (id, size));
        size.is_none()
    })
}

/// The interrupted code's `errno`, which it must find again.
struct Errno(c_int);

impl Errno {
    fn place() -> *mut c_int {
        #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
        use libc::__errno as location;
        #[cfg(any(target_os = "linux", target_os = "dragonfly"))]
        use libc::__errno_location as location;
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        use libc::__error as location;
        // SAFETY: every thread has an errno.
        unsafe { location() }
    }

    fn save() -> Errno {
        // SAFETY: the thread's errno.
        Errno(unsafe { *Errno::place() })
    }

    fn restore(self) {
        // SAFETY: the thread's errno.
        unsafe { *Errno::place() = self.0 };
    }
}
