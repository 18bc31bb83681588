//! A slot that is read during a write gives one whole region, or none.

use loom::sync::Arc;
use loom::thread;

use super::super::atomics::{AtomicBool, Ordering};
use super::super::slot::Slot;
use crate::guarded_region::{FileId, GuardedFile, GuardedRegion};

/// Returns a region whose every field carries the mark.
fn region(mark: u8) -> GuardedRegion {
    let number = usize::from(mark);
    GuardedRegion {
        start: number,
        len: number,
        page: number,
        protection: i32::from(mark),
        private: mark % 2 == 1,
        file_offset: u64::from(mark),
        file: Some(GuardedFile {
            fd: i32::from(mark),
            id: FileId {
                device: u64::from(mark),
                inode: u64::from(mark),
            },
        }),
        at_risk: mark % 2 == 1,
    }
}

/// Reads the slot of region 1 in one thread while the owner changes it.
fn read_beside(change: fn(&Slot), may_be_seen: &'static [Option<u8>]) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let slot = Arc::new(Slot::default());
        slot.write(&region(1));
        // Loom 0.7 looks only for conflicts with the last access to an atomic: the owner's own
        // load of the sequence hides the reader's. This atomic has no such load.
        let turn = Arc::new(AtomicBool::new(false));
        let owner = {
            let (slot, turn) = (Arc::clone(&slot), Arc::clone(&turn));
            thread::spawn(move || {
                turn.store(true, Ordering::Relaxed);
                change(&slot);
            })
        };
        turn.load(Ordering::Relaxed);
        let seen = slot.read();
        let whole = may_be_seen.iter().any(|mark| mark.map(region) == seen);
        assert!(whole, "a mixture: {seen:?}");
        owner.join().unwrap();
    });
}

#[test]
fn read_beside_move_is_whole() {
    read_beside(|slot| slot.write(&region(2)), &[None, Some(1), Some(2)]);
}

#[test]
fn read_beside_erase_is_whole() {
    read_beside(Slot::erase, &[None, Some(1)]);
}

#[test]
fn read_beside_new_owner_is_whole() {
    read_beside(
        |slot| {
            slot.erase();
            slot.write(&region(2));
        },
        &[None, Some(1), Some(2)],
    );
}

#[test]
fn read_of_region_in_use_succeeds() {
    loom::model(|| {
        let slot = Arc::new(Slot::default());
        slot.write(&region(1));
        let handlers: Vec<_> = (0..2)
            .map(|_| {
                let slot = Arc::clone(&slot);
                thread::spawn(move || assert_eq!(slot.read(), Some(region(1))))
            })
            .collect();
        handlers.into_iter().for_each(|t| t.join().unwrap());
    });
}
