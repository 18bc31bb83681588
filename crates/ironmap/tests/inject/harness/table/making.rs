//! Making and dropping maps.
//!
//! # Safety
//!
//! A descriptor number that is not open is borrowed, and the flags replace no mapping.
#![allow(unsafe_code)]

use std::fs::File;
use std::os::fd::{BorrowedFd, FromRawFd};

use ironmap::raw::{MmapExt, MmapOptionsExt};
use ironmap::{Access, Mmap, MmapOptions, disable_fault_guard, ensure_fault_guard, fault_guard};

use super::ok;
use super::resizing::UNREMEMBERED;
use crate::harness::calls::Call;
use crate::harness::points::{Excuse, Of, Row};
use crate::harness::subject::{Got, LEN, Subject, text};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = first();
    rows.extend(files());
    rows.extend(memory());
    rows.extend(refused());
    rows.extend(ends());
    rows
}

fn file() -> Subject {
    Subject::of_file(&text(LEN))
}

const WRITE: MmapOptions = MmapOptions::new().access(Access::Write);

/// Rows in a process that has made no map.
fn first() -> Vec<Row> {
    let open_first = |s: &mut Subject| ok(Mmap::open(&s.path));
    vec![
        Row::new("Mmap::open", "the first map", file, open_first)
            .cold()
            .excuses(FEWER_ZEROS),
        Row::new("Mmap::anonymous", "the first map", file, |_| {
            ok(Mmap::anonymous(LEN))
        })
        .cold(),
        Row::new("ensure_fault_guard", "first", file, |_| {
            ok(ensure_fault_guard())
        })
        .cold()
        .excuses(DECIDED),
        Row::new("disable_fault_guard", "first", file, |_| {
            ok(disable_fault_guard())
        })
        .cold(),
        Row::new("fault_guard", "first", file, |_| Ok(fault_guard().into())).cold(),
    ]
}

const DECIDED: &[Excuse] = &[Excuse {
    call: None,
    of: Of::Repeat,
    reason: "the first call has enabled the guard, which is not installed yet",
}];

const FEWER_ZEROS: &[Excuse] = &[Excuse {
    call: Some(Call::Mmap),
    of: Of::Leak,
    reason: "the handler keeps as many spare pages as the system gives",
}];

const EMPTY: &[Excuse] = &[Excuse {
    call: Some(Call::Mmap),
    of: Of::Error,
    reason: "a virtual file of /proc gives this error, which has the number",
}];

/// A descriptor that is not known to be the file's is not closed (SAFETY.md, S6).
const KEPT: &[Excuse] = &[Excuse {
    call: Some(Call::Fstat),
    of: Of::Leak,
    reason: "a descriptor is not closed if the system does not report its file",
}];

const ASKED: &[Excuse] = &[Excuse {
    call: Some(Call::Sigaction),
    of: Of::Result,
    reason: "if the system does not report the handler, the guard counts as replaced",
}];

fn files() -> Vec<Row> {
    vec![
        Row::new("Mmap::map", "", file, |s| ok(Mmap::map(s.file()))),
        Row::new("Mmap::open", "", file, |s| ok(Mmap::open(&s.path))),
        Row::new("Mmap::open_mut", "", file, |s| ok(Mmap::open_mut(&s.path))),
        Row::new("MmapOptions::map", "for writing", file, |s| {
            ok(WRITE.map(s.file()))
        }),
        Row::new("MmapOptions::map", "private", file, |s| {
            ok(MmapOptions::new().access(Access::Copy).map(s.file()))
        }),
        Row::new("MmapOptions::map", "a part", file, |s| {
            ok(MmapOptions::new().file_offset(5000).len(2000).map(s.file()))
        }),
        Row::new("MmapOptions::map", "untracked", file, |s| {
            ok(MmapOptions::new().track_file(false).map(s.file()))
        }),
        Row::new(
            "MmapOptions::map",
            "an empty file",
            || Subject::of_file(b""),
            |s| ok(WRITE.map(s.file())),
        )
        .excuses(EMPTY),
        Row::new("MmapOptions::map", "space reserved", file, |s| {
            ok(WRITE.reserve_space(true).map(s.file()))
        }),
        Row::new("MmapOptions::map", "a sealed memory file", sealed, |s| {
            ok(Mmap::map(s.file()))
        }),
        Row::new("MmapOptions::map", "a device", device, |s| {
            ok(WRITE.len(LEN).map(s.file()))
        }),
        Row::new("MmapOptions::open", "for writing", file, |s| {
            ok(WRITE.open(&s.path))
        }),
    ]
}

