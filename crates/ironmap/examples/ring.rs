//! A ring buffer that two processes share: one puts numbers in, one takes them out.
//!
//!     cargo run --release --example ring
//!
//! starts itself again as the consumer, and sends it a million numbers. The processes share only
//! the file, so they need not be related. A process that waits checks for two failures: the file
//! was cut, or the other process has ended.
//!
//! # Safety
//!
//! Each process maps the file once, and accesses it only as atomics of 64 bits.

#![allow(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::fs::OpenOptions;
use std::process::{Child, Command};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::{env, fs, thread};

use ironmap::{Access, Mmap, MmapOptions};

const NUMBERS: u64 = 1_000_000;
const SLOTS: usize = 510;

/// The file contains 64-bit numbers: the count put in, the count taken out, and the slots.
struct Ring {
    map: Mmap,
}

impl Ring {
    fn open(path: &str) -> ironmap::Result<Ring> {
        let map = MmapOptions::new().access(Access::Write).open(path)?;
        Ok(Ring { map })
    }

    fn parts(&mut self) -> ironmap::Result<(&AtomicU64, &AtomicU64, &[AtomicU64])> {
        // SAFETY: the paragraph above.
        match unsafe { self.map.as_atomic_u64(..8 * (2 + SLOTS)) }? {
            [put, taken, slots @ ..] => Ok((put, taken, slots)),
            _ => unreachable!("the range has two numbers and the slots"),
        }
    }

    /// Checks the file before another wait: a lost page reads as zeros for ever.
    fn wait(&self) -> ironmap::Result<()> {
        thread::yield_now();
        self.map.damage().map_or(Ok(()), |fault| Err(fault.into()))
    }

    /// Returns false if the ring is full.
    fn put(&mut self, number: u64) -> ironmap::Result<bool> {
        let (put, taken, slots) = self.parts()?;
        let count = put.load(Relaxed);
        if count - taken.load(Acquire) == SLOTS as u64 {
            return Ok(false);
        }
        slots[count as usize % SLOTS].store(number, Relaxed);
        // A process that sees the new count also sees the number.
        put.store(count + 1, Release);
        Ok(true)
    }

    /// Returns `None` if the ring is empty.
    fn take(&mut self) -> ironmap::Result<Option<u64>> {
        let (put, taken, slots) = self.parts()?;
        let count = taken.load(Relaxed);
        if count == put.load(Acquire) {
            return Ok(None);
        }
        let number = slots[count as usize % SLOTS].load(Relaxed);
        // A process that sees the new count may overwrite the slot.
        taken.store(count + 1, Release);
        Ok(Some(number))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(path) = env::args().nth(1) {
        println!("the consumer got a sum of {}", consume(&path)?);
        return Ok(());
    }
    let path = env::temp_dir().join(format!("ring-{}", std::process::id()));
    let path = path.to_str().ok_or("the path of the ring is no text")?;
    // Do not follow a file or link that another user put there.
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.set_len(8 * (2 + SLOTS as u64))?;
    let consumer = Command::new(env::current_exe()?).arg(path).spawn();
    let done = consumer
        .map_err(Into::into)
        .and_then(|child| produce(path, child));
    fs::remove_file(path)?;
    done
}

fn produce(path: &str, mut consumer: Child) -> Result<(), Box<dyn Error>> {
    let mut ring = Ring::open(path)?;
    let mut sum = 0;
    for number in 0..NUMBERS {
        while !ring.put(number)? {
            ring.wait()?;
            if let Some(status) = consumer.try_wait()? {
                return Err(format!("the consumer has left: {status}").into());
            }
        }
        sum += number;
    }
    println!("the producer sent a sum of {sum}");
    let status = consumer.wait()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the consumer: {status}").into())
    }
}

fn consume(path: &str) -> ironmap::Result<u64> {
    let mut ring = Ring::open(path)?;
    let mut sum = 0;
    for _ in 0..NUMBERS {
        sum += loop {
            match ring.take()? {
                Some(number) => break number,
                None => ring.wait()?,
            }
        };
    }
    Ok(sum)
}
