//! Opens files of any length with any options: gives an error of the right kind, or a map of
//! exactly those bytes.

use std::io::Write;

use arbitrary::Arbitrary;
use ironmap::{Access, ErrorKind, MmapOptions};

#[derive(Arbitrary, Debug)]
struct Choice {
    access: Option<u8>,
    file_offset: Offset,
    len: Option<Length>,
    track_file: bool,
    size: u16,
    anonymous: bool,
}

#[derive(Arbitrary, Debug)]
enum Offset {
    Pages(u8),
    Any(u64),
}

#[derive(Arbitrary, Debug)]
enum Length {
    Small(u16),
    Any(u64),
}

pub fn run(bytes: &[u8]) {
    let Some(choice) = crate::value::<Choice>(bytes) else {
        return;
    };
    let content: Vec<u8> = (0..choice.size).map(|at| (at % 251) as u8).collect();
    let file_offset = match choice.file_offset {
        Offset::Pages(pages) => u64::from(pages % 32) * ironmap::Mmap::page_size() as u64,
        Offset::Any(offset) => offset,
    };
    let len = choice.len.map(|len| match len {
        Length::Small(len) => usize::from(len),
        Length::Any(len) => len as usize,
    });
    let accesses = [Access::Read, Access::Write, Access::Copy];
    let mut options = MmapOptions::new()
        .file_offset(file_offset)
        .track_file(choice.track_file);
    if let Some(access) = choice.access {
        options = options.access(accesses[usize::from(access) % 3]);
    }
    if let Some(len) = len {
        options = options.len(len);
    }
    if choice.anonymous {
        match options.anonymous() {
            Ok(map) => assert_eq!(Some(map.len()), len),
            Err(error) => assert!(says_why(error.kind()), "{error:?}"),
        }
        return;
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&content).unwrap();
    let rest = content.get(usize::try_from(file_offset).unwrap_or(usize::MAX)..);
    match options.map(&file) {
        Ok(map) => {
            let rest = rest.expect("a map begins inside its file");
            assert_eq!(map.file_offset(), file_offset);
            let expected = &rest[..len.unwrap_or(rest.len())];
            assert_eq!(map.to_vec(..).unwrap(), expected);
            assert_eq!(map.tracks_file(), choice.track_file);
        }
        Err(error) => assert!(says_why(error.kind()), "{error:?}"),
    }
}

fn says_why(kind: ErrorKind) -> bool {
    use ErrorKind::*;
    let kinds = [
        EmptyFile,
        OffsetPastEnd,
        LengthPastEnd,
        TooLarge,
        InvalidInput,
        Os,
    ];
    kinds.contains(&kind)
}
