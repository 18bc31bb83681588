//! Measures how much more two threads read than one: items of one map, with counted readers.
//!
//! `cargo run --release -p ironmap-state --example readers`
//!
//! # Safety
//!
//! The readers are counted, so no thread needs a turn.
#![allow(clippy::print_stdout)]
#![cfg_attr(loom, allow(unused))]
#![allow(unsafe_code)]

use std::hint::black_box;
use std::thread;
use std::time::Instant;

use ironmap::Mmap;
use ironmap_state::{Counted, MapLock};

const READS: usize = 5_000_000;
const ROUNDS: usize = 21;

fn read_all(lock: &MapLock<Mmap, Counted>) {
    for at in 0..READS {
        // SAFETY: the readers are counted.
        let map = unsafe { lock.read() };
        let byte = map.map(|map| map.with(|map| map.byte(at % 4000)));
        let _ = black_box(byte);
    }
}

/// Returns the seconds that the threads take, each for all reads.
fn time(lock: &MapLock<Mmap, Counted>, threads: usize) -> f64 {
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| read_all(lock));
        }
    });
    begun.elapsed().as_secs_f64()
}

fn main() {
    let lock = MapLock::<Mmap, Counted>::new(Mmap::anonymous(4000).expect("memory for a page"));
    let mut ratios: Vec<f64> = (0..ROUNDS)
        .map(|_| 2.0 * time(&lock, 1) / time(&lock, 2))
        .collect();
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ROUNDS / 2];
    println!("two threads do {median:.2} times the work of one (median of {ROUNDS} rounds)");
}
