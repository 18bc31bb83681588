//! The handler for SIGBUS.
//!
//! The kernel sends a thread SIGBUS when it touches a mapped page that is not available: the
//! file has become shorter, its disk is full, or the page cannot be read. If the page belongs to
//! one of our regions, the handler maps zeros over it and notes the damage. The instruction
//! is then repeated, and the user of the region gets an error. A signal that is not about our
//! regions is *unrelated*: the previous handler gets it.
//!
//! A handler interrupts its thread anywhere. So it calls only `os` and the previous handler,
//! reads only atomics, and does not allocate, lock, panic, or touch thread-local storage.
//!
//! # Safety
//!
//! * G1: a region is in a slot from before its first access until after its last, so an address
//!   in a slot belongs to that region.
//! * G2: damage is noted before zeros are mapped, so a thread that sees the zeros and then reads
//!   the damage sees it.
//! * G4: the damage is noted again afterwards; the handler enters the slot before and leaves it
//!   after.
//! * The hook of a slot is null or a `FaultHook` whose owner promised that a handler may call it
//!   (`Guard::report_to`).
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
use super::previous_handlers::{self as previous, Entry, MAX_HANDLERS, UnrelatedSignal};
use super::registry;
use super::spares;
use crate::guarded_region::{FaultHook, GuardedRegion};
use crate::slots::Slot;

/// The handler of each level: `previous_handlers` explains the levels.
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
    // SAFETY: the kernel passes the signal's information; a handler that calls us as its
    // previous one passes what it got, or null.
    let facts = unsafe { info.as_ref() };
    let made_by_kernel = facts.is_some_and(|facts| facts.si_code > 0);
    // SAFETY: the kernel fills in the address of a SIGBUS that it makes.
    let address = facts.map(|facts| unsafe { facts.si_addr() } as usize);
    let is_misaligned = facts.is_some_and(|facts| facts.si_code == MISALIGNED);
    let survived = made_by_kernel && !is_misaligned && address.is_some_and(survive);
    if !survived && !facts.is_some_and(is_about_to_come_back) {
        let unrelated = UnrelatedSignal {
            signal,
            info,
            context,
            made_by_kernel,
        };
        // SAFETY: these are the arguments of a signal handler.
        unsafe { previous::call_previous(LEVEL, &unrelated) };
    }
    errno.restore();
}

/// `BUS_ADRALN`: the page is there, but the address is not aligned for the instruction. The
/// codes of other systems for a lost page are not known here.
const MISALIGNED: c_int = if cfg!(any(target_os = "linux", target_os = "android")) {
    1
} else {
    c_int::MIN
};

/// R2: a handler on top of ours may have got one of our faults, and now raises the signal for
/// us. A return repeats the instruction, and the fault comes here.
fn is_about_to_come_back(facts: &siginfo_t) -> bool {
    is_raised_here(facts) && !previous::is_forwarding() && some_region_is_short()
}

/// Covers the damage at an address; false if no region has it.
fn survive(address: usize) -> bool {
    registry::MOVE_EPOCH.scan(|| {
        registry::any_with(address, |slot| {
            region_at(slot, address).is_some() && survive_in(slot, address)
        })
    })
}

/// Does the same for one slot, which may have lost the address in between.
fn survive_in(slot: &Slot, address: usize) -> bool {
    // Blocks signals here: a handler that longjmps out would leave the slot entered for ever.
    let before = signal::change_mask(libc::SIG_BLOCK, &signal::those_that_wait());
    slot.enter(signal::process());
    // Checked again: from here on the owner waits before it gives the address up.
    let covered = region_at(slot, address).is_some_and(|region| {
        report(slot, &region, address);
        cover(slot, &region, address)
    });
    slot.leave();
    signal::change_mask(libc::SIG_SETMASK, &before);
    covered
}

/// Calls the hook of a slot, if it has one.
fn report(slot: &Slot, region: &GuardedRegion, address: usize) {
    let hook = slot.hook();
    if hook.is_null() {
        return;
    }
    // SAFETY: the paragraph above: `set_hook` stored it from a `FaultHook`.
    let hook = unsafe { std::mem::transmute::<*mut (), FaultHook>(hook) };
    hook(region, address);
}

/// Returns the region of a slot if it has the address.
fn region_at(slot: &Slot, address: usize) -> Option<GuardedRegion> {
    let region = slot.read()?;
    region.addresses().contains(&address).then_some(region)
}

/// Covers the damage at an address of the region.
///
/// The system can refuse: no memory for so much, no area left, or the address space of the
/// process is used up. Then the handler covers the page alone, moves zeros to its place, or
/// gives an area back, until one of them succeeds.
///
/// If no area is left, it covers all pages of the region at once, which takes none. A part would
/// take the last area of the limit, and the next fault would find none.
fn cover(slot: &Slot, region: &GuardedRegion, address: usize) -> bool {
    let page = page_of(region, address);
    let block = damaged_block(slot, region, page.start);
    slot.faults.fetch_add(1, Ordering::Relaxed);
    let cover_part = || {
        put_zeros(slot, region, &block)
            .or_else(|left| unless_lost(left, || put_zeros(slot, region, &page)))
            .or_else(|left| unless_lost(left, || move_zeros(slot, region, &page, &block)))
    };
    while spares::has_area() {
        match cover_part() {
            Ok(()) => return true,
            Err(Left::Lost) => return false,
            Err(_) if spares::give_back_area() => {}
            Err(_) => break,
        }
    }
    cover_all(slot, region, &page)
        .or_else(|left| unless_lost(left, cover_part))
        .is_ok()
}