fn sealed() -> Subject {
    let mut made = Subject::nothing();
    // SAFETY: the name is a C string.
    let fd = unsafe { libc::memfd_create(c"sealed".as_ptr(), libc::MFD_ALLOW_SEALING) };
    // SAFETY: memfd_create has just made it.
    let file = unsafe { File::from_raw_fd(fd) };
    file.set_len(LEN as u64).unwrap();
    // SAFETY: this command of fcntl takes a number.
    unsafe { libc::fcntl(fd, libc::F_ADD_SEALS, libc::F_SEAL_SHRINK) };
    made.file = Some(file);
    made
}

fn device() -> Subject {
    let mut made = Subject::nothing();
    let mut options = File::options();
    made.file = Some(options.read(true).write(true).open("/dev/zero").unwrap());
    made
}

fn memory() -> Vec<Row> {
    vec![
        Row::new("Mmap::anonymous", "", Subject::nothing, |_| {
            ok(Mmap::anonymous(LEN))
        }),
        Row::new("MmapOptions::anonymous", "shared", Subject::nothing, |_| {
            ok(WRITE.len(LEN).anonymous())
        }),
        Row::new(
            "MmapOptions::anonymous",
            "huge pages",
            Subject::nothing,
            |_| {
                let flags = libc::MAP_PRIVATE | libc::MAP_HUGETLB;
                // SAFETY: such flags replace nothing.
                let options = unsafe { MmapOptions::new().len(LEN).raw_flags(flags) };
                ok(options.anonymous())
            },
        ),
    ]
}

/// Operations that fail without a refusal.
fn refused() -> Vec<Row> {
    vec![
        Row::new("Mmap::open", "no such file", Subject::nothing, |s| {
            ok(Mmap::open(&s.path))
        }),
        Row::new("Mmap::open", "a zero in the name", Subject::nothing, |_| {
            ok(Mmap::open("a\0b"))
        }),
        Row::new("Mmap::open", "a long name", long_name, |s| {
            ok(Mmap::open(&s.path))
        }),
        Row::new("Mmap::map", "no descriptor", Subject::nothing, |_| {
            // SAFETY: a number that no file has.
            ok(Mmap::map(unsafe { BorrowedFd::borrow_raw(1 << 20) }))
        }),
        Row::new("MmapOptions::map", "past the end", file, |s| {
            ok(MmapOptions::new().file_offset(1 << 40).map(s.file()))
        }),
        Row::new("MmapOptions::open", "past the end", file, |s| {
            ok(MmapOptions::new().len(LEN + 1).open(&s.path))
        }),
        Row::new(
            "MmapOptions::anonymous",
            "no length",
            Subject::nothing,
            |_| ok(MmapOptions::new().anonymous()),
        ),
    ]
}

fn long_name() -> Subject {
    let mut made = Subject::nothing();
    made.path = "x".repeat(2000).into();
    made
}

fn ends() -> Vec<Row> {
    fn private() -> Subject {
        Subject::mapped(&MmapOptions::new().access(Access::Copy), &text(LEN))
    }
    vec![
        Row::new("drop", "", Subject::shared, |s| {
            drop(s.take_map());
            Ok(Got::Nothing)
        })
        .excuses(KEPT),
        Row::new("drop", "private", private, |s| {
            drop(s.take_map());
            Ok(Got::Nothing)
        })
        .excuses(KEPT),
        Row::new("Mmap::retire", "lent", Subject::shared, |s| {
            let mut map = s.take_map().unwrap();
            map.lend_address();
            map.retire();
            Ok(map.reserved().is_empty().into())
        })
        .also(&["Mmap::lend_address"])
        .excuses(UNREMEMBERED),
        Row::new("ensure_fault_guard", "", Subject::shared, |_| {
            ok(ensure_fault_guard())
        })
        .excuses(ASKED),
        Row::new("disable_fault_guard", "in use", Subject::shared, |_| {
            ok(disable_fault_guard())
        }),
        Row::new("fault_guard", "", Subject::shared, |_| {
            Ok(fault_guard().into())
        })
        .excuses(ASKED),
    ]
}
