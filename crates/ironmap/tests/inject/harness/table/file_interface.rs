//! The file interface, and errors.

use std::io::{self, Read, Seek, SeekFrom, Write};

use ironmap::raw::{LineWindow, Matches, Reserved};
use ironmap::{Cursor, MmapOptions, Needles};

use super::ok;
use crate::harness::points::{Excuse, Of, Row};
use crate::harness::subject::{Failed, Got, LEN, Subject, text};

fn cursor() -> Subject {
    let mut made = Subject::shared();
    let mut cursor = Cursor::new(made.take_map().unwrap());
    cursor.set_position(5000).unwrap();
    made.cursor = Some(cursor);
    made
}

fn failed() -> Subject {
    let mut made = Subject::nothing();
    made.error = MmapOptions::new().open(&made.path).err();
    made
}

fn things() -> Subject {
    let mut made = Subject::mapped(&MmapOptions::new(), &text(LEN));
    made.needles = Some(Needles::new(["words"]).unwrap());
    made.window = Some(LineWindow::new(0..LEN));
    made.matches = Some(Matches::new(b"line", 0..LEN).unwrap());
    made
}

/// A buffer for text that needs no allocation.
struct Page([u8; 4000], usize);

impl std::fmt::Write for Page {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0[self.1..][..text.len()].copy_from_slice(text.as_bytes());
        self.1 += text.len();
        Ok(())
    }
}

fn say(text: std::fmt::Arguments<'_>) -> usize {
    let mut page = Page([0; 4000], 0);
    std::fmt::Write::write_fmt(&mut page, text).unwrap();
    page.1
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        Row::new("Cursor::read", "", cursor, |s| {
            let mut room = [0; 100];
            ok(s.cursor.as_mut().unwrap().read(&mut room))
        }),
        Row::new("Cursor::read_to_end", "", cursor, |s| {
            let mut all = Vec::new();
            ok(s.cursor
                .as_mut()
                .unwrap()
                .read_to_end(&mut all)
                .map(|_| all))
        }),
        Row::new("Cursor::read_line", "", cursor, |s| {
            let mut line = Vec::new();
            ok(s.cursor
                .as_mut()
                .unwrap()
                .read_line(&mut line)
                .map(|_| line))
        }),
        Row::new("Cursor::write", "", cursor, |s| {
            ok(s.cursor.as_mut().unwrap().write(&[7; 3000]))
        }),
        Row::new("Cursor::seek", "", cursor, |s| {
            ok(s.cursor.as_mut().unwrap().seek(SeekFrom::End(-7)))
        }),
        Row::new("Cursor::seek", "before the start", cursor, |s| {
            ok(s.cursor.as_mut().unwrap().seek(SeekFrom::Current(-7000)))
        }),
        Row::new("Cursor::set_position", "past the end", cursor, |s| {
            ok(s.cursor.as_mut().unwrap().set_position(LEN + 1))
        }),
        Row::new("Lines::next", "", cursor, |s| {
            let mut lines = Cursor::new(&*s.map()).lines();
            let mut count = 0usize;
            lines.try_for_each(|line| line.map(|_| count += 1))?;
            Ok(count.into())
        })
        .also(&["Cursor::lines"]),
    ];
    rows.extend(errors());
    rows
}

fn errors() -> Vec<Row> {
    fn text_of(s: &Subject) -> &ironmap::Error {
        s.error.as_ref().unwrap()
    }
    vec![
        Row::new("Error::clone", "", failed, |s| {
            Ok(text_of(s).clone().into())
        })
        .excuses(&[Excuse {
            call: None,
            of: Of::Result,
            reason: "without memory for an error it is an out-of-memory error",
        }]),
        Row::new("std::io::error::Error::from", "", failed, |s| {
            let error = s.error.take().unwrap();
            s.error = MmapOptions::new().len(1).open("").err();
            Err(Failed::Std(io::Error::from(error)))
        }),
        Row::new("Error::fmt", "for people", failed, |s| {
            Ok(say(format_args!("{}", text_of(s))).into())
        }),
        Row::new("Error::fmt", "for programmers", failed, |s| {
            Ok(say(format_args!("{:?}", text_of(s))).into())
        }),
        Row::new("Mmap::fmt", "", things, |s| {
            let map = &*s.map();
            let places = map.find_iter(b"line", ..)?;
            let (lines, iterator) = (map.lines(..)?, map.reader().lines());
            say(format_args!("{map:?} {:?} {places:?}", map.reader()));
            say(format_args!(
                "{lines:?} {iterator:?} {:?}",
                MmapOptions::new()
            ));
            Ok(Got::Something)
        })
        .also(&[
            "Cursor::fmt",
            "FindIter::fmt",
            "LineReader::fmt",
            "Lines::fmt",
            "MmapOptions::fmt",
        ]),
        Row::new("Needles::fmt", "", things, |s| {
            say(format_args!("{:?} {:?}", s.needles, s.window));
            say(format_args!("{:?} {:?}", s.matches, Reserved::default()));
            Ok(Got::Something)
        })
        .also(&["LineWindow::fmt", "Matches::fmt", "Reserved::fmt"]),
    ]
}
