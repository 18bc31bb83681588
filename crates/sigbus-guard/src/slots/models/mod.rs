//! The atomics in every order that the memory model allows, a file for each invariant.

mod free_list_model;
mod load_model;
mod modelled_region;
mod move_epoch_model;
mod note_model;
mod protect_model;
mod restore_model;
mod slot_model;
mod store_model;
