//! Creates and resizes regions by `mmap` and `mremap`.

use super::Mmap;
use crate::error::{Cause, Error, Result};
use crate::file::TrackedFile;
use crate::options::MmapOptions;
use crate::os::{self, FileStatus, RawFile};
use crate::region::{Backing, Layout, Region};

/// Used on Windows only, to hold the tag name.
pub(super) type Held = ();

impl MmapOptions {
    pub(super) fn region_of_file(
        &self,
        len: usize,
        layout: Layout,
        (fd, status): (RawFile, &FileStatus),
        tracked: Option<&TrackedFile>,
    ) -> Result<(Region, Held)> {
        let backing = backing_of(len, layout, (fd, status), tracked);
        if len == 0 && status.regular {
            // On hugetlbfs a mapping would lengthen the file.
            if self.explicit_len().is_none() && backing.page == os::page_size() {
                require_mappable(layout, backing, fd)?;
            }
            return Ok((Region::empty(layout, backing), ()));
        }
        // Without it macOS may map the file's contents of before the last writes. A file
        // that cannot be synced can still be mapped.
        #[cfg(target_vendor = "apple")]
        let _ = os::full_sync(fd);
        Ok((Region::map(len, layout, backing, fd)?, ()))
    }

    pub(super) fn region_of_memory(&self, len: usize, layout: Layout) -> Result<(Region, Held)> {
        let backing = backing_of_memory(layout);
        let region = match len {
            0 => Region::empty(layout, backing),
            len => Region::map(len, layout, backing, os::NO_FILE)?,
        };
        Ok((region, ()))
    }
}

/// Maps one byte of a file of size 0: virtual files of /proc have that size, and cannot be mapped.
fn require_mappable(layout: Layout, backing: Backing, fd: RawFile) -> Result<()> {
    // Nothing touches it, so it needs no guard.
    let backing = Backing {
        at_risk: false,
        ..backing
    };
    match Region::map(1, layout, backing, fd) {
        Ok(_) => Ok(()),
        Err(error) => match error.raw_os_error() {
            // These are not about the file.
            None | Some(os::ENOMEM | os::EAGAIN | os::ENFILE) => Err(error),
            Some(errno) => Err(Error::new(Cause::EmptyFile { errno })),
        },
    }
}

impl Mmap {
    /// Returns false: only Windows has tag names.
    pub(super) fn is_named(&self) -> bool {
        false
    }
}

/// Returns the backing of a map of `len` bytes of the file `fd`. A file that cannot be
/// shortened is no risk to its maps. Huge pages are: their pool can be empty when they are
/// touched.
fn backing_of(
    len: usize,
    layout: Layout,
    (fd, status): (RawFile, &FileStatus),
    tracked: Option<&TrackedFile>,
) -> Backing {
    if layout.is_anonymous() {
        return backing_of_memory(layout);
    }
    let huge = status.block > os::page_size() as u64 && os::has_huge_pages(fd);
    // Only a file without names can have seals, so other files save the system call.
    let reach = layout.file_offset().saturating_add(len as u64);
    let lasting = status.links == 0 && !huge && os::cannot_shrink_below(fd, reach);
    Backing {
        page: if huge {
            status.block as usize
        } else {
            os::page_size()
        },
        file: tracked
            .filter(|_| status.regular)
            .map(TrackedFile::identity),
        at_risk: !lasting,
        is_device: status.is_device,
    }
}

/// Returns the backing of anonymous memory. Only huge pages are at risk.
fn backing_of_memory(layout: Layout) -> Backing {
    match os::huge_page_size(layout.flags()) {
        Some(page) => Backing {
            page,
            at_risk: true,
            ..Backing::memory()
        },
        None => Backing::memory(),
    }
}

/// Makes the map `len` bytes long, and its file `size`.
pub(super) fn resize(map: &mut Mmap, len: usize, size: u64) -> Result<()> {
    match &mut map.file {
        Some(file) => resize_file(&mut map.region, file, len, size),
        None => resize_memory(&mut map.region, len),
    }
}

/// Makes the map of a file `len` bytes long.
pub(super) fn remap(map: &mut Mmap, fd: RawFile, len: usize) -> Result<()> {
    map.region.grow_mapping(len, fd)?;
    map.region.set_len_and_trim(len);
    Ok(())
}

/// Makes the map `len` bytes long, which is more than before, if it need not move.
pub(super) fn refresh_in_place(map: &mut Mmap, len: usize) -> bool {
    let fits = map.region.stretch_mapping(len);
    if fits {
        map.region.set_len_and_trim(len);
    }
    fits
}

/// Grows the mapping first, since that can be undone; then sets the file's size; then trims
/// the mapping, which cannot fail.
fn resize_file(region: &mut Region, file: &mut TrackedFile, len: usize, size: u64) -> Result<()> {
    let fd = file.checked()?;
    if region.has_huge_pages() {
        return resize_huge_file(region, fd, len, size);
    }
    region.grow_mapping(len, fd)?;
    if let Err(error) = file.set_size(size) {
        region.set_len_and_trim(region.len());
        return Err(error);
    }
    region.set_len_and_trim(len);
    Ok(())
}

/// On hugetlbfs `mmap` itself lengthens the file, so the file comes first. If its size is not
/// a multiple of the page size, `ftruncate` fails before anything has changed.
fn resize_huge_file(region: &mut Region, fd: RawFile, len: usize, size: u64) -> Result<()> {
    let before = os::status(fd)?.size;
    if size <= before {
        // The mapping grows inside the file, if at all.
        region.grow_mapping(len, fd)?;
        os::truncate(fd, size).inspect_err(|_| region.set_len_and_trim(region.len()))?;
    } else {
        os::truncate(fd, size)?;
        region.grow_mapping(len, fd).inspect_err(|_| {
            // The new pages are holes. An empty pool refused the mapping.
            let _ = os::truncate(fd, before);
        })?;
    }
    region.set_len_and_trim(len);
    Ok(())
}

fn resize_memory(region: &mut Region, len: usize) -> Result<()> {
    let old = region.len();
    if len > old && !region.layout().is_private() {
        return Err(Error::new(Cause::SharedAnonymousGrowth {
            from: old,
            to: len,
        }));
    }
    // Bytes past the end that an earlier, longer map has left.
    let stale = region.mapped().min(len);
    region.grow_mapping(len, os::NO_FILE)?;
    region.set_len_and_trim(len);
    if old < stale {
        region.fill(0, old..stale)?;
    }
    Ok(())
}
