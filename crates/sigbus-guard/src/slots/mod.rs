//! The handler's view of each region, in atomics.

mod damage;
mod free_list;
mod left_behind;
#[cfg(all(test, loom))]
mod models;
mod move_epoch;
mod slot;

#[cfg(loom)]
use loom::sync::atomic as atomics;
#[cfg(not(loom))]
use std::sync::atomic as atomics;

#[cfg(not(loom))]
pub(crate) use damage::{order_loads, order_stores};
#[cfg(not(loom))]
pub(crate) use free_list::FreeList;
#[cfg(not(loom))]
pub(crate) use move_epoch::MoveEpoch;
#[cfg(not(loom))]
pub(crate) use slot::Slot;
