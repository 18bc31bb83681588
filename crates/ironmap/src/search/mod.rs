//! Finding bytes in a region.
//!
//! One byte is searched where it lies. Longer needles are searched in windows:
//! pieces of the region copied into private memory, because a searcher that
//! compares bytes twice needs bytes that hold still. Windows overlap by one
//! byte less than the needle, so no match falls between two of them, and are
//! at least twice as long as it, so no byte is copied more than twice.

mod window;

use std::ops::Range;

use memchr::memmem::{Finder, FinderRev};

use crate::error::{Error, Result};
use crate::region::Region;
use window::Windows;

/// The first match that lies wholly in `range`.
pub(crate) fn find(region: &Region, needle: &[u8], range: Range<usize>) -> Result<Option<usize>> {
    region.require_readable()?;
    match *needle {
        [] => return Ok(Some(range.start)),
        [byte] => return region.find_byte(byte, range),
        _ if needle.len() > range.len() => return Ok(None),
        _ => {}
    }
    region.before(range.len());
    let finder = Finder::new(needle);
    let mut windows = Windows::new(region, needle.len());
    let mut at = range.start;
    while range.end - at >= needle.len() {
        let window = match windows.first_of(at..range.end) {
            Ok(window) => window,
            Err(error) => return find_before_damage(&mut windows, &finder, at, error),
        };
        if let Some(found) = finder.find(window) {
            return Ok(Some(at + found));
        }
        at += window.len() - (needle.len() - 1);
    }
    Ok(None)
}

/// A window can reach into damage that the first match does not: what lies
/// before the damage is searched again, alone.
#[cold]
fn find_before_damage(
    windows: &mut Windows<'_>,
    finder: &Finder<'_>,
    at: usize,
    error: Error,
) -> Result<Option<usize>> {
    let Some(damage) = error.fault().map(|fault| fault.at) else {
        return Err(error);
    };
    if damage - at >= finder.needle().len() {
        let window = windows.first_of(at..damage)?;
        if let Some(found) = finder.find(window) {
            return Ok(Some(at + found));
        }
    }
    Err(error)
}

/// The last match that lies wholly in `range`.
pub(crate) fn rfind(region: &Region, needle: &[u8], range: Range<usize>) -> Result<Option<usize>> {
    region.require_readable()?;
    match *needle {
        [] => return Ok(Some(range.end)),
        [byte] => return region.rfind_byte(byte, range),
        _ if needle.len() > range.len() => return Ok(None),
        _ => {}
    }
    region.before(range.len());
    let finder = FinderRev::new(needle);
    let mut windows = Windows::new(region, needle.len());
    let mut end = range.end;
    while end - range.start >= needle.len() {
        let window = match windows.last_of(range.start..end) {
            Ok(window) => window,
            // The window has its own first damaged byte, the range may have
            // an earlier one.
            Err(error) => return Err(region.require_intact(range).err().unwrap_or(error)),
        };
        if let Some(found) = finder.rfind(window) {
            return Ok(Some(end - window.len() + found));
        }
        end -= window.len() - (needle.len() - 1);
    }
    Ok(None)
}

/// How many matches there are in `range`, none sharing a byte with another.
///
/// The empty needle matches before every byte and at the end.
pub(crate) fn count(region: &Region, needle: &[u8], range: Range<usize>) -> Result<usize> {
    region.require_readable()?;
    match *needle {
        [] => return Ok(range.len() + 1),
        [byte] => return region.count_byte(byte, range),
        _ if needle.len() > range.len() => return Ok(0),
        _ => {}
    }
    region.before(range.len());
    let finder = Finder::new(needle);
    let mut windows = Windows::new(region, needle.len());
    let mut at = range.start;
    let mut matches = 0;
    while range.end - at >= needle.len() {
        let window = windows.first_of(at..range.end)?;
        let mut next = window.len() - (needle.len() - 1);
        for found in finder.find_iter(window) {
            matches += 1;
            next = next.max(found + needle.len());
        }
        at += next;
    }
    Ok(matches)
}
