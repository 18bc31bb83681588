//! One map in several threads.

use std::sync::Arc;
use std::thread;

use ironmap::raw::{LineWindow, Matches, Reserved};
use ironmap::{Cursor, Error, FindIter, LineReader, Lines, Mmap, MmapOptions};

use crate::{file_with, pattern};

#[test]
fn public_types_are_send_and_sync() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<Mmap>();
    crosses::<Error>();
    crosses::<MmapOptions>();
    crosses::<Cursor<Mmap>>();
    crosses::<Lines<Mmap>>();
    crosses::<LineReader<'static>>();
    crosses::<FindIter<'static>>();
    #[cfg(feature = "needles")]
    crosses::<ironmap::Needles>();
    crosses::<Reserved>();
    crosses::<LineWindow>();
    crosses::<Matches>();
}

#[test]
fn read_and_find_four_threads_agree() {
    let bytes = pattern(300_000);
    let map = MmapOptions::new().map(file_with(&bytes)).unwrap();
    thread::scope(|scope| {
        for thread in 0..4 {
            let (map, bytes) = (&map, &bytes);
            scope.spawn(move || {
                for at in (thread..bytes.len() - 1000).step_by(1009) {
                    assert_eq!(map.byte(at).unwrap(), bytes[at]);
                    assert_eq!(map.to_vec(at..at + 1000).unwrap(), bytes[at..at + 1000]);
                    let found = map.find(&bytes[at..at + 20], at..).unwrap();
                    assert_eq!(found, Some(at));
                }
            });
        }
    });
}

#[test]
fn cursor_per_thread_reads_shared_map() {
    let map = Arc::new(MmapOptions::new().map(file_with(b"a\nb\nc\n")).unwrap());
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let cursor = Cursor::new(Arc::clone(&map));
            thread::spawn(move || cursor.lines().map(Result::unwrap).collect::<Vec<_>>())
        })
        .collect();
    for reader in readers {
        assert_eq!(reader.join().unwrap(), [b"a", b"b", b"c"]);
    }
}
