//! Reading bytes.

use std::mem::MaybeUninit;

use ironmap::raw::MmapExt;
use ironmap::{Mmap, MmapOptions};

use super::ok;
use crate::harness::calls::Call;
use crate::harness::points::{Excuse, Of, Row};
use crate::harness::subject::{Got, LEN, Said, Subject, sum, text};

fn reading() -> Subject {
    let mut made = Subject::mapped(&MmapOptions::new(), &text(LEN));
    made.room = vec![0; LEN];
    made
}

const NO_PROC: &[Excuse] = &[Excuse {
    call: Some(Call::Open),
    of: Of::Error,
    reason: "ENOENT: without /proc there is no such descriptor",
}];

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new("Mmap::byte", "", reading, |s| ok(s.map().byte(5000))),
        Row::new("Mmap::byte", "past the end", reading, |s| {
            ok(s.map().byte(LEN))
        }),
        Row::new("Mmap::try_byte", "", reading, |s| {
            Ok(s.map().try_byte(5000).map(usize::from).into())
        }),
        Row::new("Mmap::read_at", "", reading, |s| {
            read_into(s, |map, room| map.read_at(0, room))
        }),
        Row::new("Mmap::read_uninit_at", "", reading, |s| {
            let mut room = [MaybeUninit::uninit(); 100];
            ok(s.map().read_uninit_at(0, &mut room))
        }),
        Row::new("Mmap::read_array", "", reading, |s| {
            ok(s.map().read_array(4090).map(u64::from_le_bytes))
        }),
        Row::new("Mmap::to_vec", "", reading, |s| ok(s.map().to_vec(..))),
        Row::new("Mmap::to_vec", "past the end", reading, |s| {
            ok(s.map().to_vec(90..LEN + 1))
        }),
        Row::new("Mmap::with_ptr", "", reading, |s| {
            ok(s.map().with_ptr(0, 10, |_| ()))
        }),
        Row::new("Mmap::read_strided", "", reading, |s| {
            let mut room = [MaybeUninit::uninit(); 100];
            ok(s.map().read_strided(LEN - 1, -50, &mut room))
        }),
        Row::new("Mmap::size", "", reading, |s| ok(s.map().size())),
        Row::new("Mmap::kept_descriptor", "", reading, |s| {
            ok(s.map().kept_descriptor().map(|_| ()))
        }),
        Row::new("Mmap::descriptor_at", "the first", reading, |s| {
            ok(s.map().descriptor_at(5000).map(|_| ()))
        })
        .excuses(NO_PROC),
        Row::new(
            "Mmap::descriptor_at",
            "the second",
            second_descriptor,
            |s| ok(s.map().descriptor_at(5000).map(|_| ())),
        ),
        Row::new("Mmap::byte", "the first use", reading, |s| {
            ok(s.map().byte(5000))
        })
        .first_use(),
        Row::new("Mmap::check_guard", "", reading, |s| {
            s.map().check_guard();
            Ok(Got::Nothing)
        })
        .first_use(),
    ]
}

fn read_into(s: &mut Subject, read: impl Fn(&Mmap, &mut [u8]) -> ironmap::Result<()>) -> Said {
    let mut room = std::mem::take(&mut s.room);
    let said = read(s.map(), &mut room);
    let got = sum(&room);
    s.room = room;
    ok(said.map(|()| got))
}

fn second_descriptor() -> Subject {
    let mut made = reading();
    made.map().descriptor_at(0).unwrap();
    made
}
