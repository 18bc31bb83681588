//! Flushing, advice and pages in memory.
//!
//! # Safety
//!
//! All advice keeps the pages accessible.
#![allow(unsafe_code)]

use ironmap::raw::MmapExt;
use ironmap::{Access, Advice, Mmap, MmapOptions};

use super::ok;
use crate::harness::calls::Call;
use crate::harness::points::{Excuse, Of, Row};
use crate::harness::subject::{Got, LEN, Subject, text};

fn memory() -> Subject {
    Subject::with(Mmap::anonymous(LEN).unwrap())
}

fn reading() -> Subject {
    Subject::mapped(&MmapOptions::new(), &text(LEN))
}

fn locked() -> Subject {
    let mut made = Subject::shared();
    made.map().lock(..).unwrap();
    made
}

const UNKNOWN: &[Excuse] = &[Excuse {
    call: Some(Call::Madvise),
    of: Of::Result,
    reason: "advice that the system refuses is not supported",
}];

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = of_maps();
    rows.extend(of_protection());
    rows.push(
        Row::new("Advice::is_supported", "", Subject::nothing, |_| {
            Ok(Advice::WillNeed.is_supported().into())
        })
        .excuses(UNKNOWN),
    );
    rows
}

fn of_protection() -> Vec<Row> {
    vec![
        Row::new("Mmap::protect", "", Subject::shared, |s| {
            ok(s.map().protect(Access::Read))
        }),
        Row::new("Mmap::make_exec", "", Subject::shared, |s| {
            ok(s.map().make_exec())
        }),
        Row::new("Mmap::protect", "of the other kind", memory, |s| {
            ok(s.map().protect(Access::Write))
        }),
    ]
}

fn of_maps() -> Vec<Row> {
    vec![
        Row::new("Mmap::flush", "", Subject::shared, |s| {
            ok(s.map().flush(..))
        }),
        Row::new("Mmap::flush_async", "", Subject::shared, |s| {
            ok(s.map().flush_async(..))
        }),
        Row::new("Mmap::flush_raw", "", Subject::shared, |s| {
            ok(s.map().flush_raw(libc::MS_SYNC, ..))
        }),
        Row::new("Mmap::advise", "", Subject::shared, |s| {
            ok(s.map().advise(Advice::Random, ..))
        }),
        Row::new("Mmap::advise", "for now", Subject::shared, |s| {
            ok(s.map().advise(Advice::WillNeed, ..))
        }),
        Row::new("Mmap::advise", "not for children", Subject::shared, |s| {
            ok(s.map().advise(Advice::DontFork, ..))
        }),
        Row::new("Mmap::advise_raw", "", Subject::shared, |s| {
            // SAFETY: the pages stay.
            ok(unsafe { s.map().advise_raw(libc::MADV_SEQUENTIAL, ..) })
        }),
        Row::new("Mmap::advise_raw", "not for children", memory, |s| {
            // SAFETY: the pages stay.
            ok(unsafe { s.map().advise_raw(libc::MADV_DONTFORK, ..) })
        }),
        Row::new("Mmap::advise_raw", "unknown", memory, |s| {
            // SAFETY: the system refuses it.
            ok(unsafe { s.map().advise_raw(12345, ..) })
        }),
        Row::new("Mmap::set_name", "", memory, |s| {
            ok(s.map().set_name(c"name"))
        }),
        Row::new("Mmap::populate", "", reading, |s| ok(s.map().populate(..))),
        Row::new("Mmap::populate", "memory", memory, |s| {
            ok(s.map().populate(..))
        }),
        Row::new("Mmap::resident", "", reading, |s| {
            ok(s.map().resident(..).map(|_| Got::Something))
        }),
        Row::new("Mmap::resident_pages", "", reading, |s| {
            ok(s.map().resident_pages(..).map(|pages| pages.len()))
        }),
        Row::new("Mmap::lock", "", Subject::shared, |s| ok(s.map().lock(..))),
        Row::new("Mmap::unlock", "", locked, |s| ok(s.map().unlock(..))),
        Row::new("Mmap::drop_pages", "", reading, |s| {
            ok(s.map().drop_pages(..))
        }),
        Row::new("Mmap::drop_pages", "memory", memory, |s| {
            ok(s.map().drop_pages(..))
        }),
    ]
}
