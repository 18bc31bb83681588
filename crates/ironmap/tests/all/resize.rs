//! Successful resizes.

use ironmap::{Access, Mmap, MmapOptions};

use crate::{contents, file_with, pattern, writable};

fn private_memory(len: usize) -> Mmap {
    MmapOptions::new()
        .access(Access::Copy)
        .len(len)
        .anonymous()
        .unwrap()
}

#[test]
fn resize_file_grows_and_shrinks() {
    let file = file_with(&pattern(5000));
    let mut map = writable(&file);
    for len in [5001, 20_000, 20_000, 300, 1, 2 * Mmap::page_size(), 100_000] {
        let mut expected = map.to_vec(..).unwrap();
        map.resize(len).unwrap();
        expected.resize(len, 0);
        assert_eq!((map.len(), map.size().unwrap()), (len, len as u64));
        assert_eq!(map.to_vec(..).unwrap(), expected);
        assert_eq!(contents(&file), expected);
        map.set_byte(len - 1, 7).unwrap();
        assert_eq!(contents(&file)[len - 1], 7);
    }
}

#[test]
fn resize_at_file_offset_sets_file_end() {
    let page = Mmap::allocation_granularity();
    let file = file_with(&pattern(4 * page));
    let mut map = MmapOptions::new()
        .access(Access::Write)
        .file_offset(page as u64)
        .len(10)
        .map(&file)
        .unwrap();
    // The map grows, but the file was longer still, so it is cut.
    map.resize(2 * page).unwrap();
    assert_eq!(contents(&file), pattern(3 * page));
    map.resize(100).unwrap();
    assert_eq!(contents(&file), pattern(page + 100));
    // The length is unchanged, but the file was lengthened.
    file.set_len(9 * page as u64).unwrap();
    map.resize(100).unwrap();
    assert_eq!(contents(&file), pattern(page + 100));
}

#[test]
fn resize_empty_map_grows_and_empties() {
    let page = Mmap::allocation_granularity();
    let file = file_with(&pattern(page + 5));
    let mut map = MmapOptions::new()
        .access(Access::Write)
        .file_offset(page as u64)
        .len(0)
        .map(&file)
        .unwrap();
    map.resize(3).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), pattern(page + 5)[page..page + 3]);
    map.resize(0).unwrap();
    assert!(map.is_empty());
    assert_eq!(contents(&file), pattern(page));
    map.resize(0).unwrap();
    map.resize(2).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), [0, 0]);
    assert_eq!(contents(&file).len(), page + 2);
}

#[test]
fn resize_private_memory_grows_and_shrinks() {
    let mut map = private_memory(5000);
    map.write_at(0, &pattern(5000)).unwrap();
    for len in [6000, 50_000, Mmap::page_size() + 1, 10, 0, 9000] {
        let mut expected = map.to_vec(..).unwrap();
        map.resize(len).unwrap();
        expected.resize(len, 0);
        assert_eq!(map.size().unwrap(), len as u64);
        assert_eq!(map.to_vec(..).unwrap(), expected);
    }
}

#[test]
fn resize_private_memory_regrown_is_zero() {
    let mut map = private_memory(9000);
    map.write_at(0, &[9; 9000]).unwrap();
    map.resize(100).unwrap();
    map.resize(9000).unwrap();
    assert_eq!(map.to_vec(..100).unwrap(), [9; 100]);
    assert_eq!(map.to_vec(100..).unwrap(), [0; 8900]);
}

#[cfg(unix)]
#[test]
fn resize_shared_memory_growth_is_refused() {
    use ironmap::ErrorKind;

    let shared = MmapOptions::new().access(Access::Write).len(10_000);
    let mut map = shared.anonymous().unwrap();
    map.write_at(0, &pattern(10_000)).unwrap();
    map.resize(5000).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), pattern(5000));
    let error = map.resize(5001).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SharedAnonymousGrowth);
    assert_eq!(
        error.to_string(),
        "shared anonymous memory cannot grow (from 5000 to 5001 bytes)"
    );
    map.resize(0).unwrap();
    assert_eq!(
        map.resize(1).unwrap_err().kind(),
        ErrorKind::SharedAnonymousGrowth
    );
    assert!(map.is_empty());
}

/// `mremap` fails on a region with several kernel areas, so this tests the fallback for systems
/// without `mremap`: a new mapping.
#[cfg(target_os = "linux")]
mod mapped_anew {
    use ironmap::Advice;

    use super::*;

    /// Counts the kernel's areas that overlap the map.
    fn areas(map: &Mmap) -> usize {
        let start = map.as_ptr().addr();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        maps.lines()
            .filter(|line| {
                let (range, _) = line.split_once(' ').unwrap();
                let (from, to) = range.split_once('-').unwrap();
                let [from, to] = [from, to].map(|n| usize::from_str_radix(n, 16).unwrap());
                from < start + map.len() && start < to
            })
            .count()
    }

    fn split(map: &Mmap) {
        map.advise(Advice::DontDump, Mmap::page_size()..2 * Mmap::page_size())
            .unwrap();
        assert_eq!(areas(map), 3);
    }

    #[test]
    fn resize_split_file_grows() {
        let page = Mmap::page_size();
        let file = file_with(&pattern(4 * page));
        let mut map = MmapOptions::new()
            .access(Access::Write)
            .file_offset(page as u64)
            .map(&file)
            .unwrap();
        split(&map);
        map.resize(10 * page).unwrap();
        assert_eq!(areas(&map), 3, "the advice is still there");
        assert_eq!(map.to_vec(..3 * page).unwrap(), pattern(4 * page)[page..]);
        assert_eq!(map.to_vec(3 * page..).unwrap(), vec![0; 7 * page]);
        map.set_byte(10 * page - 1, 5).unwrap();
        assert_eq!(contents(&file)[11 * page - 1], 5);
    }

    #[test]
    fn resize_split_memory_grows() {
        let page = Mmap::page_size();
        let mut map = private_memory(3 * page - 10);
        map.write_at(0, &pattern(3 * page - 10)).unwrap();
        split(&map);
        map.resize(5 * page).unwrap();
        assert_eq!(areas(&map), 3, "the advice is still there");
        assert_eq!(map.to_vec(..3 * page - 10).unwrap(), pattern(3 * page - 10));
        assert_eq!(map.to_vec(3 * page - 10..).unwrap(), vec![0; 2 * page + 10]);
    }

    #[test]
    fn resize_split_shrinks_in_place() {
        let page = Mmap::page_size();
        let file = file_with(&pattern(4 * page));
        let mut map = writable(&file);
        split(&map);
        let start = map.as_ptr();
        map.resize(page + 1).unwrap();
        assert_eq!((map.as_ptr(), areas(&map)), (start, 2));
        assert_eq!(contents(&file), pattern(page + 1));
    }
}
