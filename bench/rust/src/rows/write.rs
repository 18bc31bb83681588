//! Writing: back to the file, and past its end.

use std::io::Result;

use ironmap::{Access, MmapOptions};
use memmap2::RemapOptions;

use crate::data::{KIB, Lines, MIB, Scratch};
use crate::harness::{Bench, Row};

pub fn run(bench: &Bench, lines: &Lines) -> Result<()> {
    let scratch = Scratch::new(lines.path, MIB)?;
    flush(bench, &scratch)?;
    resize(bench, &scratch)
}

fn flush(bench: &Bench, scratch: &Scratch) -> Result<()> {
    // SAFETY: no other process changes the file.
    let mut theirs = unsafe { memmap2::MmapMut::map_mut(&scratch.file)? };
    let mut ours = MmapOptions::new()
        .access(Access::Write)
        .map(&scratch.file)?;
    bench.compare(
        Row::new("write", "write a byte, flush its page", "memmap2"),
        || {
            theirs[0] = theirs[0].wrapping_add(1);
            theirs.flush_range(0, 4 * KIB).expect("flushed");
        },
        || {
            let byte = ours.byte(0).expect("read").wrapping_add(1);
            ours.set_byte(0, byte).expect("written");
            ours.flush(..4 * KIB).expect("flushed");
        },
    );
    Ok(())
}

fn resize(bench: &Bench, scratch: &Scratch) -> Result<()> {
    // SAFETY: no other process changes the file.
    let mut theirs = unsafe { memmap2::MmapMut::map_mut(&scratch.file)? };
    let mut ours = MmapOptions::new()
        .access(Access::Write)
        .map(&scratch.file)?;
    let mut their_resize = |len: usize| {
        scratch.file.set_len(len as u64).expect("file resized");
        // SAFETY: `set_len` has just made the file this long.
        unsafe { theirs.remap(len, RemapOptions::new().may_move(true)) }.expect("resized");
        theirs.len()
    };
    bench.compare(
        Row::new("write", "resize 1 MiB to 2 and back", "memmap2, set_len"),
        || (their_resize(2 * MIB), their_resize(MIB)),
        || {
            ours.resize(2 * MIB).expect("resized");
            let longer = ours.len();
            ours.resize(MIB).expect("resized");
            (longer, ours.len())
        },
    );
    Ok(())
}
