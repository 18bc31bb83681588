//! Making and resizing regions by `mmap` and `mremap`.

use super::Mmap;
use crate::error::{Cause, Error, Result};
use crate::file::KeptFile;
use crate::options::MmapOptions;
use crate::os::{self, FileStatus, RawFile};
use crate::region::{Backing, Layout, Region};

/// What a map holds besides its region and its file: nothing.
pub(super) type Held = ();

impl Mmap {
    /// The number of the descriptor that the map keeps of its file.
    ///
    /// It stays the map's, and shares its offset with the descriptor that the file was
    /// mapped from. Who closes it takes [`size`](Mmap::size) and
    /// [`resize`](Mmap::resize) what they need.
    ///
    /// `fstat`, to see that it still is the file's.
    ///
    /// # Errors
    ///
    /// [`Untracked`](crate::ErrorKind::Untracked) if the map keeps none, as that of
    /// anonymous memory does; [`Os`](crate::ErrorKind::Os) with `EBADF` if somebody in
    /// this process closed it, or put another file in its place.
    pub fn kept_descriptor(&self) -> Result<RawFile> {
        let file = self.file.as_ref();
        file.ok_or_else(|| Error::new(Cause::Untracked))?.checked()
    }
}

impl MmapOptions {
    pub(super) fn region_of_file(
        &self,
        len: usize,
        layout: Layout,
        (fd, status): (RawFile, &FileStatus),
        kept: Option<&KeptFile>,
    ) -> Result<(Region, Held)> {
        let backing = backing_of(fd, status, layout, kept);
        if len == 0 && status.regular {
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

impl Mmap {
    /// Whether others may have the same memory by its name: there are none here.
    pub(super) fn is_named(&self) -> bool {
        false
    }
}

/// What a map of the file `fd` is made of. A file that nobody can make shorter
/// takes no page away from under its maps.
fn backing_of(
    fd: RawFile,
    status: &FileStatus,
    layout: Layout,
    kept: Option<&KeptFile>,
) -> Backing {
    if layout.is_anonymous() {
        return backing_of_memory(layout);
    }
    let mut page = os::page_size();
    if status.block > page as u64 && os::has_huge_pages(fd) {
        page = status.block as usize;
    }
    // Only what can have lost all its names is asked for seals, which costs a
    // system call.
    let sealed = status.links == 0 && os::cannot_shrink(fd);
    Backing {
        page,
        file: kept.filter(|_| status.regular).map(KeptFile::as_watched),
        at_risk: !sealed,
    }
}

/// Huge pages come from a pool, which can be empty when they are touched.
fn backing_of_memory(layout: Layout) -> Backing {
    match os::huge_page_size(layout.flags()) {
        Some(page) => Backing {
            page,
            file: None,
            at_risk: true,
        },
        None => Backing::memory(),
    }
}

/// Makes the map `len` bytes long, and its file `size`.
pub(super) fn resize(map: &mut Mmap, len: usize, size: u64) -> Result<()> {
    match &map.file {
        Some(file) => resize_file(&mut map.region, file, len, size),
        None => resize_memory(&mut map.region, len),
    }
}

/// What may fail comes first, and what is done last can be undone: a longer
/// mapping harms nobody, a shorter file does.
fn resize_file(region: &mut Region, file: &KeptFile, len: usize, size: u64) -> Result<()> {
    let fd = file.checked()?;
    region.extend(len, fd)?;
    if let Err(error) = os::truncate(fd, size) {
        region.cut(region.len());
        return Err(error);
    }
    region.cut(len);
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
    // Bytes that an earlier, longer map has left behind its end.
    let stale = region.mapped().min(len);
    region.extend(len, os::NO_FILE)?;
    region.cut(len);
    if old < stale {
        region.zero(old..stale)?;
    }
    Ok(())
}
