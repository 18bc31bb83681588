//! The guard as a program sees it: what it does now, how to put it back, and how to
//! switch it off.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod switch;

use crate::error::Result;

pub(crate) use switch::is_on;

/// What the guard against faults does now: what [`fault_guard`] returns.
///
/// ```
/// use ironmap::{FaultGuard, fault_guard};
///
/// let _map = ironmap::Mmap::open("Cargo.toml")?;
/// # if cfg!(unix) {
/// assert_eq!(fault_guard(), FaultGuard::Active);
/// # }
/// # Ok::<(), ironmap::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultGuard {
    /// A fault that this thread meets is an error.
    Active,
    /// The process has made no map that can fault, so SIGBUS was left alone.
    Idle,
    /// SIGBUS has another action than this crate's handler. What a fault does is
    /// up to that action, until [`ensure_fault_guard`] or the next map takes SIGBUS back.
    Replaced,
    /// This thread blocks SIGBUS: a fault ends the process.
    Blocked,
    /// There is none: `IRONMAP_FAULT_GUARD=0`, or [`disable_fault_guard`].
    Off,
}

/// Returns what the guard against faults does now, for the calling thread.
///
/// `sigaction` and `pthread_sigmask`, which change nothing. On Windows, where a fault is
/// an exception, the guard is always [`Active`](FaultGuard::Active) on x86-64, and
/// [`Off`](FaultGuard::Off) on other processors.
///
/// ```
/// use ironmap::{FaultGuard, fault_guard};
///
/// match fault_guard() {
///     FaultGuard::Active | FaultGuard::Idle => {}
///     other => eprintln!("a fault would not become an error: {other:?}"),
/// }
/// ```
pub fn fault_guard() -> FaultGuard {
    switch::state()
}

/// Puts the guard in place for the calling thread, and returns what it did before.
///
/// Installs this crate's handler for SIGBUS on top of whatever handler is there now
/// (`sigaction`), and unblocks SIGBUS in the calling thread (`pthread_sigmask`). SIGBUS
/// that was sent while it was blocked is delivered then. Call it in a thread or a forked
/// child in which a framework has installed a handler of its own or blocked signals.
/// It may be called before the first map, and any number of times. On Windows it does nothing.
///
/// # Errors
///
/// [`FaultGuard`](crate::ErrorKind::FaultGuard): the guard is switched off, or eight
/// different handlers were found in its place, that from before the first map included, and
/// this is a ninth. Nothing has changed then. [`Os`](crate::ErrorKind::Os): the system refuses
/// `sigaction`; [`OutOfMemory`](crate::ErrorKind::OutOfMemory).
///
/// ```
/// # #[cfg(unix)] {
/// use ironmap::{FaultGuard, ensure_fault_guard, fault_guard};
///
/// let worker = std::thread::spawn(|| {
///     ensure_fault_guard()?;
///     Ok::<_, ironmap::Error>(fault_guard())
/// });
/// assert_eq!(worker.join().unwrap()?, FaultGuard::Active);
/// # }
/// # Ok::<(), ironmap::Error>(())
/// ```
pub fn ensure_fault_guard() -> Result<FaultGuard> {
    switch::ensure()
}

/// Switches the guard off for the life of the process: SIGBUS is left alone, and a fault
/// ends the process or does what another handler makes of it.
///
/// For programs that handle SIGBUS themselves. It may be called again.
///
/// The environment variable `IRONMAP_FAULT_GUARD=0` does the same. Any other value of it, the
/// empty one included, leaves the guard on. It is read once, when the first map of a file is
/// made or [`ensure_fault_guard`] is first called; until then [`fault_guard`] looks at it, too.
/// Windows does not read it.
///
/// # Errors
///
/// [`FaultGuard`](crate::ErrorKind::FaultGuard): it is too late, because the first map of a
/// file was made, or [`ensure_fault_guard`] called, before. On Windows always: the guard takes
/// no signal there.
///
/// ```
/// # #[cfg(unix)] {
/// use ironmap::{FaultGuard, disable_fault_guard, ensure_fault_guard, fault_guard};
///
/// disable_fault_guard()?;
/// let _map = ironmap::Mmap::open("Cargo.toml")?;
/// assert_eq!(fault_guard(), FaultGuard::Off);
/// assert!(ensure_fault_guard().is_err());
/// # }
/// # Ok::<(), ironmap::Error>(())
/// ```
pub fn disable_fault_guard() -> Result<()> {
    switch::disable()
}
