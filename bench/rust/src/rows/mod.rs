//! The rows, by group.

pub mod access;
pub mod any;
pub mod count;
pub mod life;
pub mod lines;
pub mod needles;
pub mod process;
pub mod scan;
pub mod snapshot;
pub mod threads;
pub mod view;
pub mod write;
