//! Making and resizing regions by `mmap` and `mremap`.

use super::Mmap;
use crate::error::{Cause, Error, Result};
use crate::file::TrackedFile;
use crate::options::MmapOptions;
use crate::os::{self, FileStatus, RawFile};
use crate::region::{Backing, Layout, Region};

/// What a map holds besides its region and its file: nothing.
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
            // On hugetlbfs a mapping would make the file longer.
            if self.explicit_len().is_none() && backing.page == os::page_size() {
                require_mappable(layout, backing, fd)?;
            }
            return Ok((Region::empty(layout, backing), ()));
        }
        // Without it macOS may show the map what the file held before the last
        // writes. A file that cannot be synced can still be mapped.
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

/// Files of /proc say that they are empty and are not: those cannot be mapped.
fn require_mappable(layout: Layout, backing: Backing, fd: RawFile) -> Result<()> {
    // Nothing touches it, so nothing guards it.
    let backing = Backing {
        at_risk: false,
        ..backing
    };
    match Region::map(1, layout, backing, fd) {
        Ok(_) => Ok(()),
        Err(error) => match error.raw_os_error() {
            // That is not about the file.
            None | Some(os::ENOMEM | os::EAGAIN | os::ENFILE) => Err(error),
            Some(errno) => Err(Error::new(Cause::EmptyFile { errno })),
        },
    }
}

impl Mmap {
    /// Whether others may have the same memory by its name: there are none here.
    pub(super) fn is_named(&self) -> bool {
        false
    }
}

/// What a map of `len` bytes of the file `fd` is made of. A file that nobody can make
/// shorter takes no page away from under its maps; huge pages come from a pool, which
/// can be empty when they are touched.
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
    // Only what can have lost all its names is asked for seals, which costs a
    // system call.
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

/// Memory of the process's own, but for huge pages and their pool.
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

/// What may fail comes first, and what is done last can be undone: a longer
/// mapping harms nobody, a shorter file does.
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

/// On hugetlbfs `mmap` itself makes the file longer, so the file comes first. Its size is
/// a whole number of pages, or `ftruncate` fails and nothing has changed.
fn resize_huge_file(region: &mut Region, fd: RawFile, len: usize, size: u64) -> Result<()> {
    let before = os::status(fd)?.size;
    if size <= before {
        // The mapping grows inside the file, if at all.
        region.grow_mapping(len, fd)?;
        os::truncate(fd, size).inspect_err(|_| region.set_len_and_trim(region.len()))?;
    } else {
        os::truncate(fd, size)?;
        region.grow_mapping(len, fd).inspect_err(|_| {
            // The new pages are holes. A pool that is empty refused the mapping.
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
    // Bytes that an earlier, longer map has left past its end.
    let stale = region.mapped().min(len);
    region.grow_mapping(len, os::NO_FILE)?;
    region.set_len_and_trim(len);
    if old < stale {
        region.fill(0, old..stale)?;
    }
    Ok(())
}
