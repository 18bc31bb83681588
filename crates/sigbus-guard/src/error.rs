//! Errors that allocate nothing.

use std::fmt;

/// Results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the guard could not be put in place.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A system call failed.
    SystemCall {
        /// The call.
        call: SystemCall,
        /// The number it failed with.
        errno: i32,
    },
    /// There is not enough memory.
    OutOfMemory {
        /// The bytes that were asked for.
        bytes: usize,
    },
}

/// A system call and its arguments.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemCall {
    /// `sigaction(SIGBUS, …)`.
    Sigaction,
    /// `pthread_atfork`.
    AtFork,
    /// `mmap` of anonymous memory.
    Map {
        /// Its length in bytes.
        len: usize,
    },
    /// `madvise`.
    Advise {
        /// Its length in bytes.
        len: usize,
        /// Its advice.
        advice: i32,
    },
}

impl fmt::Display for SystemCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SystemCall::Sigaction => f.write_str("sigaction of SIGBUS"),
            SystemCall::AtFork => f.write_str("pthread_atfork"),
            SystemCall::Map { len } => write!(f, "mmap of {len} bytes at file offset 0"),
            SystemCall::Advise { len, advice } => {
                write!(f, "madvise of {len} bytes with advice {advice}")
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::SystemCall { call, errno } => write!(f, "{call} failed: os error {errno}"),
            Error::OutOfMemory { bytes } => write!(f, "no memory for {bytes} bytes"),
        }
    }
}

impl std::error::Error for Error {}

/// Makes room for `count` more.
#[cfg(all(unix, not(loom)))]
pub(crate) fn reserve<T>(vec: &mut Vec<T>, count: usize) -> Result<()> {
    let bytes = count.saturating_mul(size_of::<T>());
    vec.try_reserve(count)
        .map_err(|_| Error::OutOfMemory { bytes })
}
