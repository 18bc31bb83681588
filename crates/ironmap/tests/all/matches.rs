//! Part-by-part searches and lines, compared with searches of the whole.

use ironmap::Mmap;
#[cfg(feature = "needles")]
use ironmap::Needles;
use ironmap::raw::{LineWindow, Matches};

use crate::search::map_of;

/// Enough for parts of several lengths.
const LEN: usize = 3 << 20;

fn all(mut matches: Matches, map: &Mmap) -> Vec<usize> {
    let mut places = Vec::new();
    while let Some(part) = matches.next_part(map).unwrap() {
        places.extend(part);
    }
    assert_eq!(matches.next_part(map).unwrap(), None);
    places
}

#[track_caller]
fn agrees(map: &Mmap, needle: &[u8]) {
    for range in [0..map.len(), 1..map.len() - 1, 7..7, 70_000..70_001] {
        let places = all(Matches::new(needle, range.clone()).unwrap(), map);
        assert!(places == map.find_all(needle, range.clone()).unwrap());
        let places = all(Matches::overlapping(needle, range.clone()).unwrap(), map);
        assert!(places == map.find_all_overlapping(needle, range).unwrap());
    }
}

#[test]
fn matches_parts_agree_with_find_all() {
    let map = map_of(&vec![b'a'; LEN]);
    for needle in [&b"a"[..], b"aa", b"aaaaaaa", b"", b"b", &[b'a'; 100_000]] {
        agrees(&map, needle);
    }
    // The matches fall on every position relative to an edge.
    let mut bytes = vec![b'.'; LEN];
    for at in (0..LEN - 10).step_by(61) {
        bytes[at..at + 6].copy_from_slice(b"needle");
    }
    let map = map_of(&bytes);
    for needle in [&b"needle"[..], b"..", b"e.........", b"dle.", b"needles"] {
        agrees(&map, needle);
    }
}

#[test]
fn matches_next_part_grows_with_few_matches() {
    let map = map_of(&vec![b'a'; LEN]);
    let mut few = Matches::new(b"b", 0..LEN).unwrap();
    let mut lens = vec![few.next_len()];
    while few.next_part(&map).unwrap().is_some() {
        lens.push(few.next_len());
    }
    assert!(lens[0] < LEN / 20 && lens[1] > 2 * lens[0], "{lens:?}");
    let mut many = Matches::new(b"a", 0..LEN).unwrap();
    while let Some(part) = many.next_part(&map).unwrap() {
        assert!(part.len() <= 1 << 20, "{} at once", part.len());
    }
}

#[test]
fn matches_and_lines_after_shrink_end() {
    let mut map = map_of(&b"ab\n".repeat(100_000));
    let mut matches = Matches::new(b"ab", 0..map.len()).unwrap();
    let mut lines = LineWindow::new(0..map.len());
    assert!(matches.next_part(&map).unwrap().is_some());
    assert!(lines.read_on(&map).unwrap());
    map.resize(100).unwrap();
    assert_eq!(matches.next_part(&map).unwrap(), None);
    // Lines that were read are still lent. The last one is cut.
    while lines.read_on(&map).unwrap() {
        while lines.next_line().is_some() {}
    }
    assert_eq!(lines.position(), 64 << 10);
}

#[test]
fn line_window_read_on_keeps_unread_lines() {
    let text = b"a line\n".repeat(50_000);
    let map = map_of(&text);
    let mut lines = LineWindow::new(0..map.len());
    let mut at = 0;
    // One line is taken from each window, so unread lines accumulate.
    while lines.read_on(&map).unwrap() && lines.position() < 35 {
        assert_eq!(lines.next_line().unwrap(), &text[at..at + 7]);
        at += 7;
    }
    while let Some(line) = lines.next_line() {
        assert_eq!(line, b"a line\n");
        at += 7;
    }
    assert!(at > 100_000 && at == lines.position());
}

