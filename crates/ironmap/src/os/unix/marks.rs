//! Marks that distinguish a region's mapping from another one at the same addresses: advice that no
//! other mapping has.
//!
//! # Safety
//!
//! The functions that give advice ask for a block of one region's mapping (SAFETY.md: S4). The
//! advice changes no byte.
#![allow(unsafe_code)]

use std::ops::Range;

use super::proc::find_in_lines;
use super::{MADV_DODUMP, MADV_DONTDUMP, MADV_NORMAL, MADV_RANDOM, advise};
use crate::error::Result;

/// `MADV_DONTDUMP` and `MADV_RANDOM`, as `VmFlags` has them.
const FLAGS: [&[u8]; 2] = [b"dd", b"rr"];

/// # Safety
///
/// S4.
pub(super) unsafe fn set(place: *mut u8, len: usize) -> Result<()> {
    [MADV_DONTDUMP, MADV_RANDOM]
        .into_iter()
        .try_for_each(|mark| {
            // SAFETY: S4, the caller's promise: no byte changes.
            unsafe { advise(place, len, mark) }
        })
}

/// # Safety
///
/// S4.
pub(super) unsafe fn clear(place: *mut u8, len: usize) {
    for advice in [MADV_DODUMP, MADV_NORMAL] {
        // SAFETY: S4, the caller's promise: no byte changes.
        let _ = unsafe { advise(place, len, advice) };
    }
}

/// Returns whether every page has the marks; false if the system does not tell.
pub(super) fn are_set(start: usize, len: usize) -> bool {
    let mut marked = Marked {
        area: 0..0,
        to: start,
    };
    let all = find_in_lines("/proc/self/smaps", |line| {
        marked.go_on(line);
        (marked.to >= start + len).then_some(())
    });
    all.is_some()
}

/// The end of the pages found marked, and the area of the present lines.
struct Marked {
    area: Range<usize>,
    to: usize,
}

impl Marked {
    fn go_on(&mut self, line: &[u8]) {
        if let Some(area) = area_in(line) {
            self.area = area;
        } else if let Some(flags) = line.strip_prefix(b"VmFlags:") {
            let has = |mark: &[u8]| flags.split(|&byte| byte == b' ').any(|flag| flag == mark);
            if FLAGS.into_iter().all(has) && self.area.contains(&self.to) {
                self.to = self.area.end;
            }
        }
    }
}

/// Parses the addresses in the first line of an area: `7f00-7f10 rw-p …`.
fn area_in(line: &[u8]) -> Option<Range<usize>> {
    let end = line.iter().position(|&byte| byte == b' ')?;
    let (start, end) = std::str::from_utf8(&line[..end]).ok()?.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    Some(number(start)?..number(end)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    use std::fs::File;

    use super::*;
    use crate::os::{self, MAP_PRIVATE, PROT_READ};

    #[cfg_attr(miri, ignore = "addresses by number")]
    #[test]
    fn are_set_looks_at_every_page() {
        let page = os::page_size();
        let folder = tempfile::tempdir().unwrap();
        // The name is longer than the kept part of a line, and resembles the marks.
        let path = folder.path().join("dd rr VmFlags:".repeat(18));
        std::fs::write(&path, vec![1; 4 * page]).unwrap();
        let file = File::open(path).unwrap();
        let map = unsafe { os::map(4 * page, PROT_READ, MAP_PRIVATE, os::raw_file(&file), 0) };
        let start = map.unwrap().as_ptr();
        let are_set =
            |from: usize, to: usize| super::are_set(start.addr() + from * page, (to - from) * page);
        let part = |at: usize| start.wrapping_add(at * page);
        assert!(!are_set(0, 4) && !are_set(3, 4));
        unsafe { set(start, 4 * page) }.unwrap();
        assert!(are_set(0, 4) && are_set(1, 2));
        unsafe { clear(part(2), page) };
        assert!(!are_set(0, 4) && are_set(0, 2) && are_set(3, 4) && !are_set(2, 3));
        unsafe { advise(part(2), page, MADV_RANDOM) }.unwrap();
        assert!(!are_set(0, 4), "one of two marks");
        unsafe { set(part(2), page) }.unwrap();
        assert!(are_set(0, 4));
        unsafe { os::unmap(part(1), page) }.unwrap();
        assert!(!are_set(0, 4) && !are_set(1, 2) && are_set(2, 4));
        unsafe { os::unmap(start, page) }.unwrap();
        unsafe { os::unmap(part(2), 2 * page) }.unwrap();
    }
}
