//! Code that works on slices goes over a file in windows, which are copies: no `unsafe`, and no
//! memory for all of the file.

use std::fs;

use ironmap::{Mmap, Result};
use tempfile::NamedTempFile;

const SIZE: usize = 4096;

fn map_of(bytes: &[u8]) -> Mmap {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    Mmap::open(file.path()).unwrap()
}

/// Finds matches of up to `longest` bytes, wherever they lie.
fn matches(map: &Mmap, pattern: &str, longest: usize) -> Result<Vec<(usize, usize)>> {
    let pattern = regex::bytes::Regex::new(pattern).unwrap();
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut windows = map.windows(.., SIZE, longest)?;
    let mut start = 0;
    while let Some(window) = windows.next_window()? {
        let is_last = start + window.len() == map.len();
        for each in pattern.find_iter(window) {
            // The next window has the match again, and all of it.
            let comes_again = !is_last && each.start() >= SIZE - longest;
            let place = (start + each.start(), start + each.end());
            // A match of the window before may reach into this one.
            if !comes_again && found.last().is_none_or(|last| last.1 <= place.0) {
                found.push(place);
            }
        }
        start += SIZE - longest;
    }
    Ok(found)
}

#[test]
fn regex_finds_matches_across_windows() {
    let pattern = "code [0-9]+";
    for distance in [1, 7, 4050, 4087, 4096] {
        let text = format!("{}code 12345;", "x".repeat(distance)).repeat(30);
        let whole = regex::bytes::Regex::new(pattern).unwrap();
        let expected: Vec<_> = whole
            .find_iter(text.as_bytes())
            .map(|m| (m.start(), m.end()))
            .collect();
        assert_eq!(
            matches(&map_of(text.as_bytes()), pattern, 40).unwrap(),
            expected
        );
    }
}

#[test]
fn sha2_hashes_windows() {
    use sha2::{Digest, Sha256};

    let bytes: Vec<u8> = (0..100_000u32).flat_map(u32::to_le_bytes).collect();
    let map = map_of(&bytes);
    let mut hash = Sha256::new();
    let mut windows = map.windows(.., 64 << 10, 0).unwrap();
    while let Some(window) = windows.next_window().unwrap() {
        hash.update(window);
    }
    assert_eq!(hash.finalize(), Sha256::digest(&bytes));
}

#[test]
fn nom_parses_records_across_windows() {
    use nom::multi::length_data;
    use nom::number::streaming::be_u16;
    use nom::{IResult, Parser};

    /// The longest record: its length, and so many bytes.
    const LONGEST: usize = 2 + 1000;

    fn record(bytes: &[u8]) -> IResult<&[u8], &[u8]> {
        length_data(be_u16).parse(bytes)
    }

    let records: Vec<Vec<u8>> = (0..50).map(|n| vec![n as u8; n * 37 % 1001]).collect();
    let mut file = Vec::new();
    for each in &records {
        file.extend((each.len() as u16).to_be_bytes());
        file.extend(each);
    }
    let map = map_of(&file);
    let mut windows = map.windows(.., SIZE, LONGEST).unwrap();
    let mut read = Vec::new();
    // The start of the next record, in the window.
    let mut at = 0;
    while let Some(window) = windows.next_window().unwrap() {
        // An incomplete record is whole in the next window.
        while let Ok((rest, body)) = record(&window[at.min(window.len())..]) {
            read.push(body.to_vec());
            at = window.len() - rest.len();
        }
        at = at.saturating_sub(SIZE - LONGEST);
    }
    assert_eq!(read, records);
}
