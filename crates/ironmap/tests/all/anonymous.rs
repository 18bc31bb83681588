//! Anonymous memory.

use ironmap::{Access, ErrorKind, Mmap, MmapOptions};

#[test]
fn anonymous_default_is_zero_private_and_writable() {
    let mut map = Mmap::anonymous(10_000).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), [0; 10_000]);
    assert!(map.is_anonymous() && map.is_private() && map.is_writable());
    assert_eq!(map.size().unwrap(), 10_000);
    map.write_at(9_990, b"0123456789").unwrap();
    assert_eq!(map.to_vec(9_988..).unwrap(), b"\0\x000123456789");
    map.flush(..).unwrap();
}

#[test]
fn anonymous_access_decides_sharing() {
    for (access, private) in [(Access::Copy, true), (Access::Write, false)] {
        let options = MmapOptions::new().access(access).len(1);
        let map = options.anonymous().unwrap();
        assert!(map.is_private() == private && map.is_writable());
    }
    let map = MmapOptions::new()
        .access(Access::Read)
        .len(1)
        .anonymous()
        .unwrap();
    assert!(!map.is_private() && !map.is_writable());
}

#[test]
fn anonymous_without_length_is_error_and_zero_is_empty() {
    let error = MmapOptions::new().anonymous().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let map = Mmap::anonymous(0).unwrap();
    assert!(map.is_empty() && map.is_anonymous());
    assert_eq!(map.size().unwrap(), 0);
}

#[cfg(unix)]
#[test]
fn anonymous_file_offset_is_ignored_but_must_be_aligned() {
    let page = Mmap::page_size() as u64;
    let at = |file_offset| {
        MmapOptions::new()
            .len(1)
            .file_offset(file_offset)
            .anonymous()
    };
    assert_eq!(at(1 << 40).unwrap().file_offset(), 1 << 40);
    at(page * 3).unwrap();
    assert_eq!(at(page + 1).unwrap_err().raw_os_error(), Some(libc::EINVAL));
}

#[test]
fn anonymous_untracked_has_no_size_and_no_resize() {
    let mut map = MmapOptions::new()
        .access(Access::Copy)
        .len(10)
        .track_file(false)
        .anonymous()
        .unwrap();
    assert!(!map.tracks_file());
    assert_eq!(map.size().unwrap_err().kind(), ErrorKind::Untracked);
    assert_eq!(map.resize(5).unwrap_err().kind(), ErrorKind::Untracked);
    assert_eq!(map.len(), 10);
}
