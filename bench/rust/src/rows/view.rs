//! Code that works on a slice of memmap2, and the same code on a view.

use std::hint::black_box;

use ironmap::View;

use crate::data::{KIB, Lines, MIB, Random};
use crate::harness::{Bench, Row};

/// How many places one run reads.
const PLACES: usize = 4096;
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const SIZE: usize = 16 * MIB;

pub fn run(bench: &Bench, lines: &Lines) {
    sums(bench, lines);
    at_random(bench, lines);
    binary_search(bench);
    windows(bench, lines);
    records(bench);
    writing(bench);
}

fn row(name: &str) -> Row {
    Row::new("view", name, "memmap2")
}

/// Runs `f` on a view of the first bytes.
fn view<R>(map: &ironmap::Mmap, size: usize, f: impl FnOnce(View<'_>) -> R) -> R {
    map.view(..size, f).expect("no page is lost")
}

fn sums(bench: &Bench, lines: &Lines) {
    let (text, map) = (&lines.theirs[..SIZE], &lines.ours);
    bench.compare(
        row("sum of all bytes").size(SIZE),
        || text.iter().fold(0, |sum, &byte| sum + u64::from(byte)),
        || {
            view(map, SIZE, |v| {
                v.bytes().fold(0, |sum, byte| sum + u64::from(byte))
            })
        },
    );
    bench.compare(
        row("sum of all u64").size(SIZE),
        || {
            let numbers = text.chunks_exact(8).map(number);
            numbers.fold(0, u64::wrapping_add)
        },
        || {
            view(map, SIZE, |v| {
                v.chunks()
                    .map(u64::from_le_bytes)
                    .fold(0, u64::wrapping_add)
            })
        },
    );
    bench.compare(
        row("spaces counted in copied chunks").size(SIZE).no_goal(),
        || spaces(text),
        || {
            let mut count = 0;
            view(map, SIZE, |v| {
                v.for_each_chunk(|chunk| count += spaces(chunk))
            });
            count
        },
    );
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().expect("eight"))
}

fn spaces(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b' ').count()
}

fn at_random(bench: &Bench, lines: &Lines) {
    for (where_, within) in [("16 KiB", 16 * KIB), ("256 MiB", 256 * MIB)] {
        let mut random = Random(SEED);
        let places: Vec<usize> = (0..PLACES).map(|_| random.below(within - 8)).collect();
        let (text, map) = (&lines.theirs[..within], &lines.ours);
        bench.compare(
            row(&format!("a byte at random of {where_}")).times(PLACES),
            || places.iter().map(|&at| u64::from(text[at])).sum::<u64>(),
            || {
                view(map, within, |v| {
                    places
                        .iter()
                        .try_fold(0, |sum, &at| v.byte(at).map(|byte| sum + u64::from(byte)))
                })
                .expect("in bounds")
            },
        );
        bench.compare(
            row(&format!("a u64 at random of {where_}")).times(PLACES),
            || {
                let numbers = places.iter().map(|&at| number(&text[at..at + 8]));
                numbers.fold(0, u64::wrapping_add)
            },
            || {
                view(map, within, |v| {
                    places.iter().try_fold(0, |sum: u64, &at| {
                        v.read_u64_le(at).map(|number| sum.wrapping_add(number))
                    })
                })
                .expect("in bounds")
            },
        );
    }
}

/// Returns both kinds of map of memory with these bytes.
fn maps_of(bytes: &[u8]) -> (memmap2::MmapMut, ironmap::Mmap) {
    let mut theirs = memmap2::MmapMut::map_anon(bytes.len()).expect("memory");
    theirs.copy_from_slice(bytes);
    let mut ours = ironmap::Mmap::anonymous(bytes.len()).expect("memory");
    ours.write_at(0, bytes).expect("written");
    (theirs, ours)
}

/// Searches sorted numbers, 20 probes each.
fn binary_search(bench: &Bench) {
    const COUNT: usize = MIB;
    let sorted: Vec<u8> = (0..COUNT as u64)
        .flat_map(|n| (n * 3).to_le_bytes())
        .collect();
    let (theirs, ours) = maps_of(&sorted);
    let mut random = Random(SEED);
    let wanted: Vec<u64> = (0..PLACES)
        .map(|_| random.below(3 * COUNT) as u64)
        .collect();
    bench.compare(
        row("binary search of 1 Mi u64").times(PLACES),
        || {
            let find =
                |&wanted| partition_point(COUNT, |i| number(&theirs[8 * i..8 * i + 8]) < wanted);
            wanted.iter().map(find).sum::<usize>()
        },
        || {
            view(&ours, sorted.len(), |v| {
                let less = |i, wanted| v.read_u64_le(8 * i).expect("in bounds") < wanted;
                let find = |&wanted| partition_point(COUNT, |i| less(i, wanted));
                wanted.iter().map(find).sum::<usize>()
            })
        },
    );
    bench.compare(
        row("binary search of 1 Mi keys, compared as bytes").times(PLACES),
        || {
            let less = |i: usize, key: &[u8]| theirs[8 * i..8 * i + 8] < *key;
            let find = |key: &[u8; 8]| partition_point(COUNT, |i| less(i, key));
            wanted.iter().map(|n| find(&n.to_be_bytes())).sum::<usize>()
        },
        || {
            view(&ours, sorted.len(), |v| {
                let key_at = |i| v.slice(8 * i..8 * i + 8).expect("in bounds");
                let find =
                    |key: &[u8; 8]| partition_point(COUNT, |i| key_at(i).compare(key).is_lt());
                wanted.iter().map(|n| find(&n.to_be_bytes())).sum::<usize>()
            })
        },
    );
}

