//! Flushing, advice and names of mappings.

#[cfg(unix)]
use crate::raw_numbers::Advised;
use ironmap::raw::MmapExt;
use ironmap::{Access, MmapOptions};
#[cfg(unix)]
use ironmap::{Advice, Mmap};

use crate::{contents, file_with, pattern, writable};

#[test]
fn flush_any_range_writes_it() {
    let file = file_with(&pattern(10_000));
    let mut map = writable(&file);
    map.set_byte(5000, 1).unwrap();
    map.flush(5000..5001).unwrap();
    map.flush(4999..=5001).unwrap();
    map.flush(10_000..).unwrap();
    map.flush_async(1..).unwrap();
    assert_eq!(contents(&file)[5000], 1);
    assert!(map.flush(..10_001).unwrap_err().is_out_of_bounds());
    assert!(map.flush_async(10_001..).unwrap_err().is_out_of_bounds());
}

#[test]
fn flush_unshared_map_is_noop() {
    let file = file_with(b"abc");
    MmapOptions::new().map(&file).unwrap().flush(..).unwrap();
    MmapOptions::new()
        .access(Access::Copy)
        .map(&file)
        .unwrap()
        .flush(..)
        .unwrap();
}

#[cfg(unix)]
#[test]
fn flush_raw_passes_arguments_to_msync() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(3 * page));
    let map = writable(&file);
    map.flush_raw(libc::MS_SYNC, ..).unwrap();
    map.flush_raw(libc::MS_ASYNC, page..).unwrap();
    let error = map.flush_raw(libc::MS_SYNC, 1..).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    let error = map
        .flush_raw(libc::MS_SYNC | libc::MS_ASYNC, ..)
        .unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    let reading = MmapOptions::new().map(&file).unwrap();
    assert!(
        reading.flush_raw(libc::MS_SYNC, 1..).is_err(),
        "read-only maps ask too"
    );
}

#[cfg(unix)]
#[test]
fn advise_any_range_keeps_bytes() {
    let bytes = pattern(10_000);
    let file = file_with(&bytes);
    let map = writable(&file);
    for advice in [
        Advice::Normal,
        Advice::Random,
        Advice::Sequential,
        Advice::WillNeed,
    ] {
        map.advise(advice, ..).unwrap();
        map.advise(advice, 5000..6000).unwrap();
        assert!(map.advise(advice, ..10_001).unwrap_err().is_out_of_bounds());
    }
    assert_eq!(map.to_vec(..).unwrap(), bytes);
}

#[cfg(target_os = "linux")]
#[test]
fn advise_linux_advice_succeeds_or_einval() {
    let bytes = pattern(3 * Mmap::page_size());
    let file = file_with(&bytes);
    let map = writable(&file);
    map.advise(Advice::DontDump, 1..2).unwrap();
    map.advise(Advice::DoDump, ..).unwrap();
    map.advise(Advice::PopulateRead, ..).unwrap();
    map.advise(Advice::PopulateWrite, ..).unwrap();
    map.advise(Advice::Cold, ..).unwrap();
    map.advise(Advice::PageOut, ..).unwrap();
    // These are build options of the kernel.
    for advice in [
        Advice::HugePage,
        Advice::NoHugePage,
        Advice::Mergeable,
        Advice::Unmergeable,
        Advice::Collapse,
    ] {
        if let Err(error) = map.advise(advice, ..) {
            assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{advice:?}");
        }
    }
    assert_eq!(map.to_vec(..).unwrap(), bytes);
}

#[cfg(unix)]
#[test]
fn advise_raw_passes_arguments_to_madvise() {
    let mut map = MmapOptions::new()
        .access(Access::Copy)
        .len(2 * Mmap::page_size())
        .anonymous()
        .unwrap();
    map.advise_number(libc::MADV_RANDOM, ..).unwrap();
    let page = Mmap::page_size();
    map.advise_number(libc::MADV_RANDOM, page..page).unwrap();
    let error = map.advise_number(libc::MADV_RANDOM, 1..).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert_eq!(
        map.advise_number(-1, ..).unwrap_err().raw_os_error(),
        Some(libc::EINVAL)
    );
    assert!(
        map.advise_number(libc::MADV_RANDOM, ..2 * page + 1)
            .unwrap_err()
            .is_out_of_bounds()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn advise_raw_dontneed_discards_bytes() {
    let mut map = MmapOptions::new()
        .access(Access::Copy)
        .len(100)
        .anonymous()
        .unwrap();
    map.set_byte(0, 1).unwrap();
    map.advise_number(libc::MADV_DONTNEED, ..).unwrap();
    assert_eq!(map.byte(0).unwrap(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn advise_raw_guard_install_is_refused() {
    const MADV_GUARD_INSTALL: i32 = 102;
    let mut map = MmapOptions::new()
        .access(Access::Copy)
        .len(100)
        .anonymous()
        .unwrap();
    let error = map.advise_number(MADV_GUARD_INSTALL, ..).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert_eq!(map.byte(0).unwrap(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn set_name_appears_in_maps_or_einval() {
    let map = MmapOptions::new()
        .access(Access::Copy)
        .len(100)
        .anonymous()
        .unwrap();
    match map.set_name(c"ironmap-test-name") {
        Ok(()) => {
            let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
            assert!(maps.contains("[anon:ironmap-test-name]"));
        }
        // A kernel without CONFIG_ANON_VMA_NAME.
        Err(error) => assert_eq!(error.raw_os_error(), Some(libc::EINVAL)),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn is_supported_agrees_with_advise() {
    let map = Mmap::anonymous(1 << 20).unwrap();
    for advice in [Advice::Normal, Advice::WillNeed, Advice::DontDump] {
        assert!(advice.is_supported());
        map.advise(advice, ..).unwrap();
    }
    // Depends on the kernel.
    for advice in [Advice::HugePage, Advice::Cold, Advice::Mergeable] {
        assert_eq!(
            advice.is_supported(),
            map.advise(advice, ..).is_ok(),
            "{advice:?}"
        );
    }
}
