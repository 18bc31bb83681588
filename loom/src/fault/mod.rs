//! The core's files, and a model for each.

use loom::sync::atomic as atomics;

// The core uses more of them than the models do.
#[allow(dead_code)]
#[path = "../../../crates/ironmap/src/fault/damage.rs"]
mod damage;
#[path = "../../../crates/ironmap/src/fault/free.rs"]
mod free;
#[path = "../../../crates/ironmap/src/fault/hand_over.rs"]
mod hand_over;
#[allow(dead_code)]
#[path = "../../../crates/ironmap/src/fault/left_behind.rs"]
mod left_behind;
#[allow(dead_code)]
#[path = "../../../crates/ironmap/src/fault/slot.rs"]
mod slot;
#[allow(dead_code)]
#[path = "../../../crates/ironmap/src/fault/watched.rs"]
mod watched;

mod free_model;
mod hand_over_model;
mod load_model;
mod note_model;
mod protect_model;
mod region;
mod restore_model;
mod slot_model;
mod store_model;
