//! The advice of `madvise`, by name.

#[cfg(target_os = "linux")]
use std::ffi::c_int;

/// Advice that changes no byte of a map: `madvise(2)`.
#[repr(i32)]
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Advice {
    /// `MADV_NORMAL`
    Normal = libc::MADV_NORMAL,
    /// `MADV_RANDOM`
    Random = libc::MADV_RANDOM,
    /// `MADV_SEQUENTIAL`
    Sequential = libc::MADV_SEQUENTIAL,
    /// `MADV_WILLNEED`
    WillNeed = libc::MADV_WILLNEED,
    /// `MADV_DONTFORK`
    #[cfg(target_os = "linux")]
    DontFork = libc::MADV_DONTFORK,
    /// `MADV_DOFORK`
    #[cfg(target_os = "linux")]
    DoFork = libc::MADV_DOFORK,
    /// `MADV_MERGEABLE`
    #[cfg(target_os = "linux")]
    Mergeable = libc::MADV_MERGEABLE,
    /// `MADV_UNMERGEABLE`
    #[cfg(target_os = "linux")]
    Unmergeable = libc::MADV_UNMERGEABLE,
    /// `MADV_HUGEPAGE`
    #[cfg(target_os = "linux")]
    HugePage = libc::MADV_HUGEPAGE,
    /// `MADV_NOHUGEPAGE`
    #[cfg(target_os = "linux")]
    NoHugePage = libc::MADV_NOHUGEPAGE,
    /// `MADV_DONTDUMP`
    #[cfg(target_os = "linux")]
    DontDump = libc::MADV_DONTDUMP,
    /// `MADV_DODUMP`
    #[cfg(target_os = "linux")]
    DoDump = libc::MADV_DODUMP,
    /// `MADV_HWPOISON`
    #[cfg(target_os = "linux")]
    HwPoison = libc::MADV_HWPOISON,
    /// `MADV_POPULATE_READ`
    #[cfg(target_os = "linux")]
    PopulateRead = libc::MADV_POPULATE_READ,
    /// `MADV_POPULATE_WRITE`
    #[cfg(target_os = "linux")]
    PopulateWrite = libc::MADV_POPULATE_WRITE,
    /// `MADV_ZERO_WIRED_PAGES`
    #[cfg(target_vendor = "apple")]
    ZeroWiredPages = libc::MADV_ZERO_WIRED_PAGES,
}

/// Advice that can change the bytes of a map: `madvise(2)`.
#[repr(i32)]
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum UncheckedAdvice {
    /// `MADV_DONTNEED`
    DontNeed = libc::MADV_DONTNEED,
    /// `MADV_FREE`
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    Free = libc::MADV_FREE,
    /// `MADV_REMOVE`
    #[cfg(target_os = "linux")]
    Remove = libc::MADV_REMOVE,
    /// `MADV_FREE_REUSABLE`
    #[cfg(target_vendor = "apple")]
    FreeReusable = libc::MADV_FREE_REUSABLE,
    /// `MADV_FREE_REUSE`
    #[cfg(target_vendor = "apple")]
    FreeReuse = libc::MADV_FREE_REUSE,
}

#[cfg(target_os = "linux")]
impl Advice {
    /// Returns whether the kernel knows the advice.
    pub fn is_supported(self) -> bool {
        crate::os::knows_advice(self as c_int)
    }
}

#[cfg(target_os = "linux")]
impl UncheckedAdvice {
    /// Returns whether the kernel knows the advice.
    pub fn is_supported(self) -> bool {
        crate::os::knows_advice(self as c_int)
    }
}
