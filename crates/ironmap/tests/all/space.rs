//! Lengthening files that others append to, disk space, and zeroing files.

use ironmap::{Access, ErrorKind, MmapOptions};

use crate::{contents, file_with, pattern, writable};

#[test]
fn resize_past_old_end_keeps_appended_bytes() {
    let file = file_with(&pattern(5000));
    let mut map = writable(&file);
    let appended = pattern(50_000);
    {
        use std::io::Write;
        let mut file = &file;
        file.write_all(&appended[5000..]).unwrap();
    }
    for len in [5001, 20_000, 50_000] {
        map.resize(len).unwrap();
        assert_eq!(map.to_vec(..).unwrap(), appended[..len]);
        assert_eq!(contents(&file), appended);
    }
    map.resize(50_001).unwrap();
    assert_eq!(contents(&file).len(), 50_001);
    // The file had that size before, so it is cut.
    file.set_len(90_000).unwrap();
    map.resize(50_000).unwrap();
    assert_eq!(contents(&file), appended);
}

#[cfg(unix)]
#[test]
fn resize_keeps_file_sparse() {
    use std::os::unix::fs::MetadataExt;

    let file = file_with(b"hello");
    let mut map = writable(&file);
    map.resize(64 << 20).unwrap();
    assert_eq!(file.metadata().unwrap().len(), 64 << 20);
    assert!(file.metadata().unwrap().blocks() * 512 < 1 << 20);
}

#[test]
fn reserve_space_without_written_file_is_refused() {
    let file = file_with(b"hello");
    let options = MmapOptions::new().reserve_space(true);
    for access in [Access::Read, Access::Copy] {
        let error = options.clone().access(access).map(&file).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    let mut memory = MmapOptions::new().len(9).anonymous().unwrap();
    let error = memory.resize_reserved(10).unwrap_err();
    assert_eq!((error.kind(), memory.len()), (ErrorKind::InvalidInput, 9));
    let mut reading = MmapOptions::new().map(&file).unwrap();
    let error = reading.resize_reserved(10).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotResizable);
}

#[cfg(not(target_os = "linux"))]
#[test]
fn reserve_space_other_systems_is_unsupported() {
    let file = file_with(b"hello");
    let mut map = writable(&file);
    assert!(map.resize_reserved(1 << 20).unwrap_err().is_unsupported());
    assert_eq!((map.len(), contents(&file).len()), (5, 5));
    let options = MmapOptions::new().access(Access::Write).reserve_space(true);
    assert!(options.map(&file).unwrap_err().is_unsupported());
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::unix::fs::MetadataExt;

    use ironmap::raw::{overwrite_with_zeros, replace_with_zeros, reserve_space};

    use super::*;
    use crate::sys::{memfd, seal};

    const MIB: u64 = 1 << 20;

    fn space(file: &std::fs::File) -> u64 {
        file.metadata().unwrap().blocks() * 512
    }

    // Memory files support all of this.

    #[test]
    fn reserve_space_fills_holes_and_keeps_bytes() {
        let file = memfd(b"hello");
        file.set_len(2 * MIB).unwrap();
        let options = MmapOptions::new().access(Access::Write).reserve_space(true);
        let map = options.len(1 << 20).map(&file).unwrap();
        assert!((MIB..2 * MIB).contains(&space(&file)));
        assert_eq!(map.to_vec(..6).unwrap(), b"hello\0");

        reserve_space(&file, 2 * MIB, MIB).unwrap();
        assert!(space(&file) >= 2 * MIB);
        assert_eq!(file.metadata().unwrap().len(), 2 * MIB);
    }

    #[test]
    fn resize_reserved_allocates_whole_map() {
        let file = memfd(b"hello");
        let mut map = writable(&file);
        for len in [3 << 20, 1 << 20, 2 << 20] {
            map.resize_reserved(len).unwrap();
            assert_eq!((map.len(), map.size().unwrap()), (len, len as u64));
            assert!(space(&file) >= len as u64);
            assert_eq!(map.to_vec(..6).unwrap(), b"hello\0");
        }
    }

    // 32 bits have lengths that a disk has space for.
    #[test]
    #[cfg(target_pointer_width = "64")]
    fn resize_reserved_failure_changes_nothing() {
        let file = file_with(&pattern(5000));
        let mut map = writable(&file);
        let before = space(&file);
        // No disk is that large.
        let error = map.resize_reserved(1 << 60).unwrap_err();
        let code = error.raw_os_error().unwrap();
        assert!(
            [libc::ENOSPC, libc::EFBIG, libc::EOPNOTSUPP].contains(&code),
            "{error}"
        );
        assert_eq!((map.len(), contents(&file)), (5000, pattern(5000)));
        assert_eq!(space(&file), before);
    }

    #[test]
    fn replace_with_zeros_every_size_is_zeros() {
        for (size, old) in [(1, 0), (1, 9000), (5000, 5000), (9000, 1), (9000, 9000)] {
            for file in [file_with(&pattern(old)), memfd(&pattern(old))] {
                replace_with_zeros(&file, size).unwrap();
                assert_eq!(contents(&file), vec![0; size as usize]);
            }
            for file in [file_with(&pattern(old)), memfd(&pattern(old))] {
                overwrite_with_zeros(&file, size).unwrap();
                assert_eq!(contents(&file), vec![0; size as usize]);
            }
        }
    }

    #[test]
    fn replace_with_zeros_frees_space_and_overwrite_keeps_it() {
        let file = memfd(&pattern(1 << 20));
        reserve_space(&file, 0, 2 * MIB).unwrap();
        overwrite_with_zeros(&file, 2 * MIB).unwrap();
        assert!(space(&file) >= 2 * MIB);
        replace_with_zeros(&file, 2 * MIB).unwrap();
        assert!(space(&file) < MIB);
    }

    #[test]
    fn replace_with_zeros_failure_keeps_bytes() {
        for (seals, size) in [(libc::F_SEAL_GROW, 9000), (libc::F_SEAL_SHRINK, 10)] {
            let file = memfd(&pattern(5000));
            seal(&file, seals);
            for zeros in [replace_with_zeros, overwrite_with_zeros] {
                let error = zeros(&file, size).unwrap_err();
                assert_eq!(error.raw_os_error(), Some(libc::EPERM));
                assert_eq!(contents(&file), pattern(5000));
            }
        }
    }

    #[test]
    fn replace_with_zeros_shrink_sealed_succeeds() {
        let file = memfd(&pattern(5000));
        seal(&file, libc::F_SEAL_SHRINK);
        replace_with_zeros(&file, 9000).unwrap();
        assert_eq!(contents(&file), vec![0; 9000]);
    }
}
