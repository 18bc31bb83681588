//! Searches and lines, part by part.

use ironmap::raw::{LineWindow, Matches};
use ironmap::{Mmap, MmapOptions, Needles};

use super::{Said, ok};
use crate::harness::points::Row;
use crate::harness::subject::{Got, LEN, Subject, text};

/// Short lines, then one that is longer than a window.
fn lines() -> Subject {
    let mut map = Mmap::anonymous(200_000).unwrap();
    map.write_at(0, &text(600)).unwrap();
    Subject::with(map)
}

fn window() -> Subject {
    let mut made = lines();
    made.window = Some(LineWindow::new(0..200_000));
    made
}

/// A window with lines read.
fn read_window() -> Subject {
    let mut made = window();
    let mut window = made.window.take().unwrap();
    assert!(window.read_on(made.map()).unwrap());
    made.window = Some(window);
    made
}

fn file_window() -> Subject {
    let mut made = Subject::mapped(&MmapOptions::new(), &text(LEN));
    made.window = Some(LineWindow::new(0..LEN));
    made
}

fn matches() -> Subject {
    let mut made = lines();
    made.matches = Some(Matches::new(b"line", 0..200_000).unwrap());
    made
}

fn read_on(s: &mut Subject) -> Said {
    let mut window = s.window.take().unwrap();
    let said = window.read_on(s.map());
    s.window = Some(window);
    ok(said)
}

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new("LineReader::next_line", "", lines, |s| {
            let mut lines = s.map().lines(..)?;
            let mut count = 0usize;
            while lines.next_line()?.is_some() {
                count += 1;
            }
            Ok(count.into())
        })
        .also(&["Mmap::lines"]),
        Row::new("Windows::next_window", "", lines, |s| {
            let mut windows = s.map().windows(.., 3000, 100)?;
            let mut count = 0usize;
            while windows.next_window()?.is_some() {
                count += 1;
            }
            Ok(count.into())
        }),
        Row::new("Mmap::windows", "refused", lines, |s| {
            ok(s.map().windows(.., 10, 10).map(|_| ()))
        }),
        Row::new("LineWindow::read_on", "", window, read_on),
        Row::new("LineWindow::read_on", "of a file", file_window, read_on),
        Row::new("LineWindow::try_clone", "", read_window, |s| {
            ok(s.window.as_ref().unwrap().try_clone())
        }),
        Row::new("LineWindow::clone", "", read_window, |s| {
            Ok(s.window.as_ref().unwrap().clone().into())
        }),
        Row::new("LineWindow::gaps_before_matches", "", read_window, |s| {
            let needles = Needles::ignoring_ascii_case(["line", "text"])?;
            ok(s.window.as_ref().unwrap().gaps_before_matches(&needles))
        }),
        Row::new("Matches::new", "", Subject::nothing, |_| {
            ok(Matches::new(b"line", 0..100))
        }),
        Row::new("Matches::overlapping", "", Subject::nothing, |_| {
            ok(Matches::overlapping(b"line", 0..100))
        }),
        Row::new("Matches::next_part", "", matches, |s| {
            let mut matches = s.matches.take().unwrap();
            let said = matches.next_part(s.map());
            s.matches = Some(matches);
            ok(said.map(Option::unwrap_or_default))
        }),
        Row::new("Matches::try_clone", "", matches, |s| {
            ok(s.matches.as_ref().unwrap().try_clone())
        }),
        Row::new("Matches::clone", "", matches, |s| {
            let copy: Got = s.matches.as_ref().unwrap().clone().into();
            Ok(copy)
        }),
    ]
}
