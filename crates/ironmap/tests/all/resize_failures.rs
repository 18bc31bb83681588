//! A failed resize leaves file and map as they were.

#[cfg(unix)]
use crate::raw_numbers::Flagged;
use std::fs::File;

use ironmap::{Access, ErrorKind, Mmap, MmapOptions};

use crate::{contents, file_with, pattern, writable};

/// Resizes, which must fail, and checks that nothing has changed: not the file, not the map's
/// bytes, and not that the map writes to the file.
#[track_caller]
pub(crate) fn fails_without_a_trace(map: &mut Mmap, file: &File, len: usize) -> ironmap::Error {
    let before = contents(file);
    let shown = map.to_vec(..).unwrap();
    let error = map.resize(len).unwrap_err();
    assert_eq!(contents(file), before);
    assert_eq!(map.to_vec(..).unwrap(), shown);
    if map.is_writable() && !map.is_private() {
        let at = map.len() - 1;
        map.set_byte(at, shown[at] ^ 0xff).unwrap();
        assert_eq!(
            contents(file)[map.file_offset() as usize + at],
            shown[at] ^ 0xff
        );
        map.set_byte(at, shown[at]).unwrap();
    }
    error
}

#[test]
fn resize_read_only_or_private_is_refused() {
    let file = file_with(b"hello");
    for access in [Access::Read, Access::Copy] {
        let mut map = MmapOptions::new().access(access).map(&file).unwrap();
        for len in [0, 3, 5, 9] {
            let error = fails_without_a_trace(&mut map, &file, len);
            assert_eq!(error.kind(), ErrorKind::NotResizable);
        }
    }
    #[cfg(unix)]
    {
        let mut private = MmapOptions::new()
            .access(Access::Write)
            .with_flags(libc::MAP_PRIVATE)
            .map(&file)
            .unwrap();
        let error = fails_without_a_trace(&mut private, &file, 2);
        assert_eq!(error.kind(), ErrorKind::NotResizable);
    }
}

#[test]
fn resize_impossible_length_is_refused() {
    let page = Mmap::allocation_granularity();
    let file = file_with(&pattern(2 * page));
    let mut map = writable(&file);
    let error = fails_without_a_trace(&mut map, &file, usize::MAX);
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains(&usize::MAX.to_string()));
    // On 32-bit systems a file can be that long.
    #[cfg(target_pointer_width = "64")]
    {
        let mut map = MmapOptions::new()
            .access(Access::Write)
            .file_offset(page as u64)
            .map(&file)
            .unwrap();
        let error = fails_without_a_trace(&mut map, &file, isize::MAX as usize);
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[cfg(unix)]
#[test]
fn resize_without_address_space_changes_nothing() {
    // A 32-bit address space has room for this once, but not twice.
    let _once = MmapOptions::new()
        .access(Access::Read)
        .len(isize::MAX as usize)
        .anonymous();
    let file = file_with(&pattern(100));
    let mut map = writable(&file);
    let error = fails_without_a_trace(&mut map, &file, isize::MAX as usize);
    assert_eq!(error.raw_os_error(), Some(libc::ENOMEM));
    let mut memory = MmapOptions::new()
        .access(Access::Copy)
        .len(100)
        .anonymous()
        .unwrap();
    memory.set_byte(99, 1).unwrap();
    let error = memory.resize(isize::MAX as usize).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENOMEM));
    assert_eq!((memory.len(), memory.byte(99).unwrap()), (100, 1));
}

#[cfg(target_os = "linux")]
mod linux {
    use ironmap::Advice;

    use super::*;
    use crate::sys::{
        close_descriptor, file_at, kept_descriptor, mappings_of, memfd, replace_descriptor, seal,
    };

    #[test]
    fn resize_grow_sealed_changes_nothing() {
        let file = memfd(&pattern(5000));
        let mut map = writable(&file);
        seal(&file, libc::F_SEAL_GROW);
        for len in [5001, 8000, 1 << 20] {
            let error = fails_without_a_trace(&mut map, &file, len);
            assert_eq!(error.raw_os_error(), Some(libc::EPERM));
        }
        map.resize(4000).unwrap();
        assert_eq!(contents(&file), pattern(4000));
    }

    #[test]
    fn resize_shrink_sealed_changes_nothing() {
        let page = Mmap::page_size();
        let size = 3 * page - 100;
        let file = memfd(&pattern(size));
        let mut map = writable(&file);
        seal(&file, libc::F_SEAL_SHRINK);
        for len in [0, 1, page, size - 1] {
            let error = fails_without_a_trace(&mut map, &file, len);
            assert_eq!(error.raw_os_error(), Some(libc::EPERM));
        }
        map.resize(size + 1).unwrap();
        assert_eq!(map.byte(size).unwrap(), 0);
    }

