//! The time of the last look at the handler for SIGBUS.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A program that makes one map after the other looks once in this time: the look is a system call,
/// a tenth of the time of a map.
const PERIOD: Duration = Duration::from_millis(1);

/// Installs the handler, or puts it back if other code has replaced it.
pub(super) fn ensure_installed() -> sigbus_guard::Result<()> {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    /// In nanoseconds from `BEGIN` on.
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let now = BEGIN.get_or_init(Instant::now).elapsed();
    if (now.as_nanos() as u64) < NEXT.load(Ordering::Relaxed) {
        return Ok(());
    }
    sigbus_guard::ensure_installed()?;
    let next = (now + PERIOD).as_nanos() as u64;
    NEXT.store(next, Ordering::Relaxed);
    Ok(())
}
