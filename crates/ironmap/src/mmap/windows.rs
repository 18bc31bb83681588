//! Creates and resizes regions by sections and section views.
//!
//! The system neither moves a section view nor cuts a mapped file. So a resize maps again: a file
//! after its section view is unmapped, anonymous memory beside the old one, from which the bytes
//! are copied.

use std::ffi::OsString;

use super::Mmap;
use super::resize::size_for;
use crate::error::{Error, Result};
use crate::file::TrackedFile;
use crate::options::MmapOptions;
use crate::os::{self, FileStatus, Made, Name, RawFile, Section};
use crate::region::{Backing, Layout, Region};

/// The tag name that the map was made with.
pub(super) type Held = Option<Tag>;

/// The name of a section. The name exists as long as the section is open.
pub(super) struct Tag {
    name: Name,
    section: Option<Section>,
}

/// # Windows
impl Mmap {
    /// Returns the tag name that the map was made with: see
    /// [`MmapOptions::tag_name`](crate::MmapOptions::tag_name).
    ///
    /// ```
    /// let map = ironmap::MmapOptions::new().len(100).tag_name("an example").anonymous()?;
    /// assert_eq!(map.tag_name().unwrap(), "an example");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn tag_name(&self) -> Option<OsString> {
        Some(self.held.as_ref()?.name.to_os_string())
    }

    /// Returns whether other maps can share the memory by its name. A private map shows their
    /// changes to a page until it changes the page itself.
    pub(super) fn is_named(&self) -> bool {
        self.held.is_some()
    }
}

impl MmapOptions {
    pub(super) fn region_of_file(
        &self,
        len: usize,
        layout: Layout,
        (file, status): (RawFile, &FileStatus),
        tracked: Option<&TrackedFile>,
    ) -> Result<(Region, Held)> {
        if len == 0 && status.regular {
            return self.empty_region(layout, backing_of(&layout, tracked));
        }
        check_offset(&layout)?;
        let mapped = self.region_of(file, len, layout, backing_of(&layout, tracked));
        let end = layout.file_offset().saturating_add(len as u64);
        if mapped.is_err() && end > status.size {
            undo_growth(file, end, status.size);
        }
        mapped
    }

    pub(super) fn region_of_memory(&self, len: usize, layout: Layout) -> Result<(Region, Held)> {
        let backing = backing_of(&layout, None);
        match len {
            0 => self.empty_region(layout, backing),
            len => self.region_of(os::NO_FILE, len, layout, backing),
        }
    }

    /// An empty region does not claim its name: that needs a section with bytes.
    fn empty_region(&self, layout: Layout, backing: Backing) -> Result<(Region, Held)> {
        let held = self.tag()?.map(|name| Tag {
            name,
            section: None,
        });
        Ok((Region::empty(layout, backing), held))
    }

    fn region_of(
        &self,
        file: RawFile,
        len: usize,
        layout: Layout,
        backing: Backing,
    ) -> Result<(Region, Held)> {
        let name = self.tag()?;
        let (region, made) = map_section(file, len, layout, backing, name.as_ref())?;
        let held = name.map(|name| Tag {
            name,
            section: Some(made.section),
        });
        Ok((region, held))
    }
}

/// A file is at risk: the system refuses to shorten a mapped file, but a disk can break.
fn backing_of(layout: &Layout, tracked: Option<&TrackedFile>) -> Backing {
    if layout.is_anonymous() {
        return Backing::memory();
    }
    Backing {
        file: tracked.map(TrackedFile::identity),
        at_risk: true,
        ..Backing::memory()
    }
}

/// Returns the system's error for an unaligned offset, before the system lengthens the file.
fn check_offset(layout: &Layout) -> Result<()> {
    let offset = layout.file_offset();
    if layout.rounds() || offset % os::allocation_granularity() as u64 == 0 {
        return Ok(());
    }
    let what = text!("mapping a file from file offset {offset} on");
    Err(Error::os(what, os::UNALIGNED))
}

/// Cuts a file that was lengthened for a failed operation, unless its size was changed since.
fn undo_growth(file: RawFile, made: u64, size: u64) {
    if os::status(file).is_ok_and(|now| now.size == made) {
        let _ = os::truncate(file, size);
    }
}

