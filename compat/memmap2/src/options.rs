//! The options of a new map.
//!
//! # Safety
//!
//! * C1: the constructors that are `unsafe` pass on what memmap2 asks of their callers: nothing
//!   changes the file while its bytes are borrowed. No code of this file relies on it.
#![allow(unsafe_code)]

use std::io::{Error, ErrorKind, Result};

use crate::os::{Kind, Mapping, OpenFile};
use crate::{MapIfSafeError, Mmap, MmapAsRawDesc, MmapMut, MmapRaw, MmapRawDescriptor};

/// The options of a new map.
///
/// # Safety
///
/// The constructors of maps with a file are `unsafe`, as memmap2's: nothing may change the file
/// while its bytes are borrowed.
#[derive(Clone, Debug, Default)]
pub struct MmapOptions {
    offset: u64,
    len: Option<usize>,
    pub(crate) huge: Option<u8>,
    pub(crate) stack: bool,
    pub(crate) populate: bool,
    pub(crate) no_reserve_swap: bool,
    pub(crate) no_probe_handle: bool,
}

impl MmapOptions {
    /// Returns options for a map of a whole file.
    pub fn new() -> MmapOptions {
        MmapOptions::default()
    }

    /// Sets where in the file the map begins.
    pub fn offset(&mut self, offset: u64) -> &mut Self {
        self.offset = offset;
        self
    }

    /// Sets the length of the map.
    pub fn len(&mut self, len: usize) -> &mut Self {
        self.len = Some(len);
        self
    }

    /// Asks for memory that a stack can be in: `MAP_STACK`.
    pub fn stack(&mut self) -> &mut Self {
        self.stack = true;
        self
    }

    /// Asks for huge pages, of `2.pow(page_bits)` bytes: `MAP_HUGETLB`.
    pub fn huge(&mut self, page_bits: Option<u8>) -> &mut Self {
        self.huge = Some(page_bits.unwrap_or(0));
        self
    }

    /// Loads the pages at once: `MAP_POPULATE`.
    pub fn populate(&mut self) -> &mut Self {
        self.populate = true;
        self
    }

    /// Reserves no swap space: `MAP_NORESERVE`.
    pub fn no_reserve_swap(&mut self) -> &mut Self {
        self.no_reserve_swap = true;
        self
    }

    /// Asks a handle of Windows for no more than the map needs now.
    pub fn no_probe_handle(&mut self) -> &mut Self {
        self.no_probe_handle = true;
        self
    }

    /// Maps a file to read it.
    pub unsafe fn map<T: MmapAsRawDesc>(&self, file: T) -> Result<Mmap> {
        self.make(Kind::Read, &file).map(Mmap)
    }

    /// Maps a file to run it.
    pub unsafe fn map_exec<T: MmapAsRawDesc>(&self, file: T) -> Result<Mmap> {
        self.make(Kind::Exec, &file).map(Mmap)
    }

    /// Maps a file to read and write it.
    pub unsafe fn map_mut<T: MmapAsRawDesc>(&self, file: T) -> Result<MmapMut> {
        self.make(Kind::Write, &file).map(MmapMut)
    }

    /// Maps a file, whose changes are private.
    pub unsafe fn map_copy<T: MmapAsRawDesc>(&self, file: T) -> Result<MmapMut> {
        self.make(Kind::Copy, &file).map(MmapMut)
    }

    /// Maps a file as [`MmapOptions::map_copy`] does, to read it.
    pub unsafe fn map_copy_read_only<T: MmapAsRawDesc>(&self, file: T) -> Result<Mmap> {
        self.make(Kind::CopyReadOnly, &file).map(Mmap)
    }

    /// Maps a file that cannot change or become shorter. A fault aborts, whatever
    /// [`on_fault`](crate::ironmap::on_fault) says.
    pub fn map_if_safe<T: MmapAsRawDesc>(
        &self,
        file: T,
    ) -> std::result::Result<Mmap, MapIfSafeError> {
        let desc = file.as_raw_desc();
        let (file, len) = self.open(desc).map_err(MapIfSafeError::of_map)?;
        file.check_safe_to_map(self.offset, len)?;
        Mapping::map(Kind::ReadSafe, &file, self.offset, len, self)
            .map(Mmap)
            .map_err(MapIfSafeError::of_map)
    }

    /// Makes a map without a file, of zeros.
    pub fn map_anon(&self) -> Result<MmapMut> {
        let len = valid_len(self.len.unwrap_or(0) as u64)?;
        Mapping::anonymous(len, self).map(MmapMut)
    }

    /// Maps a file to read and write it by raw pointers.
    pub fn map_raw<T: MmapAsRawDesc>(&self, file: T) -> Result<MmapRaw> {
        self.make(Kind::Write, &file).map(MmapRaw)
    }

    /// Maps a file to read it by raw pointers.
    pub fn map_raw_read_only<T: MmapAsRawDesc>(&self, file: T) -> Result<MmapRaw> {
        self.make(Kind::Read, &file).map(MmapRaw)
    }

    fn make<T: MmapAsRawDesc>(&self, kind: Kind, file: &T) -> Result<Mapping> {
        let (file, len) = self.open(file.as_raw_desc())?;
        Mapping::map(kind, &file, self.offset, len, self)
    }

    /// Returns the file, and the length of its map: the one that was set, or that of the rest of
    /// the file.
    fn open(&self, desc: MmapRawDescriptor) -> Result<(OpenFile, usize)> {
        if let Some(len) = self.len {
            return Ok((OpenFile::unseen(desc.0)?, valid_len(len as u64)?));
        }
        let file = OpenFile::of(desc.0)?;
        let rest = file.size().checked_sub(self.offset).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidData,
                "memory map offset is larger than length",
            )
        })?;
        Ok((file, valid_len(rest)?))
    }
}

/// Returns a length that a slice can have.
pub(crate) fn valid_len(len: u64) -> Result<usize> {
    match isize::try_from(len) {
        Ok(len) => Ok(len as usize),
        Err(_) => Err(Error::new(
            ErrorKind::InvalidData,
            "memory map length overflows isize",
        )),
    }
}
