//! The numbers of the system's headers.

use crate::constants::Named;

macro_rules! named {
    ($($name:ident),* $(,)?) => {
        &[$((stringify!($name), libc::$name as i64)),*]
    };
}

pub(crate) const GROUPS: [Named; 4] = [EVERYWHERE, ANONYMOUS, OF_THE_SYSTEM, OF_THE_PROCESSOR];

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

/// The same number under its standard name, which not every system's libc
/// crate has.
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