/// Maps `len` bytes of a file, of the page file, or of the section with this name.
fn map_section(
    file: RawFile,
    len: usize,
    layout: Layout,
    backing: Backing,
    name: Option<&Name>,
) -> Result<(Region, Made)> {
    let (protection, flags, offset) = (layout.protection(), layout.flags(), layout.file_offset());
    let size = size_for(offset, len)?;
    let made = os::create_section(file, protection, flags, size, name)?;
    let region = Region::map(len, layout, backing, made.section.as_raw())?;
    if made.existed && !region.is_committed() {
        let what = text!("mapping {len} bytes of a section that is not fully committed");
        return Err(Error::os(what, os::EINVAL));
    }
    Ok((region, made))
}

/// Makes the map `len` bytes long, and its file `size`.
pub(super) fn resize(map: &mut Mmap, len: usize, size: u64) -> Result<()> {
    let kept = match &map.file {
        Some(file) => Some((file.status()?.size, file.identity().fd)),
        None => None,
    };
    if kept.is_none() && map.is_named() {
        // Finds unreadable pages before the name is released: they cannot be copied.
        map.region.load_pages(0..len.min(map.len()))?;
    }
    release_name(&mut map.held)?;
    let faults = map.region.faults();
    let resized = match kept {
        Some((old_size, file)) => resize_file(map, file, len, (old_size, size)),
        None => resize_memory(map, len),
    };
    map.region.continue_count(faults);
    resized
}

/// Makes the map of a file `len` bytes long.
pub(super) fn remap(map: &mut Mmap, file: RawFile, len: usize) -> Result<()> {
    release_name(&mut map.held)?;
    let faults = map.region.faults();
    let remapped = remap_file(map, file, len);
    map.region.continue_count(faults);
    remapped
}

/// Returns false: a section view cannot be made longer.
pub(super) fn refresh_in_place(_map: &mut Mmap, _len: usize) -> bool {
    false
}

/// The system does not cut a mapped file, so the map has no memory meanwhile.
fn resize_file(
    map: &mut Mmap,
    file: RawFile,
    len: usize,
    (old_size, size): (u64, u64),
) -> Result<()> {
    let old_len = map.len();
    let layout = *map.region.layout();
    map.region = Region::empty(layout, backing_of(&layout, map.file.as_ref()));
    let set = map.file.as_mut().map_or(Ok(()), |kept| kept.set_size(size));
    let resized = set.and_then(|()| {
        let mapped = remap_file(map, file, len);
        if mapped.is_err() {
            undo_growth(file, size, old_size);
        }
        mapped
    });
    if resized.is_err() && remap_file(map, file, old_len).is_err() {
        // Another map has taken the name.
        map.held = None;
        let _ = remap_file(map, file, old_len);
    }
    resized
}

/// Resizes anonymous memory. If a failure loses the name, the map keeps its memory.
fn resize_memory(map: &mut Mmap, len: usize) -> Result<()> {
    let resized = remap_memory(map, len);
    if resized.is_err() && map.held.is_some() && remap_memory(map, map.len()).is_err() {
        map.held = None;
    }
    resized
}

/// Closes the section, so that a new one can have the name. Fails if another map has the name
/// open.
fn release_name(held: &mut Held) -> Result<()> {
    let Some(tag) = held else {
        return Ok(());
    };
    tag.section = None;
    match os::open_section(&tag.name) {
        Ok(section) => {
            tag.section = Some(section);
            let what = text!("resizing a map whose tag name is in use");
            Err(Error::os(what, os::USER_MAPPED_FILE))
        }
        Err(error) if error.raw_os_error() == Some(os::ENOENT) => Ok(()),
        Err(error) => {
            *held = None;
            Err(error)
        }
    }
}

fn remap_file(map: &mut Mmap, file: RawFile, len: usize) -> Result<()> {
    map.region = region_again(map, file, len)?;
    Ok(())
}

/// Maps new memory, and copies the old bytes.
fn remap_memory(map: &mut Mmap, len: usize) -> Result<()> {
    let mut region = region_again(map, os::NO_FILE, len)?;
    region.copy_from(&map.region, len.min(map.region.len()))?;
    map.region = region;
    Ok(())
}

/// Maps `len` bytes under the map's name, which must be free.
fn region_again(map: &mut Mmap, file: RawFile, len: usize) -> Result<Region> {
    let layout = *map.region.layout();
    let backing = backing_of(&layout, map.file.as_ref());
    if len == 0 {
        return Ok(Region::empty(layout, backing));
    }
    let name = map.held.as_ref().map(|tag| &tag.name);
    let (region, made) = map_section(file, len, layout, backing, name)?;
    if made.existed {
        let what = text!("resizing a map whose tag name was taken by another map");
        return Err(Error::os(what, os::EEXIST));
    }
    if let Some(tag) = &mut map.held {
        tag.section = Some(made.section);
    }
    Ok(region)
}
