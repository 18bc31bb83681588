//! G7: when a region has got another protection, all of its pages have it, also
//! those that a handler has put in place meanwhile.

use loom::sync::Arc;
use loom::thread;

use super::atomics::{AtomicI32, Ordering};
use super::slot::Slot;
use super::watched::Watched;

const OLD: i32 = 3;
const NEW: i32 = 1;
const PROCESS: u32 = 1;

const REGION: Watched = Watched {
    start: 0x1000,
    len: 1,
    page: 1,
    protection: OLD,
    private: false,
    file_offset: 0,
    file: None,
    reserved: false,
};

/// A slot, and the protection of the one page of its region.
#[derive(Default)]
struct Region {
    slot: Slot,
    page: AtomicI32,
}

impl Region {
    /// `mmap` over the page, or `mprotect`: the kernel makes a process's calls of
    /// them one after the other, under a lock.
    fn set(&self, protection: i32) {
        self.page.swap(protection, Ordering::AcqRel);
    }

    /// What a handler does about a fault in the page.
    fn cover(&self) {
        self.slot.enter(PROCESS);
        if let Some(watched) = self.slot.read() {
            self.set(watched.protection);
        }
        self.slot.leave();
    }

    fn await_handlers(&self) {
        while !self.slot.is_left(|| PROCESS) {
            thread::yield_now();
        }
    }
}

fn protect_beside_a_handler(protect: fn(&Region)) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let region = Arc::new(Region::default());
        region.slot.write(&REGION);
        region.set(OLD);
        let faulting = {
            let region = Arc::clone(&region);
            thread::spawn(move || region.cover())
        };
        protect(&region);
        faulting.join().unwrap();
        assert_eq!(region.page.load(Ordering::Relaxed), NEW);
    });
}

#[test]
fn all_pages_get_the_new_protection() {
    protect_beside_a_handler(|region| {
        region.slot.set_protection(NEW);
        region.await_handlers();
        region.set(NEW);
    });
}

#[test]
#[should_panic(expected = "assertion")]
fn handlers_must_be_waited_for() {
    protect_beside_a_handler(|region| {
        region.slot.set_protection(NEW);
        region.set(NEW);
    });
}

#[test]
#[should_panic(expected = "assertion")]
fn handlers_must_be_told_first() {
    protect_beside_a_handler(|region| {
        region.await_handlers();
        region.set(NEW);
        region.slot.set_protection(NEW);
    });
}
