//! Installation of our handler on top of the present one.

use libc::SIGBUS;

use super::action;
use super::handler::ENTRIES;
use super::os::signal;
use super::previous_handlers as previous;
use crate::error::Result;

/// Installs our handler for SIGBUS unless it is installed. Returns false if all
/// [`MAX_HANDLERS`](crate::MAX_HANDLERS) levels are used up and another handler has the signal.
///
/// Other code can replace the handler at any time, so callers repeat this; it costs one system
/// call.
///
/// # Errors
///
/// [`SystemCall`](crate::Error::SystemCall): the system refuses `sigaction` (a filter of system
/// calls does); [`OutOfMemory`](crate::Error::OutOfMemory): no memory for another level.
pub fn ensure_installed() -> Result<bool> {
    // Miri has no signals. A process that is about to end needs no handler.
    if cfg!(miri) || previous::is_ending() {
        return Ok(true);
    }
    previous::forget_abandoned_signal();
    if is_ours(action::handler()?) {
        return Ok(true);
    }
    install()
}

/// Installs our handler on top of the present one.
#[cold]
fn install() -> Result<bool> {
    let mut current = action::current()?;
    while !is_ours(current.sa_sigaction) {
        let Some(level) = previous::level_over(&current, &ENTRIES)? else {
            return Ok(false);
        };
        let found = action::replace(&previous::action_over(&current, ENTRIES[level]));
        let found = found.ok_or_else(action::refused)?;
        if action::is_same(&found, &current) {
            return Ok(true);
        }
        // Another thread has replaced it in between.
        current = found;
    }
    Ok(true)
}

/// Returns whether our handler is installed.
pub fn is_installed() -> bool {
    cfg!(miri) || action::handler().is_ok_and(is_ours)
}

fn is_ours(handler: usize) -> bool {
    ENTRIES
        .iter()
        .any(|&entry| handler == entry as *const () as usize)
}

/// Returns whether this thread blocks SIGBUS.
pub fn is_blocked() -> bool {
    signal::contains(&signal::mask(), SIGBUS)
}

/// Unblocks SIGBUS in this thread; one that is pending is delivered.
pub fn unblock() {
    signal::unblock(SIGBUS);
}
