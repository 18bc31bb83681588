//! Writing bytes.
//!
//! # Safety
//!
//! Pointers are into arrays that are long enough.
#![allow(unsafe_code)]

use std::ops::Range;

use ironmap::raw::{AtomicExt, MmapExt};
use ironmap::{Access, Mmap, MmapOptions};

use super::ok;
use crate::harness::points::Row;
use crate::harness::subject::{LEN, Subject, text};

fn reading() -> Subject {
    Subject::mapped(&MmapOptions::new(), &text(LEN))
}

fn private() -> Subject {
    Subject::mapped(&MmapOptions::new().access(Access::Copy), &text(LEN))
}

fn memory() -> Subject {
    Subject::with(Mmap::anonymous(LEN).unwrap())
}

/// Bytes across the end of a page.
const BYTES: [u8; 6000] = [7; 6000];

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        Row::new("Mmap::set_byte", "", Subject::shared, |s| {
            ok(s.map().set_byte(5000, 7))
        }),
        Row::new("Mmap::set_byte", "read only", reading, |s| {
            ok(s.map().set_byte(5000, 7))
        }),
        Row::new("Mmap::write_at", "", Subject::shared, |s| {
            ok(s.map().write_at(100, &BYTES))
        }),
        Row::new("Mmap::write_at", "private", private, |s| {
            ok(s.map().write_at(100, &BYTES))
        }),
        Row::new("Mmap::write_at", "past the end", Subject::shared, |s| {
            ok(s.map().write_at(LEN - 1, &BYTES))
        }),
        Row::new("Mmap::fill", "", Subject::shared, |s| {
            ok(s.map().fill(7, 100..9000))
        }),
        Row::new("Mmap::copy_within", "", Subject::shared, |s| {
            ok(s.map().copy_within(100..9000, 200))
        }),
        Row::new("Mmap::copy_within", "of memory", memory, |s| {
            ok(s.map().copy_within(100..9000, 200))
        }),
        Row::new("Mmap::write_strided", "", Subject::shared, |s| {
            ok(s.map().write_strided(9000, -100, &BYTES[..50]))
        }),
        Row::new("Mmap::read_to_ptr", "", Subject::shared, |s| {
            let mut room = [0; 100];
            // SAFETY: there is room for so many.
            ok(unsafe { s.map().read_to_ptr(0, room.as_mut_ptr(), 100) })
        }),
        Row::new("Mmap::write_from_ptr", "", Subject::shared, |s| {
            // SAFETY: so many can be read.
            ok(unsafe { s.map().write_from_ptr(100, BYTES.as_ptr(), 6000) })
        }),
        Row::new("Mmap::write_strided_from_ptr", "", Subject::shared, |s| {
            // SAFETY: so many can be read.
            ok(unsafe { s.map().write_strided_from_ptr(0, 2, BYTES.as_ptr(), 3000) })
        }),
        Row::new("Mmap::write_strided_from_ptr", "of its own", memory, |s| {
            let from = s.map().as_ptr();
            // SAFETY: so many can be read.
            ok(unsafe { s.map().write_strided_from_ptr(0, 2, from, 3000) })
        }),
    ];
    rows.extend(atomics());
    rows
}

fn atomics() -> Vec<Row> {
    vec![
        Row::new("Mmap::as_atomic_u64", "", Subject::shared, |s| {
            // SAFETY: nothing else accesses the map here.
            unsafe { s.map().as_atomic_u8(..) }?;
            // SAFETY: the same.
            unsafe { s.map().as_atomic_u32(4..8) }?;
            ok(atomic_count(s, 8..16))
        })
        .also(&["Mmap::as_atomic_u8", "Mmap::as_atomic_u32"]),
        Row::new("Mmap::as_atomic_u64", "unaligned", Subject::shared, |s| {
            ok(atomic_count(s, 1..9))
        }),
        Row::new("Mmap::as_atomic_u64", "read only", reading, |s| {
            ok(atomic_count(s, 8..16))
        }),
        Row::new("Mmap::load", "", reading, |s| ok(s.map().load::<u64>(8))),
        Row::new("Mmap::load", "unaligned", reading, |s| {
            ok(s.map().load::<u64>(9))
        }),
        Row::new("Mmap::store", "", Subject::shared, |s| {
            // SAFETY: nothing refers to the number.
            ok(unsafe { s.map().store(5000, 7_u64) })
        }),
        Row::new("Mmap::store", "read only", reading, |s| {
            // SAFETY: nothing refers to the number.
            ok(unsafe { s.map().store(5000, 7_u64) })
        }),
        Row::new("Mmap::fetch_add", "", Subject::shared, |s| {
            // SAFETY: nothing refers to the number.
            ok(unsafe { s.map().fetch_add(5000, 7_u64) })
        }),
        Row::new("Mmap::compare_exchange", "", Subject::shared, |s| {
            // SAFETY: nothing refers to the number.
            ok(unsafe { s.map().compare_exchange(5000, 0_u64, 7) })
        }),
    ]
}

fn atomic_count(s: &mut Subject, range: Range<usize>) -> ironmap::Result<usize> {
    // SAFETY: nothing else accesses the map here.
    unsafe { s.map().as_atomic_u64(range) }.map(<[_]>::len)
}
