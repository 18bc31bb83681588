//! What the fault guard does with atomics, run by loom in every order that the
//! memory model allows.
//!
//! The files under test are the core's own: `fault/mod.rs` includes them, with
//! loom's atomics in the place of the standard library's.
#![cfg(test)]

mod fault;

mod os {
    //! What `slot.rs` and `watched.rs` want of the core's module of this name.

    pub(crate) type RawFile = i32;

    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct FileId {
        pub(crate) device: u64,
        pub(crate) inode: u64,
    }
}
