//! The public face of the guard against SIGBUS: its state, and the calls that install it and
//! switch it off.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod switch;

use crate::error::Result;

pub(crate) use switch::is_on;

/// The state of the guard against faults, as [`fault_guard`] returns it.
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
    /// SIGBUS has another action than the handler of this crate. That action decides about a
    /// fault, until [`ensure_fault_guard`] or the next map installs the handler again.
    Replaced,
    /// This thread blocks SIGBUS: a fault ends the process.
    Blocked,
    /// The guard is switched off: `IRONMAP_FAULT_GUARD=0`, or [`disable_fault_guard`].
    Off,
}

/// Returns the state of the guard against faults for the calling thread.
///
/// Calls `sigaction` and `pthread_sigmask`, and changes nothing. On Windows, where a fault is an
/// exception, the guard is always [`Active`](FaultGuard::Active) on x86-64, and
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

/// Installs the guard for the calling thread, and returns its state before.
///
/// Installs the handler of this crate for SIGBUS on top of the present handler
/// (`sigaction`), and unblocks SIGBUS in the calling thread (`pthread_sigmask`). SIGBUS
/// that was sent while it was blocked is delivered then. Call it in a thread or a forked
/// child in which a framework has installed a handler of its own or blocked signals.
/// It may be called before the first map, and any number of times. On Windows it does nothing.
///
/// # Errors
///
/// [`FaultGuard`](crate::ErrorKind::FaultGuard): the guard is switched off, or other handlers,
/// eight different ones with the one from before the first map, have replaced it and this is a
/// ninth. Nothing has changed then. [`Os`](crate::ErrorKind::Os): the system refuses
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

/// Switches the guard off for the life of the process. SIGBUS is left alone: a fault ends the
/// process, or goes to another handler.
///
/// For programs that handle SIGBUS themselves. It may be called again.
///
/// The environment variable `IRONMAP_FAULT_GUARD=0` does the same. Any other value of it, the
/// empty one included, leaves the guard on. It is read once, when the first map of a file is
/// made or [`ensure_fault_guard`] is first called; until then [`fault_guard`] reads it, too.
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
