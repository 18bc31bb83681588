//! Pages: in memory, locked, dropped, protected.

#[cfg(unix)]
use crate::raw_numbers::Flagged;
#[cfg(target_os = "linux")]
use ironmap::raw::MmapOptionsExt;
use std::io::Write;

use ironmap::{Access, ErrorKind, Mmap, MmapOptions};

use crate::{contents, file_with, pattern, writable};

const PAGES: usize = 64;

fn pages(count: usize) -> usize {
    count * Mmap::page_size()
}

/// Returns a file on a disk, from which dropped pages can be read again.
#[cfg(target_os = "linux")]
fn on_disk() -> std::fs::File {
    let file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    (&file).write_all(&pattern(pages(PAGES))).unwrap();
    file.sync_all().unwrap();
    file
}

#[test]
fn populate_makes_pages_resident() {
    let file = file_with(&pattern(pages(PAGES)));
    let map = writable(&file);
    map.populate(..).unwrap();
    assert_eq!(map.resident(..).unwrap(), 1.0);
    assert_eq!(map.resident_pages(..).unwrap(), [true; PAGES]);
    assert_eq!(map.to_vec(..).unwrap(), pattern(pages(PAGES)));
    let anonymous = Mmap::anonymous(pages(PAGES)).unwrap();
    anonymous.populate(pages(1)..pages(3)).unwrap();
    let resident = anonymous.resident_pages(..pages(5)).unwrap();
    assert_eq!(resident, [false, true, true, false, false]);
    assert_eq!(anonymous.resident(..pages(4)).unwrap(), 0.5);
}

#[test]
fn page_methods_range_is_widened_and_checked() {
    let file = file_with(&pattern(pages(3) + 1));
    let map = writable(&file);
    map.populate(..).unwrap();
    for (range, count) in [
        (0..0, 0),
        (0..1, 1),
        (5..5, 0),
        (pages(1) - 1..pages(1) + 1, 2),
        (pages(3)..pages(3) + 1, 1),
        (0..pages(3) + 1, 4),
    ] {
        assert_eq!(map.resident_pages(range).unwrap().len(), count);
    }
    assert_eq!(map.resident(0..0).unwrap(), 1.0);
    let outside = ..pages(3) + 2;
    for result in [
        map.populate(outside),
        map.resident(outside).map(drop),
        map.resident_pages(outside).map(drop),
        map.lock(outside),
        map.unlock(outside),
        map.drop_pages(outside),
    ] {
        assert!(result.unwrap_err().is_out_of_bounds());
    }
}

#[test]
fn page_methods_empty_map_succeed() {
    let mut map = MmapOptions::new()
        .access(Access::Write)
        .len(0)
        .map(file_with(b""))
        .unwrap();
    map.populate(..).unwrap();
    map.lock(..).unwrap();
    map.unlock(..).unwrap();
    #[cfg(not(windows))]
    map.drop_pages(..).unwrap();
    assert_eq!(map.resident(..).unwrap(), 1.0);
    assert!(map.resident_pages(..).unwrap().is_empty());
    map.protect(Access::Read).unwrap();
    assert!(!map.is_writable());
}

/// Needs more than one call of `mincore`.
#[test]
fn resident_pages_over_one_call_are_complete() {
    let file = file_with(b"");
    file.set_len(pages(9000) as u64).unwrap();
    let map = writable(&file);
    map.populate(pages(3999)..pages(4001)).unwrap();
    let resident = map.resident_pages(..).unwrap();
    assert_eq!(resident.len(), 9000);
    assert!(resident[3999] && resident[4000]);
    let count = resident.iter().filter(|&&page| page).count();
    assert_eq!(map.resident(..).unwrap(), count as f64 / 9000.0);
}

