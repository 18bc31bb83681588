//! Writes a patched copy of a binary: replaces all occurrences of some bytes by others.
//!
//!     cargo run --release --example patch -- FILE OLD NEW COPY
//!
//! The map is copy-on-write: only changed pages take memory, and the file keeps its bytes. The
//! copy gets its name when it is complete.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

use ironmap::{Access, Mmap, MmapOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().collect();
    let [_, path, old, new, copy] = &arguments[..] else {
        eprintln!("usage: patch FILE OLD NEW COPY");
        process::exit(2);
    };
    let (old, new) = (old.as_encoded_bytes(), new.as_encoded_bytes());
    if old.len() != new.len() || old.is_empty() {
        return Err("OLD and NEW have to be of one length, and not empty".into());
    }
    let mut map = MmapOptions::new().access(Access::Copy).open(path)?;
    let places = map.find_all(old, ..)?;
    for &at in &places {
        map.write_at(at, new)?;
    }
    let mut unnamed = PathBuf::from(copy);
    unnamed.as_mut_os_string().push(".part");
    let written = write(&map, path.as_ref(), &unnamed).and_then(|()| fs::rename(&unnamed, copy));
    if written.is_err() {
        let _ = fs::remove_file(&unnamed);
    }
    written?;
    println!("{} places", places.len());
    Ok(())
}

/// Copies the permissions, so that a program stays executable.
fn write(map: &Mmap, original: &Path, path: &Path) -> io::Result<()> {
    let mut out = File::create(path)?;
    io::copy(
        &mut BufReader::with_capacity(256 << 10, map.reader()),
        &mut out,
    )?;
    out.set_permissions(fs::metadata(original)?.permissions())?;
    out.sync_all()
}
