//! The constants of the system's headers.

use crate::platform::Named;

macro_rules! named {
    ($($name:ident),* $(,)?) => {
        &[$((stringify!($name), libc::$name as i64)),*]
    };
}

pub(crate) const GROUPS: [Named; 5] = [
    EVERYWHERE,
    ANONYMOUS,
    OF_THE_SYSTEM,
    OF_THE_PROCESSOR,
    BEYOND_THE_STDLIB,
];

const EVERYWHERE: Named = named![
    PROT_READ,
    PROT_WRITE,
    PROT_EXEC,
    MAP_SHARED,
    MAP_PRIVATE,
    MAP_ANON,
    MS_SYNC,
    MS_ASYNC,
    MS_INVALIDATE,
    MADV_NORMAL,
    MADV_RANDOM,
    MADV_SEQUENTIAL,
    MADV_WILLNEED,
    MADV_DONTNEED,
];

/// The standard name, which the libc crate does not have for every system.
const ANONYMOUS: Named = &[("MAP_ANONYMOUS", libc::MAP_ANON as i64)];

#[cfg(any(target_os = "linux", target_os = "android"))]
const OF_THE_SYSTEM: Named = named![
    MAP_DENYWRITE,
    MAP_EXECUTABLE,
    MAP_POPULATE,
    MAP_STACK,
    MAP_NORESERVE,
    MADV_REMOVE,
    MADV_DONTFORK,
    MADV_DOFORK,
    MADV_HWPOISON,
    MADV_SOFT_OFFLINE,
    MADV_MERGEABLE,
    MADV_UNMERGEABLE,
    MADV_HUGEPAGE,
    MADV_NOHUGEPAGE,
    MADV_DONTDUMP,
    MADV_DODUMP,
    MADV_FREE,
];

#[cfg(target_os = "macos")]
const OF_THE_SYSTEM: Named = &[
    ("MAP_NORESERVE", libc::MAP_NORESERVE as i64),
    ("MAP_NOEXTEND", libc::MAP_NOEXTEND as i64),
    ("MAP_HASSEMAPHORE", libc::MAP_HASSEMAPHORE as i64),
    ("MAP_NOCACHE", libc::MAP_NOCACHE as i64),
    ("MAP_JIT", libc::MAP_JIT as i64),
    // From <sys/mman.h>; the libc crate has no names for these.
    ("MAP_RESILIENT_CODESIGN", 0x2000),
    ("MAP_RESILIENT_MEDIA", 0x4000),
    ("MAP_32BIT", 0x8000),
    ("MAP_TRANSLATED_ALLOW_EXECUTE", 0x2_0000),
    ("MAP_UNIX03", 0x4_0000),
    ("MAP_TPRO", 0x8_0000),
    ("MADV_FREE", libc::MADV_FREE as i64),
    ("MADV_FREE_REUSABLE", libc::MADV_FREE_REUSABLE as i64),
    ("MADV_FREE_REUSE", libc::MADV_FREE_REUSE as i64),
];

#[cfg(target_os = "freebsd")]
const OF_THE_SYSTEM: Named = named![
    MAP_STACK,
    MAP_ALIGNED_SUPER,
    MADV_FREE,
    MADV_NOSYNC,
    MADV_AUTOSYNC,
    MADV_NOCORE,
    MADV_CORE,
    MADV_PROTECT,
];

#[cfg(target_os = "openbsd")]
const OF_THE_SYSTEM: Named = &[
    ("MAP_STACK", libc::MAP_STACK as i64),
    // From <sys/mman.h>; the libc crate has no name for it.
    ("MAP_CONCEAL", 0x8000),
    ("MADV_FREE", libc::MADV_FREE as i64),
];

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "freebsd",
    target_os = "openbsd"
)))]
const OF_THE_SYSTEM: Named = named![MADV_FREE];

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    any(target_arch = "x86", target_arch = "x86_64")
))]
const OF_THE_PROCESSOR: Named = named![MAP_32BIT];

#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    any(target_arch = "x86", target_arch = "x86_64")
)))]
const OF_THE_PROCESSOR: Named = &[];

/// Constants of newer kernels, which no stdlib module has. `MAP_FIXED` and similar flags are
/// refused, so they are missing, and so is a size of huge pages that does not fit into an int
/// (16 GiB).
#[cfg(any(target_os = "linux", target_os = "android"))]
const BEYOND_THE_STDLIB: Named = &[
    ("MADV_COLD", libc::MADV_COLD as i64),
    ("MADV_PAGEOUT", libc::MADV_PAGEOUT as i64),
    ("MADV_POPULATE_READ", libc::MADV_POPULATE_READ as i64),
    ("MADV_POPULATE_WRITE", libc::MADV_POPULATE_WRITE as i64),
    // The kernel's number; not every C library's headers have it.
    ("MADV_COLLAPSE", 25),
    ("MADV_WIPEONFORK", libc::MADV_WIPEONFORK as i64),
    ("MADV_KEEPONFORK", libc::MADV_KEEPONFORK as i64),
    ("MAP_LOCKED", libc::MAP_LOCKED as i64),
    ("MAP_NONBLOCK", libc::MAP_NONBLOCK as i64),
    ("MAP_SHARED_VALIDATE", 3),
    ("MAP_SYNC", 0x8_0000),
    ("MAP_HUGETLB", libc::MAP_HUGETLB as i64),
    ("MAP_HUGE_SHIFT", 26),
    ("MAP_HUGE_MASK", 0x3f),
    ("MAP_HUGE_64KB", 16 << 26),
    ("MAP_HUGE_512KB", 19 << 26),
    ("MAP_HUGE_1MB", 20 << 26),
    ("MAP_HUGE_2MB", 21 << 26),
    ("MAP_HUGE_8MB", 23 << 26),
    ("MAP_HUGE_16MB", 24 << 26),
    ("MAP_HUGE_32MB", 25 << 26),
    ("MAP_HUGE_256MB", 28 << 26),
    ("MAP_HUGE_512MB", 29 << 26),
    ("MAP_HUGE_1GB", 30 << 26),
    ("MAP_HUGE_2GB", 31 << 26),
];

#[cfg(not(any(target_os = "linux", target_os = "android")))]
const BEYOND_THE_STDLIB: Named = &[];