/// Compares ranges around the edges of those calls with single pages.
#[test]
fn resident_pages_any_range_agrees_with_single_pages() {
    let mut map = MmapOptions::new()
        .access(Access::Copy)
        .len(pages(9000))
        .anonymous()
        .unwrap();
    // Only in every second 4 MiB, because the system may use huge pages.
    for page in (0..9000).filter(|page| page / 1024 % 2 == 0 && page % 7 < 3) {
        map.set_byte(pages(page), 1).unwrap();
    }
    let page = |at| map.resident_pages(pages(at)..pages(at + 1)).unwrap()[0];
    let alone: Vec<bool> = (0..9000).map(page).collect();
    assert!(alone.contains(&true) && alone.contains(&false));
    for start in [0, 1, 700] {
        for end in [3999, 4000, 4001, 4699, 4700, 4701, 7999, 8000, 8001, 9000] {
            let range = pages(start)..pages(end);
            let expected = &alone[start..end];
            assert!(map.resident_pages(range.clone()).unwrap() == expected);
            let count = expected.iter().filter(|&&page| page).count();
            let part = count as f64 / expected.len() as f64;
            assert_eq!(map.resident(range).unwrap(), part);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn populate_file_keeps_pages_clean() {
    if !there_is_a_disk() {
        return;
    }
    let file = on_disk();
    let map = writable(&file);
    map.populate(..).unwrap();
    assert_eq!(
        kibibytes(&map, "Shared_Dirty:") + kibibytes(&map, "Private_Dirty:"),
        0
    );
    assert_eq!(kibibytes(&map, "Rss:"), pages(PAGES) >> 10);
}

#[cfg(target_os = "linux")]
#[test]
fn populate_anonymous_maps_for_stores() {
    let map = MmapOptions::new()
        .access(Access::Copy)
        .len(pages(PAGES))
        .anonymous()
        .unwrap();
    // Otherwise the kernel merges it with adjacent memory.
    map.advise(ironmap::Advice::DontDump, ..).unwrap();
    map.populate(..).unwrap();
    assert_eq!(kibibytes(&map, "Private_Dirty:"), pages(PAGES) >> 10);
}

#[cfg(target_os = "linux")]
#[test]
fn unlock_after_two_locks_unlocks() {
    let file = on_disk();
    let map = writable(&file);
    map.lock(..pages(4)).unwrap();
    assert_eq!(kibibytes(&map, "Locked:"), pages(4) >> 10);
    map.lock(..pages(2)).unwrap();
    map.unlock(1..2).unwrap();
    assert_eq!(
        kibibytes(&map, "Locked:"),
        0,
        "its first area is not locked"
    );
    map.unlock(..).unwrap();
    map.unlock(..).unwrap();
    assert_eq!(kibibytes(&map, "Locked:"), 0);
}

/// Returns a field of /proc/self/smaps for the area at the start of the map.
#[cfg(target_os = "linux")]
fn kibibytes(map: &Mmap, field: &str) -> usize {
    let areas = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let start = format!("{:x}-", map.as_ptr().addr());
    let mut lines = areas.lines().skip_while(|line| !line.starts_with(&start));
    let line = lines.find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(unix)]
#[test]
fn populate_and_lock_damage_is_fault() {
    let file = file_with(&pattern(pages(PAGES)));
    let map = writable(&file);
    map.populate(..).unwrap();
    file.set_len(pages(PAGES / 2) as u64).unwrap();
    for result in [map.populate(..), map.lock(pages(2)..)] {
        let fault = result.unwrap_err().fault().expect("a fault");
        assert_eq!(fault.at, pages(PAGES / 2));
    }
    map.populate(..pages(PAGES / 2)).unwrap();
    let fault = map.populate(pages(PAGES - 1)..).unwrap_err().fault();
    assert_eq!(fault.expect("a fault").at, pages(PAGES - 1));
    assert_eq!(map.faults(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn lock_damage_locks_nothing() {
    let file = on_disk();
    let map = writable(&file);
    file.set_len(pages(3) as u64).unwrap();
    assert!(map.lock(..).unwrap_err().is_fault());
    assert_eq!(kibibytes(&map, "Locked:"), 0);
    assert_eq!(map.to_vec(..pages(3)).unwrap(), pattern(pages(3)));
}

/// Returns whether `on_disk` has files on a disk, and says so if not.
#[cfg(target_os = "linux")]
#[allow(clippy::print_stderr, reason = "says why a test does nothing")]
fn there_is_a_disk() -> bool {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let fields = mounts
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>());
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let above = fields.filter(|fields| folder.starts_with(fields[1]));
    let mount = above.max_by_key(|fields| fields[1].len()).unwrap();
    let found = !["tmpfs", "ramfs"].contains(&mount[2]);
    if !found {
        eprintln!("skipped: the pages of {} are only in memory", mount[2]);
    }
    found
}

#[cfg(target_os = "linux")]
#[test]
fn drop_pages_are_read_again() {
    if !there_is_a_disk() {
        return;
    }
    let file = on_disk();
    let map = MmapOptions::new().map(&file).unwrap();
    map.populate(..).unwrap();
    map.drop_pages(..).unwrap();
    assert_eq!(map.resident(..).unwrap(), 0.0);
    assert_eq!(map.to_vec(..).unwrap(), pattern(pages(PAGES)));
    map.populate(..).unwrap();
    map.drop_pages(pages(8) + 1..pages(40)).unwrap();
    let resident = map.resident_pages(..).unwrap();
    assert!(
        resident[..8]
            .iter()
            .chain(&resident[40..])
            .all(|&page| page)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn drop_pages_keeps_changes() {
    let file = on_disk();
    let mut map = writable(&file);
    map.write_at(pages(1), b"changed").unwrap();
    map.drop_pages(..).unwrap();
    assert_eq!(map.to_vec(pages(1)..pages(1) + 7).unwrap(), b"changed");
    map.protect(Access::Read).unwrap();
    map.drop_pages(..).unwrap();
    assert_eq!(contents(&file)[pages(1)..][..7], *b"changed");
}

#[test]
fn drop_pages_private_or_anonymous_is_refused() {
    let file = file_with(&pattern(100));
    let mut private = MmapOptions::new().access(Access::Copy).map(&file).unwrap();
    private.write_at(0, b"changed").unwrap();
    private.protect(Access::Read).unwrap();
    for map in [private, Mmap::anonymous(100).unwrap()] {
        let error = map.drop_pages(..).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("nowhere else"), "{error}");
    }
    let untracked = MmapOptions::new().track_file(false).map(&file).unwrap();
    let error = untracked.drop_pages(..).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Untracked);
}

#[cfg(target_os = "linux")]
#[test]
fn drop_pages_private_never_writable_succeeds() {
    let map = MmapOptions::new()
        .with_flags(libc::MAP_PRIVATE)
        .map(on_disk())
        .unwrap();
    map.populate(..).unwrap();
    map.drop_pages(..).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), pattern(pages(PAGES)));
}

#[test]
fn protect_read_then_write_succeeds() {
    let file = file_with(&pattern(pages(2)));
    let mut map = writable(&file);
    map.protect(Access::Read).unwrap();
    assert!(map.is_readable() && !map.is_writable());
    let error = map.set_byte(0, 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotWritable);
    let error = map.resize(pages(3)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotResizable);
    assert_eq!(map.to_vec(..).unwrap(), pattern(pages(2)));
    map.protect(Access::Write).unwrap();
    map.set_byte(0, 1).unwrap();
    map.resize(pages(3)).unwrap();
    map.set_byte(pages(3) - 1, 2).unwrap();
    assert_eq!(contents(&file)[pages(3) - 1], 2);
}

#[cfg(target_os = "linux")]
#[test]
fn flush_after_protect_read_writes_changes() {
    if !there_is_a_disk() {
        return;
    }
    let file = on_disk();
    let mut map = writable(&file);
    map.write_at(0, b"changed").unwrap();
    map.protect(Access::Read).unwrap();
    let dirty = || kibibytes(&map, "Shared_Dirty:") + kibibytes(&map, "Private_Dirty:");
    assert_ne!(dirty(), 0);
    map.flush(..).unwrap();
    assert_eq!(dirty(), 0);
}

#[test]
fn protect_private_as_shared_is_refused() {
    let file = file_with(&pattern(100));
    let mut map = MmapOptions::new().access(Access::Copy).map(&file).unwrap();
    map.set_byte(0, 9).unwrap();
    map.protect(Access::Read).unwrap();
    let error = map.protect(Access::Write).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let says = "a private map cannot be given Access::Write";
    assert_eq!(error.to_string(), says);
    assert!(!map.is_writable());
    map.protect(Access::Copy).unwrap();
    map.set_byte(1, 9).unwrap();
    assert_eq!(map.to_vec(..3).unwrap(), [9, 9, 2]);
    assert_eq!(contents(&file), pattern(100));
    let error = writable(&file).protect(Access::Copy).unwrap_err();
    let says = "a shared map cannot be given Access::Copy";
    assert_eq!(error.to_string(), says);
}

#[cfg(unix)]
#[test]
fn protect_write_read_only_file_is_denied() {
    let named = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(named.path(), pattern(pages(2))).unwrap();
    let mut map = Mmap::open(named.path()).unwrap();
    let error = map.protect(Access::Write).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EACCES));
    assert!(map.is_readable() && !map.is_writable());
    assert_eq!(map.to_vec(..).unwrap(), pattern(pages(2)));
    // The zeros of damaged pages could be made writable.
    named.as_file().set_len(1).unwrap();
    assert!(map.byte(pages(1)).unwrap_err().is_fault());
    let error = map.protect(Access::Write).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EACCES));
    assert!(map.set_byte(pages(1), 1).unwrap_err().is_protected());
    named.as_file().set_len(pages(2) as u64).unwrap();
    map.restore().unwrap();
    assert_eq!(map.byte(pages(1)).unwrap(), 0);
}

