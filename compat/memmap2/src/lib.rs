#![doc = include_str!("../README.md")]

#[cfg(unix)]
mod advice;
mod descriptor;
mod error;
pub mod ironmap;
mod map;
#[cfg(not(unix))]
mod no_faults;
mod options;
#[cfg_attr(unix, path = "unix/mod.rs")]
#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(any(unix, windows)), path = "none.rs")]
mod os;
#[cfg(target_os = "linux")]
mod remap;

#[cfg(unix)]
pub use advice::{Advice, UncheckedAdvice};
pub use descriptor::{MmapAsRawDesc, MmapRawDescriptor};
pub use error::MapIfSafeError;
pub use map::{Mmap, MmapMut, MmapRaw};
pub use options::MmapOptions;
#[cfg(target_os = "linux")]
pub use remap::RemapOptions;
