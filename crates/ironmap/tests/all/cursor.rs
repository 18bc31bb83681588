//! The file interface: reading, writing, seeking, lines.

use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom, Write};

use ironmap::{Cursor, Mmap, MmapOptions};

use crate::{contents, file_with, writable};

fn map_of(bytes: &[u8]) -> Mmap {
    MmapOptions::new().map(file_with(bytes)).unwrap()
}

#[test]
fn cursor_read_stops_at_end() {
    let map = map_of(b"hello world");
    let mut reader = map.reader();
    let mut five = [0; 5];
    assert_eq!(reader.read(&mut five).unwrap(), 5);
    assert_eq!((&five, reader.position()), (b"hello", 5));
    let mut rest = b">".to_vec();
    assert_eq!(reader.read_to_end(&mut rest).unwrap(), 6);
    assert_eq!(rest, b"> world");
    assert_eq!(reader.read(&mut five).unwrap(), 0);
    let error = reader.read_exact(&mut five).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn cursor_write_stops_at_end() {
    let file = file_with(b"..........");
    let mut map = writable(&file);
    let mut cursor = map.cursor();
    cursor.write_all(b"12345").unwrap();
    assert_eq!(cursor.write(b"678901234").unwrap(), 5);
    assert_eq!(cursor.write(b"x").unwrap(), 0);
    assert_eq!(
        cursor.write_all(b"x").unwrap_err().kind(),
        ErrorKind::WriteZero
    );
    cursor.flush().unwrap();
    assert_eq!(contents(&file), b"1234567890");
}

#[test]
fn cursor_seek_outside_is_error() {
    let map = map_of(b"0123456789");
    let mut reader = map.reader();
    assert_eq!(reader.seek(SeekFrom::Start(10)).unwrap(), 10);
    assert_eq!(reader.seek(SeekFrom::End(-3)).unwrap(), 7);
    assert_eq!(reader.seek(SeekFrom::Current(-7)).unwrap(), 0);
    assert_eq!(reader.seek(SeekFrom::Current(4)).unwrap(), 4);
    for outside in [
        SeekFrom::Start(11),
        SeekFrom::Start(u64::MAX),
        SeekFrom::End(1),
        SeekFrom::End(-11),
        SeekFrom::End(i64::MIN),
        SeekFrom::Current(-5),
        SeekFrom::Current(i64::MAX),
    ] {
        let error = reader.seek(outside).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{outside:?}");
        assert_eq!(reader.position(), 4);
    }
}

#[test]
fn cursor_set_position_past_end_is_error() {
    let map = map_of(b"abc");
    let mut reader = map.reader();
    reader.set_position(3).unwrap();
    let error = reader.set_position(4).unwrap_err();
    assert_eq!(
        error.to_string(),
        "position 4 is out of bounds of a map of 3 bytes"
    );
    assert_eq!(reader.position(), 3);
}

#[test]
fn cursor_read_line_keeps_newline() {
    let map = map_of(b"one\n\nthree\r\nlast");
    let mut reader = map.reader();
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        let count = reader.read_line(&mut line).unwrap();
        assert_eq!(count, line.len());
        if count == 0 {
            break;
        }
        lines.push(line);
    }
    assert_eq!(lines, [&b"one\n"[..], b"\n", b"three\r\n", b"last"]);
}

#[test]
fn cursor_read_line_appends_from_position() {
    let map = map_of(b"abc\ndef\n");
    let mut reader = map.reader();
    reader.set_position(2).unwrap();
    let mut line = b">".to_vec();
    assert_eq!(reader.read_line(&mut line).unwrap(), 2);
    assert_eq!((line.as_slice(), reader.position()), (&b">c\n"[..], 4));
}

#[test]
fn cursor_lines_agree_with_std_split() {
    for text in ["\n", "\n\n", "a", "a\n", "a\nb", "a\r\nb\n", "\na", ""] {
        let map = map_of(text.as_bytes());
        let ours: Vec<_> = map.reader().lines().map(Result::unwrap).collect();
        let theirs: Vec<_> = BufRead::split(text.as_bytes(), b'\n')
            .map(Result::unwrap)
            .collect();
        assert_eq!(ours, theirs);
    }
}

#[test]
fn cursor_after_shrink_reads_and_writes_nothing() {
    let mut cursor = Cursor::new(Mmap::anonymous(100).unwrap());
    cursor.set_position(50).unwrap();
    cursor.get_mut().resize(10).unwrap();
    assert_eq!(cursor.read(&mut [0; 4]).unwrap(), 0);
    assert_eq!(cursor.read_to_end(&mut Vec::new()).unwrap(), 0);
    assert_eq!(cursor.read_line(&mut Vec::new()).unwrap(), 0);
    assert_eq!(cursor.write(b"lost").unwrap(), 0);
    assert_eq!(cursor.position(), 50);
    assert!(cursor.lines().next().is_none());
}

#[test]
fn cursor_lines_longer_than_window_are_whole() {
    let mut bytes = vec![b'a'; 200_000];
    bytes[150_000] = b'\n';
    let map = map_of(&bytes);
    let lengths: Vec<_> = map
        .reader()
        .lines()
        .map(|line| line.unwrap().len())
        .collect();
    assert_eq!(lengths, [150_000, 49_999]);
}

#[test]
fn cursor_owning_map_gives_it_back() {
    let mut cursor = Cursor::new(Mmap::anonymous(4).unwrap());
    cursor.write_all(b"abcd").unwrap();
    cursor.seek(SeekFrom::Start(0)).unwrap();
    let map = cursor.into_inner();
    assert_eq!(map.to_vec(..).unwrap(), b"abcd");
}

#[test]
fn cursor_empty_map_has_no_lines() {
    let map = Mmap::anonymous(0).unwrap();
    assert_eq!(map.reader().lines().count(), 0);
    assert_eq!(map.reader().read(&mut [0; 4]).unwrap(), 0);
}
