//! G4: when a restore is over, zeros that a handler has put in place are damage,
//! whenever the handler began; and a region that is given up is left alone.

use loom::sync::Arc;
use loom::thread;

use super::atomics::{AtomicU8, Ordering};
use super::slot::Slot;
use super::watched::Watched;

const FROM_THE_FILE: u8 = 7;
const PROCESS: u32 = 1;

const REGION: Watched = Watched {
    start: 0x1000,
    len: 1,
    page: 1,
    protection: 3,
    private: false,
    file_offset: 0,
    file: None,
    reserved: false,
};

/// A slot, and the one page of its region, of one byte.
#[derive(Default)]
struct Region {
    slot: Slot,
    page: AtomicU8,
}

fn watched() -> Arc<Region> {
    let region = Region::default();
    region.slot.write(&REGION);
    Arc::new(region)
}

impl Region {
    /// `mmap` over the page: the kernel makes a process's calls of it one after
    /// the other, under a lock.
    fn map(&self, byte: u8) {
        self.page.swap(byte, Ordering::AcqRel);
    }

    /// What a handler does about a fault in the page.
    fn cover(&self) {
        self.slot.enter(PROCESS);
        if self.slot.read().is_some() {
            self.slot.damage.add(0..1);
            self.map(0);
            self.slot.damage.add(0..1);
        }
        self.slot.leave();
    }

    fn await_handlers(&self) {
        while !self.slot.is_left(|| PROCESS) {
            thread::yield_now();
        }
    }

    fn restore(&self, wait: fn(&Region)) {
        self.slot.damage.clear();
        self.map(FROM_THE_FILE);
        wait(self);
    }
}

fn restore_beside(handler: fn(&Region), wait: fn(&Region)) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let region = watched();
        region.slot.damage.add(0..1);
        let faulting = {
            let region = Arc::clone(&region);
            thread::spawn(move || handler(&region))
        };
        region.restore(wait);
        let byte = region.page.load(Ordering::Relaxed);
        super::damage::order_loads();
        let intact = region.slot.damage.is_none();
        assert!(byte == FROM_THE_FILE || !intact, "zeros without damage");
        faulting.join().unwrap();
    });
}

#[test]
fn a_restore_loses_no_damage() {
    restore_beside(Region::cover, Region::await_handlers);
}

#[test]
#[should_panic(expected = "zeros without damage")]
fn a_restore_must_wait_for_handlers() {
    restore_beside(Region::cover, |_| ());
}

#[test]
#[should_panic(expected = "zeros without damage")]
fn a_handler_must_note_damage_again() {
    let once = |region: &Region| {
        region.slot.enter(PROCESS);
        region.slot.damage.add(0..1);
        region.map(0);
        region.slot.leave();
    };
    restore_beside(once, Region::await_handlers);
}

fn give_up_beside(handler: fn(&Region)) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let region = watched();
        let faulting = {
            let region = Arc::clone(&region);
            thread::spawn(move || handler(&region))
        };
        region.slot.erase();
        region.await_handlers();
        // The address is somebody else's from here on.
        region.map(FROM_THE_FILE);
        faulting.join().unwrap();
        let byte = region.page.load(Ordering::Relaxed);
        assert_eq!(byte, FROM_THE_FILE, "covered somebody else's page");
    });
}

#[test]
fn a_region_given_up_is_left_alone() {
    give_up_beside(Region::cover);
}

#[test]
#[should_panic(expected = "covered somebody else's page")]
fn a_handler_must_enter_before_it_looks() {
    give_up_beside(|region| {
        if region.slot.read().is_some() {
            region.slot.enter(PROCESS);
            region.map(0);
            region.slot.leave();
        }
    });
}
