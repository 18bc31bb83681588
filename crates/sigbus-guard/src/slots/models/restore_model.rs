//! G4: after a restore, zeros that a handler has mapped are damage, whenever the handler began.
//! A region that is given up is not changed.

use super::super::damage::order_loads;
use super::modelled_region::{PROCESS, Region, beside_a_handler};

const FROM_THE_FILE: i32 = 7;

fn cover(region: &Region) {
    region.cover(|_| 0);
}

fn restore(region: &Region, wait: fn(&Region)) {
    region.slot.damage.clear();
    region.set(FROM_THE_FILE);
    wait(region);
    let byte = region.page();
    order_loads();
    let intact = region.slot.damage.is_quiet();
    assert!(byte == FROM_THE_FILE || !intact, "zeros without damage");
}

#[test]
fn restore_beside_handler_keeps_damage() {
    beside_a_handler(
        0,
        cover,
        |region| restore(region, Region::await_handlers),
        |_| (),
    );
}

#[test]
#[should_panic(expected = "zeros without damage")]
fn restore_without_wait_is_found() {
    beside_a_handler(0, cover, |region| restore(region, |_| ()), |_| ());
}

#[test]
#[should_panic(expected = "zeros without damage")]
fn restore_with_damage_noted_once_is_found() {
    let once = |region: &Region| {
        region.slot.enter(PROCESS);
        region.slot.damage.add(0..1);
        region.set(0);
        region.slot.leave();
    };
    beside_a_handler(
        0,
        once,
        |region| restore(region, Region::await_handlers),
        |_| (),
    );
}

fn give_up_beside(handler: fn(&Region)) {
    let give_up = |region: &Region| {
        region.slot.erase();
        region.await_handlers();
        // The address is somebody else's from here on.
        region.set(FROM_THE_FILE);
    };
    beside_a_handler(0, handler, give_up, |region| {
        assert_eq!(region.page(), FROM_THE_FILE, "covered somebody else's page");
    });
}

#[test]
fn suspend_beside_handler_leaves_region_alone() {
    give_up_beside(cover);
}

#[test]
#[should_panic(expected = "covered somebody else's page")]
fn suspend_with_late_enter_is_found() {
    give_up_beside(|region| {
        if region.slot.read().is_some() {
            region.slot.enter(PROCESS);
            region.set(0);
            region.slot.leave();
        }
    });
}
