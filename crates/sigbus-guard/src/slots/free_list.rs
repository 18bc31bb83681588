//! The free slots: a stack, linked through `Slot::next`.

use super::atomics::{AtomicU64, Ordering};
use super::slot::Slot;

/// The low half has the number of the first slot, plus one. The high half counts changes, so
/// that a slot that left and came back is noticed.
#[derive(Debug, Default)]
pub(crate) struct FreeList(AtomicU64);

impl FreeList {
    /// Makes one in a `static`; loom's atomics cannot be in one and use `default`.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> FreeList {
        FreeList(AtomicU64::new(0))
    }

    /// Takes a slot out of the list and returns its number.
    pub(crate) fn take<'a>(&self, slot_of: impl Fn(u32) -> Option<&'a Slot>) -> Option<u32> {
        let mut head = self.0.load(Ordering::Acquire);
        loop {
            let number = (head as u32).checked_sub(1)?;
            let next = slot_of(number)?.next.load(Ordering::Relaxed);
            let new = changed(head, next);
            match self
                .0
                .compare_exchange_weak(head, new, Ordering::Acquire, Ordering::Acquire)
            {
                Ok(_) => return Some(number),
                Err(now) => head = now,
            }
        }
    }

    pub(crate) fn give_back(&self, number: u32, slot: &Slot) {
        let mut head = self.0.load(Ordering::Relaxed);
        loop {
            slot.next.store(head as u32, Ordering::Relaxed);
            let new = changed(head, number + 1);
            match self
                .0
                .compare_exchange_weak(head, new, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }
}

fn changed(head: u64, first: u32) -> u64 {
    let changes = (head >> 32).wrapping_add(1) << 32;
    changes | u64::from(first)
}