fn partition_point(len: usize, is_left: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low.midpoint(high);
        if is_left(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Searches windows of 64 bytes, as a parser searches a line.
fn windows(bench: &Bench, lines: &Lines) {
    const WINDOW: usize = 64;
    const SIZE: usize = 256 * KIB;
    let (text, map) = (&lines.theirs[..SIZE], &lines.ours);
    let starts = || (0..SIZE).step_by(WINDOW);
    bench.compare(
        row("find one byte in windows of 64").times(SIZE / WINDOW),
        || {
            let find = |at| memchr::memchr(b'\n', &text[at..at + WINDOW]);
            starts().filter_map(find).sum::<usize>()
        },
        || {
            view(map, SIZE, |v| {
                let find = |at| v.slice(at..at + WINDOW).expect("in bounds").find(b"\n");
                starts().filter_map(find).sum::<usize>()
            })
        },
    );
    let needle = black_box(b"dog.");
    bench.compare(
        row("find four bytes in windows of 64").times(SIZE / WINDOW),
        || {
            let find = |at| memchr::memmem::find(&text[at..at + WINDOW], needle);
            starts().filter_map(find).sum::<usize>()
        },
        || {
            view(map, SIZE, |v| {
                let find = |at| v.slice(at..at + WINDOW).expect("in bounds").find(needle);
                starts().filter_map(find).sum::<usize>()
            })
        },
    );
}

/// Parses records: the length (u16), the kind (u8), and a payload of numbers or text.
fn records(bench: &Bench) {
    let mut random = Random(SEED);
    let mut bytes = Vec::new();
    while bytes.len() < MIB {
        let (count, kind) = (random.below(8), random.below(2) as u8);
        bytes.extend((4 * count as u16).to_le_bytes());
        bytes.push(kind);
        bytes.extend((0..4 * count).map(|i| i as u8));
    }
    let (theirs, ours) = maps_of(&bytes);
    bench.compare(
        row("records parsed by hand").size(bytes.len()),
        || parse_slice(&theirs),
        || view(&ours, bytes.len(), parse_view).expect("in bounds"),
    );
}

fn parse_slice(mut rest: &[u8]) -> u64 {
    let mut sum = 0;
    while !rest.is_empty() {
        let len = u16::from_le_bytes(rest[..2].try_into().expect("two"));
        let kind = rest[2];
        let (payload, next) = rest[3..].split_at(len.into());
        match kind {
            0 => {
                for at in (0..payload.len()).step_by(4) {
                    let bytes = payload[at..at + 4].try_into().expect("four");
                    sum += u64::from(u32::from_le_bytes(bytes));
                }
            }
            _ if !payload.is_empty() => sum += u64::from(payload[payload.len() - 1]),
            _ => sum += 1,
        }
        rest = next;
    }
    sum
}

fn parse_view(mut rest: View<'_>) -> ironmap::Result<u64> {
    let mut sum = 0;
    while !rest.is_empty() {
        let len = rest.read_u16_le(0)?;
        let kind = rest.byte(2)?;
        let (payload, next) = rest.slice(3..)?.split_at(len.into())?;
        match kind {
            0 => {
                for at in (0..payload.len()).step_by(4) {
                    sum += u64::from(payload.read_u32_le(at)?);
                }
            }
            _ if !payload.is_empty() => sum += u64::from(payload.byte(payload.len() - 1)?),
            _ => sum += 1,
        }
        rest = next;
    }
    Ok(sum)
}

/// Writes a number to each of many places.
fn writing(bench: &Bench) {
    let (mut theirs, mut ours) = maps_of(&vec![0; 16 * KIB]);
    let mut random = Random(SEED);
    let places: Vec<usize> = (0..PLACES).map(|_| random.below(16 * KIB - 8)).collect();
    bench.compare(
        row("write a u64 at random").times(PLACES),
        || {
            for &at in &places {
                theirs[at..at + 8].copy_from_slice(&(at as u64).to_le_bytes());
            }
        },
        || {
            ours.view_mut(.., |mut v| {
                let mut places = places.iter();
                places.try_for_each(|&at| v.write_u64_le(at, at as u64))
            })
            .and_then(|written| written)
            .expect("written")
        },
    );
}
