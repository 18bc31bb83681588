//! Executable maps: never writable, and no zeros are run.

use ironmap::{Access, ErrorKind, Mmap};

use crate::{file_with, pattern, writable};

/// Returns the protection of the page at an address, as `/proc/self/maps` has it.
#[cfg(target_os = "linux")]
fn protection(at: *const u8) -> String {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        let (start, end) = range.split_once('-').unwrap();
        let number = |hex| usize::from_str_radix(hex, 16).unwrap();
        if (number(start)..number(end)).contains(&at.addr()) {
            return rest[..3].to_owned();
        }
    }
    panic!("{at:?} is not mapped")
}

#[cfg(target_os = "linux")]
#[test]
fn make_exec_then_protect_is_never_both() {
    let mut map = Mmap::anonymous(4000).unwrap();
    map.write_at(0, b"code").unwrap();
    map.make_exec().unwrap();
    assert_eq!(protection(map.as_ptr()), "r-x");
    assert!(map.write_at(0, b"x").unwrap_err().is_protected());
    map.protect(Access::Copy).unwrap();
    assert_eq!(protection(map.as_ptr()), "rw-");
    map.make_exec().unwrap();
    map.protect(Access::Read).unwrap();
    assert_eq!(protection(map.as_ptr()), "r--");
    assert_eq!(map.to_vec(..4).unwrap(), b"code");
}

#[cfg(target_os = "linux")]
#[test]
fn make_exec_lost_page_is_not_executable() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(3 * page));
    let mut map = writable(&file);
    map.make_exec().unwrap();
    file.set_len(page as u64).unwrap();
    assert!(map.byte(page).unwrap_err().is_fault());
    assert_eq!(protection(map.as_ptr()), "r-x");
    assert_eq!(protection(map.as_ptr().wrapping_add(page)), "r--");
    file.set_len(3 * page as u64).unwrap();
    map.restore().unwrap();
    assert_eq!(protection(map.as_ptr().wrapping_add(page)), "r-x");
}

#[test]
fn make_exec_damaged_map_is_refused() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(2 * page));
    let mut map = writable(&file);
    file.set_len(page as u64).unwrap();
    assert!(map.byte(page).is_err());
    assert_eq!(map.make_exec().unwrap_err().kind(), ErrorKind::Fault);
    map.set_byte(0, 1).unwrap(); // as before
}
