//! Faults and repairs.

use std::os::unix::fs::FileExt;

use ironmap::{Access, Advice, Error, MmapOptions};

use super::ok;
use crate::harness::PAGE;
use crate::harness::calls::Call;
use crate::harness::points::{Excuse, Of, Row};
use crate::harness::subject::{LEN, Subject, text};

/// The file was cut, and the map not touched since.
fn cut() -> Subject {
    let made = Subject::shared();
    made.file().set_len(PAGE).unwrap();
    made
}

fn cut_private() -> Subject {
    let made = Subject::mapped(&MmapOptions::new().access(Access::Copy), &text(LEN));
    made.file().set_len(PAGE).unwrap();
    made
}

/// The file has its size again, and the map is not restored.
fn damaged() -> Subject {
    let mut made = cut();
    assert!(made.map().byte(5000).unwrap_err().is_fault());
    made.file()
        .write_all_at(&text(LEN)[PAGE as usize..], PAGE)
        .unwrap();
    made
}

fn damaged_and_advised() -> Subject {
    let mut made = Subject::shared();
    made.map().advise(Advice::Random, PAGE as usize..).unwrap();
    made.map().lock(..PAGE as usize).unwrap();
    made.file().set_len(PAGE).unwrap();
    assert!(made.map().byte(5000).unwrap_err().is_fault());
    made.file()
        .write_all_at(&text(LEN)[PAGE as usize..], PAGE)
        .unwrap();
    made
}

const LOCK: &[Excuse] = &[
    Excuse {
        call: Some(Call::Munlock),
        of: Of::State,
        reason: "the refused call was to unlock the pages locked before the fault",
    },
    Excuse {
        call: Some(Call::Mlock2),
        of: Of::Error,
        reason: "the refused call was to check whether mlock failed because of the limit",
    },
];

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new("Mmap::byte", "a fault", cut, |s| ok(s.map().byte(5000))).first_use(),
        Row::new("Mmap::byte", "a private fault", cut_private, |s| {
            ok(s.map().byte(5000))
        })
        .first_use(),
        Row::new("Mmap::write_at", "a fault", cut, |s| {
            ok(s.map().write_at(4000, &[7; 5000]))
        })
        .first_use(),
        Row::new("Mmap::populate", "a fault", cut, |s| {
            ok(s.map().populate(..))
        })
        .first_use(),
        Row::new("Mmap::lock", "a fault", cut, |s| ok(s.map().lock(..)))
            .first_use()
            .excuses(LOCK),
        Row::new("Mmap::count", "a fault", cut, |s| {
            ok(s.map().count(b"line", ..))
        })
        .first_use(),
        Row::new("Mmap::damage", "", damaged, |s| {
            Ok(s.map().damage().is_some().into())
        }),
        Row::new("Error::from", "a fault", damaged, |s| {
            Ok(Error::from(s.map().damage().unwrap()).into())
        })
        .excuses(&[Excuse {
            call: None,
            of: Of::Result,
            reason: "without memory for an error it is an out-of-memory error",
        }]),
        Row::new("Mmap::restore", "", damaged, |s| ok(s.map().restore())),
        Row::new(
            "Mmap::restore",
            "advised and locked",
            damaged_and_advised,
            |s| ok(s.map().restore()),
        ),
        Row::new("Mmap::restore", "the file still short", cut, |s| {
            let _ = s.map().byte(5000);
            ok(s.map().restore())
        })
        .first_use(),
        Row::new("Mmap::resize", "damaged", damaged, |s| {
            ok(s.map().resize(20_000))
        })
        .excuses(&[Excuse {
            call: None,
            of: Of::State,
            reason: "the damage is restored first, and stays restored",
        }]),
    ]
}
