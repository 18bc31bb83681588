//! Snapshots.

use std::thread;
use std::time::Duration;

use ironmap::{Mmap, MmapOptions, Result, Snapshot};

use super::ok;
use crate::harness::points::Row;
use crate::harness::subject::{LEN, Said, Subject, sum, text};

/// Waits until the file's times show the next change: a snapshot would wait, too.
fn settled(made: Subject) -> Subject {
    thread::sleep(Duration::from_millis(30));
    made
}

fn file() -> Subject {
    settled(Subject::of_file(&text(LEN)))
}

fn mapped() -> Subject {
    settled(Subject::mapped(&MmapOptions::new(), &text(LEN)))
}

fn bytes(snapshot: Result<Snapshot>) -> Said {
    ok(snapshot.map(|bytes| sum(&bytes)))
}

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new("Snapshot::open", "", file, |s| {
            bytes(Snapshot::open(&s.path))
        }),
        Row::new("Mmap::snapshot", "", mapped, |s| {
            bytes(s.map().snapshot(100..9000))
        }),
        Row::new("Mmap::into_snapshot", "a file", file, |s| {
            bytes(Mmap::map(s.file()).and_then(Mmap::into_snapshot))
        }),
        Row::new("Mmap::into_snapshot", "memory", Subject::nothing, |_| {
            bytes(Mmap::anonymous(LEN).and_then(Mmap::into_snapshot))
        }),
    ]
}
