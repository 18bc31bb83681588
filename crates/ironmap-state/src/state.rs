//! The state of a map object.

use crate::counters::{Exports, Position};
use crate::damage::DamageCounters;
use crate::lock::MapLock;
use crate::readers::{Readers, TakingTurns};

/// The state of a map object: the map in its lock, and the numbers beside it.
///
/// Each part may be used by several threads at the same time.
#[derive(Debug)]
pub struct MapState<C, R = TakingTurns> {
    /// The map.
    pub lock: MapLock<C, R>,
    /// The position of the file interface.
    pub position: Position,
    /// The exported buffers.
    pub exports: Exports,
    /// The faults that were reported and announced.
    pub damage_counters: DamageCounters,
}

impl<C, R: Readers> MapState<C, R> {
    /// Creates the state of a map that no thread uses yet.
    #[inline]
    pub fn new(lock: MapLock<C, R>) -> MapState<C, R> {
        MapState {
            lock,
            position: Position::new(),
            exports: Exports::new(),
            damage_counters: DamageCounters::new(),
        }
    }
}

// Fails to compile if a part may not be shared between threads.
const _: fn(&MapState<()>) -> &(dyn Send + Sync) = |state| state;
