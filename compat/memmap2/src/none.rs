//! Systems that cannot map a file.

use std::fs::File;
use std::io::{ErrorKind, Result};

pub(crate) use crate::no_faults::{check, faults, set_choice, set_hook};

use crate::ironmap::Fault;
use crate::{MapIfSafeError, MmapOptions};

/// The kinds of maps with a file.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Read,
    ReadSafe,
    Exec,
    Write,
    Copy,
    CopyReadOnly,
}

/// A file.
pub(crate) struct OpenFile {
    size: u64,
}

impl OpenFile {
    pub(crate) fn of(file: &File) -> Result<OpenFile> {
        let size = file.metadata()?.len();
        Ok(OpenFile { size })
    }

    pub(crate) fn unseen(_: &File) -> Result<OpenFile> {
        Ok(OpenFile { size: 0 })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn check_safe_to_map(
        &self,
        _: u64,
        _: usize,
    ) -> std::result::Result<(), MapIfSafeError> {
        Err(MapIfSafeError::of_system())
    }
}

/// A mapping, of which there are none.
pub(crate) enum Mapping {}

impl Mapping {
    pub(crate) fn map(_: Kind, _: &OpenFile, _: u64, _: usize, _: &MmapOptions) -> Result<Mapping> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(crate) fn anonymous(_: usize, _: &MmapOptions) -> Result<Mapping> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(crate) fn as_ptr(&self) -> *mut u8 {
        match *self {}
    }

    pub(crate) fn len(&self) -> usize {
        match *self {}
    }

    pub(crate) fn flush(&self, _: usize, _: usize) -> Result<()> {
        match *self {}
    }

    pub(crate) fn flush_async(&self, _: usize, _: usize) -> Result<()> {
        match *self {}
    }

    pub(crate) fn make_read_only(&mut self) -> Result<()> {
        match *self {}
    }

    pub(crate) fn make_exec(&mut self) -> Result<()> {
        match *self {}
    }

    pub(crate) fn make_mut(&mut self) -> Result<()> {
        match *self {}
    }

    pub(crate) fn lost(&self, _: usize, _: usize) -> Option<Fault<'static>> {
        match *self {}
    }
}