#[cfg(feature = "needles")]
#[test]
fn line_window_gaps_before_matches_count_lines() {
    let map = map_of(b"no\nan A, an a\n\nno\nno\nb\na\nno\na");
    let mut lines = LineWindow::new(0..map.len());
    let needles = Needles::new(["a", "b\n"]).unwrap();
    assert!(lines.gaps_before_matches(&needles).unwrap().is_empty());
    assert!(lines.read_on(&map).unwrap());
    assert_eq!(lines.gaps_before_matches(&needles).unwrap(), [1, 3, 0, 1]);
    let needles = Needles::ignoring_ascii_case(["A"]).unwrap();
    lines.skip_lines(2);
    assert_eq!(lines.gaps_before_matches(&needles).unwrap(), [4, 1]);
    lines.skip_lines(4);
    assert_eq!(lines.next_line(), Some(&b"a\n"[..]));
    lines.skip_lines(usize::MAX);
    assert_eq!(lines.next_line(), None);
    assert_eq!(lines.position(), map.len());
}

#[test]
fn line_window_resume_at_skips_lines() {
    let map = map_of(b"one\ntwo\nthree");
    let mut lines = LineWindow::new(0..map.len());
    assert_eq!((lines.next_end(), lines.unread(7)), (None, 0..7));
    assert!(lines.read_on(&map).unwrap() && lines.has_line());
    assert_eq!(lines.next_end(), Some(4));
    assert_eq!(lines.next_line(), Some(&b"one\n"[..]));
    assert_eq!(lines.next_end(), Some(8));
    lines.resume_at(9);
    assert!(!lines.has_line() && lines.position() == 9);
    assert_eq!(lines.unread(map.len()), 9..map.len());
    assert!(lines.read_on(&map).unwrap());
    assert_eq!(lines.next_line(), Some(&b"hree"[..]));
    lines.resume_at(map.len() + 5);
    assert!(lines.unread(map.len()).is_empty());
    assert!(!lines.read_on(&map).unwrap());
}

#[cfg(unix)]
#[test]
fn matches_before_damage_come_before_error() {
    use crate::file_with;
    use ironmap::MmapOptions;

    let page = Mmap::page_size();
    let mut bytes = vec![0; 1000 * page];
    let places = [5, 70 * page, 700 * page - 4];
    for at in places {
        bytes[at..at + 4].copy_from_slice(b"here");
    }
    bytes[800 * page..800 * page + 4].copy_from_slice(b"here");
    let file = file_with(&bytes);
    let map = MmapOptions::new().map(&file).unwrap();
    file.set_len(700 * page as u64).unwrap();
    let mut matches = Matches::new(b"here", 0..map.len()).unwrap();
    let mut found = Vec::new();
    let error = loop {
        match matches.next_part(&map) {
            Ok(part) => found.extend(part.expect("damage comes before the end")),
            Err(error) => break error,
        }
    };
    assert_eq!(found, places);
    assert_eq!(error.fault().unwrap().at, 700 * page);
    assert!(matches.next_part(&map).unwrap_err().is_fault());
}

#[test]
fn find_iter_agrees_with_find_all() {
    let mut bytes = vec![b'.'; 3 << 20];
    for at in (0..bytes.len() - 3).step_by(1009) {
        bytes[at..at + 3].copy_from_slice(b"abc");
    }
    let map = map_of(&bytes);
    for range in [0..bytes.len(), 1..2_000_000, 5..5, 7..8] {
        let found: Result<Vec<_>, _> = map.find_iter(b"abc", range.clone()).unwrap().collect();
        assert_eq!(found.unwrap(), map.find_all(b"abc", range).unwrap());
    }
    assert!(
        map.find_iter(b"abc", bytes.len() + 1..)
            .unwrap_err()
            .is_out_of_bounds()
    );
}

#[cfg(unix)]
#[test]
fn find_iter_and_lines_end_after_error() {
    let page = Mmap::page_size();
    let file = crate::file_with(&vec![b'x'; 3 * page]);
    let map = Mmap::map(&file).unwrap();
    file.set_len(page as u64).unwrap();
    let mut found = map.find_iter(b"x", ..).unwrap();
    assert_eq!(
        found.by_ref().take(page).filter(|at| at.is_ok()).count(),
        page
    );
    assert!(found.next().unwrap().unwrap_err().is_fault());
    assert!(found.next().is_none());

    let mut lines = map.reader().lines();
    assert!(lines.next().unwrap().unwrap_err().is_fault());
    assert!(lines.next().is_none());
}
