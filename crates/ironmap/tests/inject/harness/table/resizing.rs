//! Resizes.

use ironmap::raw::MmapExt;
use ironmap::{Access, Advice, Mmap, MmapOptions};

use super::ok;
use crate::harness::PAGE;
use crate::harness::points::{Excuse, Of, Row};
use crate::harness::subject::{LEN, Subject, text};

fn memory() -> Subject {
    let mut map = Mmap::anonymous(LEN).unwrap();
    map.write_at(0, &text(LEN)).unwrap();
    Subject::with(map)
}

fn lent() -> Subject {
    let mut made = Subject::shared();
    made.map().lend_address();
    made
}

/// A lent map that has been longer.
fn lent_and_cut() -> Subject {
    let mut made = lent();
    made.map().resize(100_000).unwrap();
    made.map().resize(LEN).unwrap();
    made
}

fn lent_memory() -> Subject {
    let mut made = memory();
    made.map().lend_address();
    made
}

fn lent_and_cut_memory() -> Subject {
    let mut made = lent_memory();
    made.map().resize(100_000).unwrap();
    made.map().resize(LEN).unwrap();
    made
}

/// Two kinds of advice make two areas, which `mremap` cannot grow.
fn advised() -> Subject {
    let mut made = Subject::shared();
    made.map().advise(Advice::Random, PAGE as usize..).unwrap();
    made
}

fn empty() -> Subject {
    Subject::mapped(&MmapOptions::new().access(Access::Write), b"")
}

fn appended_to() -> Subject {
    let made = Subject::shared();
    made.file().set_len(30_000).unwrap();
    made
}

fn cut_to_a_page() -> Subject {
    let made = Subject::shared();
    made.file().set_len(PAGE).unwrap();
    made
}

/// Excuses of maps with lent addresses.
pub(crate) const UNREMEMBERED: &[Excuse] = &[
    Excuse {
        call: None,
        of: Of::Leak,
        reason: "without memory to remember lent addresses, they stay zeros for ever",
    },
    Excuse {
        call: None,
        of: Of::Result,
        reason: "so no lent addresses are remembered",
    },
];

fn start_of_file() -> Subject {
    Subject::mapped(&MmapOptions::new().len(5000), &text(LEN))
}

pub(crate) fn rows() -> Vec<Row> {
    let longer = |s: &mut Subject| ok(s.map().resize(50_000));
    let shorter = |s: &mut Subject| ok(s.map().resize(3000));
    vec![
        Row::new("Mmap::resize", "longer", Subject::shared, longer),
        Row::new("Mmap::resize", "shorter", Subject::shared, shorter),
        Row::new("Mmap::resize", "to nothing", Subject::shared, |s| {
            ok(s.map().resize(0))
        }),
        Row::new("Mmap::resize", "from nothing", empty, longer),
        Row::new("Mmap::resize", "appended to", appended_to, |s| {
            ok(s.map().resize(20_000))
        }),
        Row::new("Mmap::resize", "longer, advised", advised, longer),
        Row::new("Mmap::resize", "longer, lent", lent, longer).excuses(UNREMEMBERED),
        Row::new("Mmap::resize", "shorter, lent", lent, shorter).excuses(UNREMEMBERED),
        Row::new("Mmap::resize", "longer again, lent", lent_and_cut, longer),
        Row::new("Mmap::resize", "memory longer", memory, longer),
        Row::new("Mmap::resize", "memory shorter", memory, shorter),
        Row::new("Mmap::resize", "memory longer, lent", lent_memory, longer).excuses(UNREMEMBERED),
        Row::new(
            "Mmap::resize",
            "memory longer again, lent",
            lent_and_cut_memory,
            longer,
        ),
        Row::new("Mmap::resize", "too long", memory, |s| {
            ok(s.map().resize(usize::MAX / 2))
        }),
        Row::new("Mmap::resize_reserved", "longer", Subject::shared, |s| {
            ok(s.map().resize_reserved(50_000))
        }),
        Row::new("Mmap::resize_reserved", "memory", memory, |s| {
            ok(s.map().resize_reserved(50_000))
        }),
        Row::new("Mmap::refresh", "longer", appended_to, |s| {
            ok(s.map().refresh())
        }),
        Row::new("Mmap::refresh", "shorter", cut_to_a_page, |s| {
            ok(s.map().refresh())
        }),
        Row::new("Mmap::refresh_in_place", "longer", appended_to, |s| {
            ok(s.map().refresh_in_place())
        }),
        Row::new("Mmap::remap", "longer", start_of_file, |s| {
            ok(s.map().remap(LEN))
        }),
        Row::new("Mmap::remap", "shorter", Subject::shared, |s| {
            ok(s.map().remap(100))
        }),
        Row::new("Mmap::remap", "past the end", Subject::shared, |s| {
            ok(s.map().remap(LEN + 1))
        }),
        Row::new("Reserved::first_use", "", retired, |s| {
            Ok(s.map().reserved().first_use().is_some().into())
        }),
    ]
}

fn retired() -> Subject {
    let mut made = lent_and_cut();
    made.map().retire();
    made
}
