//! Searches.

use ironmap::{Mmap, MmapOptions, Needles};

use super::ok;
use crate::harness::points::Row;
use crate::harness::subject::{Got, Subject, text};

/// Text over several chunks.
fn lines() -> Subject {
    let mut map = Mmap::anonymous(200_000).unwrap();
    map.write_at(0, &text(600)).unwrap();
    with_needles(map)
}

fn with_needles(map: Mmap) -> Subject {
    let mut made = Subject::with(map);
    let needles = ["words", "another", "never met", "of all"];
    made.needles = Some(Needles::new(needles).unwrap());
    made
}

fn file() -> Subject {
    Subject::mapped(&MmapOptions::new(), &text(20_000))
}

/// Bytes for which a search falls back to copied chunks.
fn alike() -> Subject {
    let mut map = Mmap::anonymous(1 << 19).unwrap();
    map.fill(b'a', ..).unwrap();
    let mut made = Subject::with(map);
    made.room = [vec![b'a'; 3000], vec![b'b'], vec![b'a'; 3000]].concat();
    made
}

/// A map for a search on several cores.
fn large() -> Subject {
    let mut map = Mmap::anonymous(17 << 20).unwrap();
    map.write_at(16 << 20, &text(600)).unwrap();
    Subject::with(map)
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        Row::new("Mmap::find", "", lines, |s| {
            ok(s.map().find(b"the line", ..))
        }),
        Row::new("Mmap::find", "of a file", file, |s| {
            ok(s.map().find(b"never met", ..))
        }),
        Row::new("Mmap::with_ptr_until", "", file, |s| {
            let len = s.map().with_ptr_until(b'\xff', 0..20_000, |_, len| len);
            ok(Ok::<_, ironmap::Error>(len))
        }),
        Row::new("Mmap::rfind", "", lines, |s| {
            ok(s.map().rfind(b"the line", ..))
        }),
        Row::new("Mmap::count", "", lines, |s| ok(s.map().count(b"line", ..))),
        Row::new("Mmap::find_all", "", lines, |s| {
            ok(s.map().find_all(b"line", ..))
        }),
        Row::new("Mmap::find_all_overlapping", "", lines, |s| {
            ok(s.map().find_all_overlapping(b"ss", ..))
        }),
        Row::new("FindIter::next", "", lines, |s| {
            let mut places = s.map().find_iter(b"line", ..)?;
            ok(places.try_fold(0, |sum, place| place.map(|place| sum + place)))
        })
        .also(&["Mmap::find_iter"]),
        Row::new("Mmap::find_any", "", lines, |s| {
            let needles = s.needles.take().unwrap();
            let said = s.map().find_any(&needles, ..);
            s.needles = Some(needles);
            ok(said)
        }),
        Row::new("Needles::new", "", Subject::nothing, |_| {
            ok(Needles::new(["words", "another", "never met"]))
        }),
        Row::new("Needles::new", "one", Subject::nothing, |_| {
            ok(Needles::new(["words"]))
        }),
        Row::new("Needles::new", "none", Subject::nothing, |_| {
            ok(Needles::new([""; 0]))
        }),
        Row::new("Needles::new", "many", many, |s| {
            ok(Needles::new(s.room.chunks(3)))
        }),
        Row::new("Needles::ignoring_ascii_case", "", Subject::nothing, |_| {
            ok(Needles::ignoring_ascii_case(["Words", "another"]))
        }),
        Row::new("Needles::clone", "", lines, |s| {
            Ok(s.needles.as_ref().unwrap().clone().into())
        }),
        Row::new("FindIter::clone", "", lines, |s| {
            let places = s.map().find_iter(b"line", ..)?;
            drop(places.clone());
            Ok(Got::Nothing)
        }),
    ];
    rows.extend(hard());
    rows
}

fn many() -> Subject {
    let mut made = Subject::nothing();
    made.room = text(600);
    made
}

fn hard() -> Vec<Row> {
    vec![
        Row::new("Mmap::find", "in windows", alike, |s| {
            let needle = std::mem::take(&mut s.room);
            let said = s.map().find(&needle, ..);
            s.room = needle;
            ok(said)
        }),
        Row::new("Mmap::rfind", "in windows", alike, |s| {
            let needle = std::mem::take(&mut s.room);
            let said = s.map().rfind(&needle, ..);
            s.room = needle;
            ok(said)
        }),
        Row::new("Mmap::find_all_overlapping", "in windows", alike, |s| {
            let needle = [b'a'; 3000];
            ok(s.map().find_all_overlapping(&needle, ..1 << 16))
        }),
        Row::new("Mmap::count", "on all cores", large, |s| {
            ok(s.map().count(b"line", ..))
        }),
        Row::new("Mmap::find_all", "on all cores", large, |s| {
            ok(s.map().find_all(b"line", ..))
        }),
    ]
}
