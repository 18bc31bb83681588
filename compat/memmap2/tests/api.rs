//! The types have the traits that memmap2's have.
//!
//! # Safety
//!
//! * No program changes the files that are mapped.
#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::panic::{RefUnwindSafe, UnwindSafe};

use memmap2::{MapIfSafeError, Mmap, MmapMut, MmapOptions, MmapRaw};

fn is_as_free<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}

#[test]
fn maps_are_send_sync_and_unwind_safe() {
    is_as_free::<Mmap>();
    is_as_free::<MmapMut>();
    is_as_free::<MmapRaw>();
    is_as_free::<MmapOptions>();
    let _: fn(MapIfSafeError) -> std::io::Error = From::from;
}

#[test]
fn debug_shows_address_and_length() {
    let map = MmapMut::map_anon(10).unwrap();
    let text = format!("{map:?}");
    assert!(
        text.starts_with("MmapMut { ptr: 0x") && text.ends_with(", len: 10 }"),
        "{text}"
    );
}

#[test]
fn offset_past_the_end_is_refused() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(10).unwrap();
    let ours = unsafe { MmapOptions::new().offset(11).map(&file).unwrap_err() };
    let theirs = unsafe {
        original::MmapOptions::new()
            .offset(11)
            .map(&file)
            .unwrap_err()
    };
    assert_eq!(
        (ours.kind(), ours.to_string()),
        (theirs.kind(), theirs.to_string())
    );
    let ours = MmapOptions::new().len(usize::MAX).map_anon().unwrap_err();
    let theirs = original::MmapOptions::new()
        .len(usize::MAX)
        .map_anon()
        .unwrap_err();
    assert_eq!(
        (ours.kind(), ours.to_string()),
        (theirs.kind(), theirs.to_string())
    );
}

/// Unlike memmap2's, advice never reaches pages past the map.
#[cfg(unix)]
#[test]
fn ranges_past_the_map_are_refused() {
    let map = MmapMut::map_anon(10_000).unwrap();
    let kind = std::io::ErrorKind::InvalidInput;
    let advise = |at, len| map.advise_range(memmap2::Advice::Normal, at, len);
    assert_eq!(advise(10_000, 1).unwrap_err().kind(), kind);
    assert_eq!(advise(usize::MAX, 2).unwrap_err().kind(), kind);
    assert_eq!(map.flush_range(9_999, 2).unwrap_err().kind(), kind);
    advise(9_000, 1_000).unwrap();
}

/// An unaligned offset is added to the length, which must not begin again at 0.
#[cfg(target_os = "linux")]
#[test]
fn remap_to_too_long_is_refused() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(10_000).unwrap();
    let too_long = original::MmapOptions::new()
        .len(usize::MAX)
        .map_anon()
        .unwrap_err();
    for offset in [0, 5] {
        let mut map = unsafe { MmapOptions::new().offset(offset).map(&file).unwrap() };
        let (start, len) = (map.as_ptr(), map.len());
        for new_len in [usize::MAX, usize::MAX - 4, isize::MAX as usize + 1] {
            let may_move = memmap2::RemapOptions::new().may_move(true);
            let error = unsafe { map.remap(new_len, may_move).unwrap_err() };
            assert_eq!(
                (error.kind(), error.to_string()),
                (too_long.kind(), too_long.to_string())
            );
            assert_eq!((map.as_ptr(), map.len()), (start, len));
        }
    }
}
