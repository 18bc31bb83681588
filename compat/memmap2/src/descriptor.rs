//! The arguments that name a file.

#[cfg(not(any(unix, windows)))]
use std::fs::File;
#[cfg(unix)]
use std::os::fd::{AsRawFd, RawFd};
#[cfg(windows)]
use std::os::windows::io::{AsRawHandle, RawHandle};

/// The descriptor of a file to map.
#[cfg(unix)]
pub struct MmapRawDescriptor(pub(crate) RawFd);

/// The handle of a file to map.
#[cfg(windows)]
pub struct MmapRawDescriptor(pub(crate) RawHandle);

/// A file to map, on systems that cannot map one.
#[cfg(not(any(unix, windows)))]
pub struct MmapRawDescriptor<'a>(pub(crate) &'a File);

/// A file that can be mapped: a reference to something with a descriptor, or a descriptor itself.
pub trait MmapAsRawDesc {
    /// Returns the descriptor.
    // The type has a lifetime on some systems only.
    #[allow(elided_lifetimes_in_paths, mismatched_lifetime_syntaxes)]
    fn as_raw_desc(&self) -> MmapRawDescriptor;
}

#[cfg(unix)]
impl MmapAsRawDesc for RawFd {
    fn as_raw_desc(&self) -> MmapRawDescriptor {
        MmapRawDescriptor(*self)
    }
}

#[cfg(unix)]
impl<T> MmapAsRawDesc for &T
where
    T: AsRawFd,
{
    fn as_raw_desc(&self) -> MmapRawDescriptor {
        MmapRawDescriptor(self.as_raw_fd())
    }
}

#[cfg(windows)]
impl MmapAsRawDesc for RawHandle {
    fn as_raw_desc(&self) -> MmapRawDescriptor {
        MmapRawDescriptor(*self)
    }
}

#[cfg(windows)]
impl<T> MmapAsRawDesc for &T
where
    T: AsRawHandle,
{
    fn as_raw_desc(&self) -> MmapRawDescriptor {
        MmapRawDescriptor(self.as_raw_handle())
    }
}

#[cfg(not(any(unix, windows)))]
impl MmapAsRawDesc for &File {
    fn as_raw_desc(&self) -> MmapRawDescriptor<'_> {
        MmapRawDescriptor(self)
    }
}