#[cfg(unix)]
#[test]
fn protect_before_damage_is_survived() {
    let file = file_with(&pattern(pages(8)));
    let mut map = writable(&file);
    map.protect(Access::Read).unwrap();
    file.set_len(pages(2) as u64).unwrap();
    assert!(map.byte(pages(5)).unwrap_err().is_fault());
    map.protect(Access::Write).unwrap();
    assert!(map.set_byte(pages(5), 1).unwrap_err().is_fault());
    file.set_len(pages(8) as u64).unwrap();
    map.restore().unwrap();
    map.set_byte(pages(5), 1).unwrap();
    assert_eq!(contents(&file)[pages(5)], 1);
}

/// The handler maps zeros with the map's current protection.
#[cfg(target_os = "linux")]
#[test]
fn protect_applies_to_damaged_pages() {
    let file = file_with(&pattern(pages(8)));
    for (opened, access, expected) in [
        (Access::Read, Access::Write, "rw"),
        (Access::Write, Access::Read, "r-"),
    ] {
        file.set_len(pages(8) as u64).unwrap();
        let mut map = MmapOptions::new().access(opened).map(&file).unwrap();
        map.protect(access).unwrap();
        file.set_len(pages(2) as u64).unwrap();
        assert!(map.byte(pages(5)).unwrap_err().is_fault());
        let protections = protections(&map);
        assert_eq!(protections.len(), 2, "the file, and zeros");
        assert!(
            protections.iter().all(|p| p.starts_with(expected)),
            "{protections:?}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn protect_failure_changes_no_page() {
    let named = tempfile::NamedTempFile::new().unwrap();
    named.as_file().set_len(pages(8) as u64).unwrap();
    // An untracked map does not know the extent of the damage, so a single page is replaced.
    let options = MmapOptions::new().track_file(false);
    let mut map = options.open(named.path()).unwrap();
    named.as_file().set_len(0).unwrap();
    assert!(map.byte(0).unwrap_err().is_fault());
    assert!(map.protect(Access::Write).is_err());
    let protections = protections(&map);
    assert_eq!(protections.len(), 2, "zeros, and the file");
    assert!(
        protections.iter().all(|p| p.starts_with("r-")),
        "{protections:?}"
    );
}

/// Returns the protection of each area of a map in `/proc/self/maps`.
#[cfg(target_os = "linux")]
fn protections(map: &Mmap) -> Vec<String> {
    let start = map.as_ptr().addr();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let areas = maps.lines().filter_map(|line| {
        let (first, rest) = line.split_once('-')?;
        let first = usize::from_str_radix(first, 16).ok()?;
        let protection = rest.split(' ').nth(1)?.to_owned();
        (start..start + map.len())
            .contains(&first)
            .then_some(protection)
    });
    areas.collect()
}

#[cfg(target_os = "linux")]
#[test]
fn protect_keeps_exec() {
    let protection = libc::PROT_READ | libc::PROT_EXEC;
    let mut map = MmapOptions::new()
        .raw_protection(protection)
        .map(file_with(&pattern(100)))
        .unwrap();
    map.protect(Access::Write).unwrap();
    map.protect(Access::Read).unwrap();
    assert_eq!(protections(&map), ["r-xs"]);
}