/// Covers the whole region. A private region loses its changes.
fn cover_all(slot: &Slot, region: &GuardedRegion, page: &Range<usize>) -> Result<(), Left> {
    let all = region.start..region.end();
    if region.private && all != *page {
        slot.note_lost_changes();
    }
    put_zeros(slot, region, &all)
}

/// Runs `next` unless another thread may have mapped the addresses.
fn unless_lost(left: Left, next: impl FnOnce() -> Result<(), Left>) -> Result<(), Left> {
    if left == Left::Lost {
        Err(left)
    } else {
        next()
    }
}

/// Returns the page of an address.
fn page_of(region: &GuardedRegion, address: usize) -> Range<usize> {
    let start = region.start + (address - region.start) / region.page * region.page;
    start..start + region.page
}

/// Maps zeros over a block. Shared zeros do not count for `RLIMIT_DATA`. They are tried only
/// under that limit: a kernel that has no memory for them leaves a hole.
fn put_zeros(slot: &Slot, region: &GuardedRegion, block: &Range<usize>) -> Result<(), Left> {
    let (start, len) = (block.start, block.len());
    let map = |sharing| {
        // SAFETY: S4, G1: whole pages of that region; G2: the slot notes them first.
        unsafe { replace::cover(start, len, region.protection, sharing) }
    };
    let put = || match map(libc::MAP_PRIVATE) {
        Err(failed) if failed.left == Left::Old && os::limit::data_is_limited() => {
            map(libc::MAP_SHARED)
        }
        done => done,
    };
    slot.cover(region.pages_of(block), put)
        .map_err(|failed| failed.left)
}

/// Moves spare zeros over a page, and over the pages after it in the block if those before it
/// were covered just now.
fn move_zeros(
    slot: &Slot,
    region: &GuardedRegion,
    page: &Range<usize>,
    block: &Range<usize>,
) -> Result<(), Left> {
    let count = slot.recent.next(region.pages_of(page).start);
    let end = page.start.saturating_add(count.saturating_mul(region.page));
    let more = page.start..end.min(block.end).max(page.end);
    let move_to = |pages: &Range<usize>| {
        slot.cover(region.pages_of(pages), || {
            // SAFETY: S4, G1: pages of that region; G2: the slot notes them first.
            unsafe { spares::move_zeros(pages.clone(), region.protection) }
        })
    };
    move_to(&more).or_else(|left| unless_lost(left, || move_to(page)))
}

/// Returns the block to cover: all past the end of the file if the page is there, else the page
/// alone. A cut-off tail is one block, because the kernel limits the areas of a process.
fn damaged_block(slot: &Slot, region: &GuardedRegion, page: usize) -> Range<usize> {
    match size_now(region) {
        Some(size) => {
            let shown = size.saturating_sub(region.file_offset);
            let shown = usize::try_from(shown).unwrap_or(usize::MAX);
            if shown >= region.len {
                return page..page + region.page;
            }
            let end_of_file = region.start + shown.next_multiple_of(region.page);
            if page < end_of_file {
                return page..page + region.page;
            }
            end_of_file..region.end()
        }
        // The end of the file is not known. Pages before it may hold private changes, and
        // those after it will fault by themselves.
        None if region.private => page..page + region.page,
        None => {
            let first = (page - region.start) / region.page;
            let count = slot.recent.next(first);
            page..region.end().min(page + count * region.page)
        }
    }
}

/// Returns the size of the file, if there is still a descriptor of it.
fn size_now(region: &GuardedRegion) -> Option<u64> {
    let file = region.file?;
    let (id, size) = os::size(file.fd)?;
    (id == file.id).then_some(size)
}

/// Returns whether a thread of this process sent the signal to itself.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_raised_here(facts: &siginfo_t) -> bool {
    // SAFETY: the kernel fills in the sender of a signal that a process makes.
    let sender = || unsafe { facts.si_pid() };
    facts.si_code == libc::SI_TKILL && sender() as u32 == signal::process()
}

/// The mark of a raised signal on other systems is not known here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_raised_here(_facts: &siginfo_t) -> bool {
    false
}

/// Returns whether some region could have faulted just now.
fn some_region_is_short() -> bool {
    let regions = registry::all().filter_map(Slot::read);
    // Asks a file once for consecutive regions of it.
    let mut long_enough = None;
    regions.filter(|region| region.at_risk).any(|region| {
        let end = region.file_offset + region.len as u64;
        let id = region.file.map(|file| file.id);
        if id.is_some() && long_enough.is_some_and(|(file, size)| file == id && end <= size) {
            return false;
        }
        let is_full = || region.file.is_some_and(|file| os::is_full(file.fd));
        // An unknown size counts as too short.
        let size = size_now(&region).filter(|&size| end <= size && !is_full());
        long_enough = size.map(|size| (id, size));
        size.is_none()
    })
}

/// The `errno` of the interrupted code, which the handler restores.
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
