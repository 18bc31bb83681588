//! The owner's choice, and the record of faults: atomics, which the signal handler reads and
//! writes.
//!
//! # Safety
//!
//! * K1: `HOOK` is null or was stored from a `Hook`.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering};

use sigbus_guard::GuardedRegion;

use super::file::OpenFile;
use crate::ironmap::{Fault, Hook, OnFault};

/// The owner's choice, plus one; 0 until it is read.
static CHOICE: AtomicU8 = AtomicU8::new(UNREAD);
const UNREAD: u8 = 0;

/// The number of faults.
static FAULTS: AtomicU64 = AtomicU64::new(0);

static HOOK: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// The first fault since the last report.
static RECORD: Record = Record::new();

/// Reads the environment, unless it was read or the program has chosen.
#[cold]
fn read_choice() -> OnFault {
    let zeros = std::env::var_os("IRONMAP_ON_FAULT").is_some_and(|value| value == "zeros");
    let choice = if zeros {
        OnFault::Zeros
    } else {
        OnFault::Abort
    };
    let _ = CHOICE.compare_exchange(
        UNREAD,
        choice as u8 + 1,
        Ordering::Relaxed,
        Ordering::Relaxed,
    );
    choice_in_handler()
}

/// Returns the owner's choice. Called at each map of a file, so that it is read before a fault.
pub(super) fn choice() -> OnFault {
    match CHOICE.load(Ordering::Relaxed) {
        UNREAD => read_choice(),
        _ => choice_in_handler(),
    }
}

pub(crate) fn set_choice(choice: OnFault) {
    CHOICE.store(choice as u8 + 1, Ordering::Relaxed);
}

/// Returns the choice as far as it is known.
pub(super) fn choice_in_handler() -> OnFault {
    if CHOICE.load(Ordering::Relaxed) == OnFault::Zeros as u8 + 1 {
        OnFault::Zeros
    } else {
        OnFault::Abort
    }
}

pub(crate) fn set_hook(hook: Hook) {
    HOOK.store(hook as *mut (), Ordering::Release);
}

pub(super) fn hook() -> Option<Hook> {
    let hook = HOOK.load(Ordering::Acquire);
    if hook.is_null() {
        return None;
    }
    // SAFETY: K1.
    Some(unsafe { std::mem::transmute::<*mut (), Hook>(hook) })
}

pub(crate) fn faults() -> u64 {
    FAULTS.load(Ordering::Acquire)
}

/// Records a fault. Runs in the signal handler.
pub(super) fn record(fault: &Fault<'_>) {
    FAULTS.fetch_add(1, Ordering::Release);
    RECORD.put(fault);
}

/// Takes the first fault since the last call.
pub(crate) fn check() -> Option<Fault<'static>> {
    RECORD.take()
}

/// Returns the size of the file now, if the descriptor that it was mapped by is still of it.
pub(super) fn size_now(region: &GuardedRegion) -> Option<u64> {
    let mapped = region.file?;
    let now = OpenFile::of(mapped.fd).ok()?;
    (now.guarded() == mapped).then(|| now.size())
}

/// Describes a fault that the guard has found, with the path that the descriptor has now.
pub(super) fn describe(
    region: &GuardedRegion,
    fault: &sigbus_guard::Fault,
    padding: usize,
) -> Fault<'static> {
    let descriptor = region.file.map(|file| file.fd);
    let size = size_now(region);
    let link = descriptor.map(|fd| format!("/proc/self/fd/{fd}"));
    // Only a descriptor that is still the file's tells its path.
    let path = size
        .and(link)
        .and_then(|link| std::fs::read_link(link).ok());
    Fault {
        path: path.map(Cow::Owned),
        descriptor,
        file_offset: region.file_offset + (padding + fault.at) as u64,
        file_size: size,
    }
}

/// The longest path.
const PATH: usize = libc::PATH_MAX as usize;

/// One fault, in atomics. A handler fills an empty record; a report empties a full one.
struct Record {
    state: AtomicU8,
    descriptor: AtomicI32,
    file_offset: AtomicU64,
    /// `u64::MAX` if it is not known.
    file_size: AtomicU64,
    path_len: AtomicUsize,
    path: [AtomicU8; PATH],
    /// One report at a time.
    reports: Mutex<()>,
}

const EMPTY: u8 = 0;
const BUSY: u8 = 1;
const FULL: u8 = 2;

/// No descriptor.
const NONE: i32 = -1;

impl Record {
    const fn new() -> Record {
        Record {
            state: AtomicU8::new(EMPTY),
            descriptor: AtomicI32::new(NONE),
            file_offset: AtomicU64::new(0),
            file_size: AtomicU64::new(u64::MAX),
            path_len: AtomicUsize::new(0),
            path: [const { AtomicU8::new(0) }; PATH],
            reports: Mutex::new(()),
        }
    }

    /// Waits for nothing: a fault that finds the record full is not the first.
    fn put(&self, fault: &Fault<'_>) {
        let claimed =
            self.state
                .compare_exchange(EMPTY, BUSY, Ordering::Acquire, Ordering::Relaxed);
        if claimed.is_err() {
            return;
        }
        let path = fault.path.as_deref().unwrap_or(Path::new(""));
        let path = path.as_os_str().as_bytes();
        for (place, &byte) in self.path.iter().zip(path) {
            place.store(byte, Ordering::Relaxed);
        }
        let path_len = path.len().min(self.path.len());
        self.path_len.store(path_len, Ordering::Relaxed);
        let descriptor = fault.descriptor.unwrap_or(NONE);
        self.descriptor.store(descriptor, Ordering::Relaxed);
        self.file_offset.store(fault.file_offset, Ordering::Relaxed);
        let file_size = fault.file_size.unwrap_or(u64::MAX);
        self.file_size.store(file_size, Ordering::Relaxed);
        self.state.store(FULL, Ordering::Release);
    }

    fn take(&self) -> Option<Fault<'static>> {
        // Keeps what the caller has read before it in front of the look.
        std::sync::atomic::fence(Ordering::Acquire);
        if self.state.load(Ordering::Acquire) != FULL {
            return None;
        }
        let _alone = self
            .reports
            .lock()
            .unwrap_or_else(|error| error.into_inner());
        if self.state.load(Ordering::Acquire) != FULL {
            return None;
        }
        let len = self.path_len.load(Ordering::Relaxed);
        let bytes = self.path.iter().take(len);
        let path: Vec<u8> = bytes.map(|byte| byte.load(Ordering::Relaxed)).collect();
        let path = (len > 0).then(|| Cow::Owned(PathBuf::from(OsString::from_vec(path))));
        let descriptor = self.descriptor.load(Ordering::Relaxed);
        let file_size = self.file_size.load(Ordering::Relaxed);
        let fault = Fault {
            path,
            descriptor: (descriptor != NONE).then_some(descriptor),
            file_offset: self.file_offset.load(Ordering::Relaxed),
            file_size: (file_size != u64::MAX).then_some(file_size),
        };
        self.state.store(EMPTY, Ordering::Release);
        Some(fault)
    }
}
