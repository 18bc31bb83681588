//! The data of the rows.

use std::fs::{File, OpenOptions};
use std::io::{Read, Result};
use std::path::Path;

pub const KIB: usize = 1 << 10;
pub const MIB: usize = 1 << 20;

/// Returns `size` for people.
pub fn units(size: usize) -> String {
    for (unit, name) in [(1 << 30, "GiB"), (MIB, "MiB"), (KIB, "KiB")] {
        if size % unit == 0 {
            return format!("{} {name}", size / unit);
        }
    }
    format!("{size} bytes")
}

/// Literals that the file of lines lacks: of letters that are rare there, of common letters,
/// and a long one.
pub const ABSENT: [&str; 3] = ["ZQXJKV", "theqz ", "e the quere of the quick"];

/// A file of text lines, and two maps of it whose pages are all in memory.
pub struct Lines<'a> {
    pub path: &'a Path,
    pub file: File,
    pub theirs: memmap2::Mmap,
    pub ours: ironmap::Mmap,
}

impl Lines<'_> {
    pub fn open(path: &Path) -> Result<Lines<'_>> {
        let mut file = File::open(path)?;
        let mut chunk = vec![0; MIB];
        while file.read(&mut chunk)? > 0 {}
        // SAFETY: no process changes the file while it is measured.
        let theirs = unsafe { memmap2::Mmap::map(&file)? };
        let ours = ironmap::Mmap::open(path)?;
        Ok(Lines {
            path,
            file,
            theirs,
            ours,
        })
    }

    pub fn len(&self) -> usize {
        self.ours.len()
    }
}

/// A file of `len` zeros beside the file of lines, removed with this.
pub struct Scratch {
    pub path: std::path::PathBuf,
    pub file: File,
}

impl Scratch {
    pub fn new(beside: &Path, len: usize) -> Result<Scratch> {
        let path = beside.with_extension("scratch");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)?;
        file.set_len(len as u64)?;
        Ok(Scratch { path, file })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Pseudorandom numbers, the same in every run (xorshift).
#[derive(Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}
