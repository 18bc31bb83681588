//! Views.

use ironmap::{MmapOptions, View, ViewMut};

use super::ok;
use crate::harness::points::Row;
use crate::harness::subject::{LEN, Subject, text};

fn reading() -> Subject {
    Subject::mapped(&MmapOptions::new(), &text(LEN))
}

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new("Mmap::view", "", reading, |s| {
            let sum = |view: View<'_>| view.bytes().map(u64::from).sum::<u64>();
            ok(s.map().view(.., sum))
        }),
        Row::new("Mmap::view", "past the end", reading, |s| {
            ok(s.map().view(90..LEN + 1, |_| ()))
        }),
        Row::new("Mmap::view", "the first use", reading, |s| {
            let byte = s.map().view(.., |view| view.byte(5000));
            ok(byte.and_then(|byte| byte))
        })
        .first_use(),
        Row::new("View::to_vec", "", reading, |s| {
            let copy = s.map().view(.., |view| view.to_vec());
            ok(copy.and_then(|copy| copy))
        }),
        Row::new("View::byte", "past the end", reading, |s| {
            let byte = s.map().view(.., |view| view.byte(LEN));
            ok(byte.and_then(|byte| byte))
        }),
        Row::new("Mmap::view_mut", "", Subject::shared, |s| {
            let fill = |mut view: ViewMut<'_>| view.fill(7);
            ok(s.map().view_mut(100..9000, fill))
        }),
        Row::new("Mmap::view_mut", "read only", reading, |s| {
            ok(s.map().view_mut(.., |_| ()))
        }),
    ]
}
