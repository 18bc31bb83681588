//! G7: after a region gets another protection all of its pages have it, those included that a
//! handler has mapped meanwhile.

use super::modelled_region::{REGION, Region, beside_a_handler};

const OLD: i32 = REGION.protection;
const NEW: i32 = 1;

fn protect_beside_a_handler(protect: fn(&Region)) {
    beside_a_handler(
        OLD,
        |region| region.cover(|watched| watched.protection),
        protect,
        |region| assert_eq!(region.page(), NEW),
    );
}

#[test]
fn protect_beside_handler_changes_all_pages() {
    protect_beside_a_handler(|region| {
        region.slot.set_protection(NEW);
        region.await_handlers();
        region.set(NEW);
    });
}

#[test]
#[should_panic(expected = "assertion")]
fn protect_without_wait_is_found() {
    protect_beside_a_handler(|region| {
        region.slot.set_protection(NEW);
        region.set(NEW);
    });
}

#[test]
#[should_panic(expected = "assertion")]
fn protect_before_slot_is_found() {
    protect_beside_a_handler(|region| {
        region.await_handlers();
        region.set(NEW);
        region.slot.set_protection(NEW);
    });
}