    #[test]
    fn resize_failure_unmaps_extension() {
        let page = Mmap::page_size();
        let file = memfd(&pattern(page));
        let mut map = writable(&file);
        seal(&file, libc::F_SEAL_GROW);
        fails_without_a_trace(&mut map, &file, 100 * page);
        assert_eq!(mapped_bytes(&map), page);
    }

    #[test]
    fn resize_failure_unmaps_new_mapping() {
        let page = Mmap::page_size();
        let file = memfd(&pattern(3 * page));
        let mut map = writable(&file);
        // mremap fails on several areas, so this makes a new mapping.
        map.advise(Advice::DontDump, page..2 * page).unwrap();
        seal(&file, libc::F_SEAL_GROW);
        let error = fails_without_a_trace(&mut map, &file, 100 * page);
        assert_eq!(error.raw_os_error(), Some(libc::EPERM));
        assert_eq!((map.len(), mapped_bytes_of(&file)), (3 * page, 3 * page));
    }

    /// Returns the length of all kernel areas of a file.
    fn mapped_bytes_of(file: &File) -> usize {
        mappings_of(file).into_iter().map(|area| area.len()).sum()
    }

    /// Returns the length of the kernel area in which the map begins.
    fn mapped_bytes(map: &Mmap) -> usize {
        let start = format!("{:x}-", map.as_ptr().addr());
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let line = maps.lines().find(|line| line.starts_with(&start)).unwrap();
        let end = line[start.len()..].split(' ').next().unwrap();
        usize::from_str_radix(end, 16).unwrap() - map.as_ptr().addr()
    }

    #[test]
    fn resize_replaced_descriptor_is_ebadf() {
        let file = file_with(b"mine");
        let stranger = file_with(b"a stranger's");
        let mut map = writable(&file);
        let fd = kept_descriptor(&file);
        replace_descriptor(fd, &stranger);

        for len in [0, 2, 4, 100] {
            let error = fails_without_a_trace(&mut map, &file, len);
            assert_eq!(error.raw_os_error(), Some(libc::EBADF));
        }
        assert_eq!(map.size().unwrap_err().raw_os_error(), Some(libc::EBADF));
        assert_eq!(contents(&stranger), b"a stranger's");

        drop(map);
        let still_open = file_at(fd);
        assert_eq!(contents(&still_open), b"a stranger's");
    }

    #[test]
    fn resize_closed_descriptor_is_ebadf() {
        let file = file_with(b"mine");
        let mut map = writable(&file);
        close_descriptor(kept_descriptor(&file));
        let error = fails_without_a_trace(&mut map, &file, 2);
        assert_eq!(error.raw_os_error(), Some(libc::EBADF));
        assert_eq!(map.size().unwrap_err().raw_os_error(), Some(libc::EBADF));
        assert_eq!(map.to_vec(..).unwrap(), b"mine");
    }

    #[test]
    fn resize_read_only_descriptor_changes_nothing() {
        let named = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(named.path(), pattern(5000)).unwrap();
        let mut map = writable(named.as_file());
        let fd = kept_descriptor(named.as_file());
        replace_descriptor(fd, &File::open(named.path()).unwrap());
        for len in [10, 5000, 100_000] {
            let error = fails_without_a_trace(&mut map, named.as_file(), len);
            assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
        }
    }

    /// A page that cannot be unmapped stays mapped past the map's end.
    #[cfg(target_pointer_width = "64")]
    #[test]
    #[allow(clippy::print_stderr, reason = "says why it does nothing")]
    fn resize_shorter_without_munmap_hides_pages() {
        let page = Mmap::page_size();
        let file = file_with(&pattern(3 * page));
        let mut map = writable(&file);
        if let Err(error) = crate::sys::seal_memory(map.as_ptr(), 3 * page) {
            eprintln!("skipped: this kernel cannot seal memory: {error}");
            return;
        }
        map.resize(10).unwrap();
        assert_eq!(map.to_vec(..).unwrap(), pattern(10));
        assert!(map.byte(10).unwrap_err().is_out_of_bounds());
        assert_eq!(contents(&file), pattern(10));
        assert_eq!(mapped_bytes(&map), 3 * page);

        map.resize(2 * page).unwrap();
        assert_eq!(map.byte(2 * page - 1).unwrap(), 0);
        // mremap fails on sealed memory too, so this makes a new mapping.
        map.resize(5 * page).unwrap();
        assert_eq!(map.to_vec(..10).unwrap(), pattern(10));
        map.set_byte(5 * page - 1, 1).unwrap();
        assert_eq!(contents(&file)[5 * page - 1], 1);
    }
}
